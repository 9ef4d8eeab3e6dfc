"""The whole ASGI application, from the outside in: access control, ingest, then API, health and pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.types import ASGIApp

from thorbis_monitor import __version__
from thorbis_monitor.monitor import Monitor
from thorbis_monitor.server.access import AccessControl
from thorbis_monitor.server.api.router import create_api
from thorbis_monitor.server.api.services import ApiServices
from thorbis_monitor.server.health import health_routes
from thorbis_monitor.server.ingest.body import BodyLimits
from thorbis_monitor.server.ingest.endpoint import IngestEndpoint
from thorbis_monitor.server.late import LateApp


def create_app(monitor: Monitor, pages: LateApp) -> FastAPI:
    """API, health, figures and pages; the monitor starts and stops with the application."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        monitor.start()
        pages.start()
        yield
        await pages.stop()
        await monitor.stop()

    app = FastAPI(
        title="Thorbis Monitor",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.include_router(health_routes(monitor.problems, monitor.counters.render))
    app.include_router(
        create_api(
            ApiServices(
                telemetry=monitor.telemetry,
                state=monitor.state,
                alerts=monitor.alerts,
                dashboard=monitor.dashboard,
                rule_status=monitor.rules.status,
                clock=monitor.clock,
            )
        )
    )
    app.mount("/", pages)
    return app


def protect(app: ASGIApp, monitor: Monitor) -> ASGIApp:
    """Put the ingest endpoints and the access control before the application."""
    settings = monitor.settings
    limits = BodyLimits(settings.ingest.max_request_bytes, settings.ingest.max_decompressed_bytes)
    endpoint = IngestEndpoint(app, monitor.spool, monitor.formats, monitor.counters, limits)
    external = urlsplit(settings.server.external_url or "").hostname
    key = settings.server.api_key
    return AccessControl(endpoint, key.get_secret_value() if key else None, [external] if external else [])
