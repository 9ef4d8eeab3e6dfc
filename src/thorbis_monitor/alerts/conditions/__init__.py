"""The kinds of conditions, one module each; every module here is found by itself (see alerts.registry)."""
