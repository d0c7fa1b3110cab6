"""Payloads of pages and JSON routes, their build functions, and the one route table."""
