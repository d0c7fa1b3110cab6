"""What every payload is made with: routes, fields, queries, lists, files."""
