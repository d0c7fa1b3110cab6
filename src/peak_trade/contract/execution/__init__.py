"""Execution telemetry of one session."""
