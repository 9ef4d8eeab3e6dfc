"""Where things are kept: telemetry in ClickHouse (embedded as chDB), state in a relational database."""
