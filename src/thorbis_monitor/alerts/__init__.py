"""Rules over telemetry: conditions, the lifecycle of alerts, the engine, the book of alerts."""
