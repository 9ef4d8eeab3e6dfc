"""What it costs to take telemetry in."""
