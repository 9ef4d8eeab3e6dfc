"""Taking telemetry in: formats, the durable spool, and the loader that hands segments to the engine."""
