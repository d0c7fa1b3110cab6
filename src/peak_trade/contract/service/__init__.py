"""The service's own state: health, status panels, what needs attention."""
