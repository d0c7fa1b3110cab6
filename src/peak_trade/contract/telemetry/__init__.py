"""Telemetry over all sessions, and its health."""
