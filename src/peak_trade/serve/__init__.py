"""Assembly: one place that makes a server ours, whichever way it was started."""
