"""HTTP: one generic handler over the route table, errors, security headers, streams."""
