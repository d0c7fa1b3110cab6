"""Pages and charts in a cell of a notebook."""
