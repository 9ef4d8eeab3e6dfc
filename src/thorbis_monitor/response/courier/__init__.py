"""The courier: a small process that delivers what is in the outbox and survives a killed server."""
