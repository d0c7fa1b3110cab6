"""The table of routes and the table of pages, and what is made from them."""
