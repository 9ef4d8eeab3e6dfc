"""Rules over telemetry: conditions, the lifecycle of alerts, the engine that evaluates, the book of alerts."""
