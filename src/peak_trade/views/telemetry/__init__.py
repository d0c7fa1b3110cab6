"""The telemetry page."""
