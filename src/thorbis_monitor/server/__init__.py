"""The ASGI application: ingest and API routes, authentication, health."""
