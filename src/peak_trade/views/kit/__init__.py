"""What pages are built with: elements, tables, tiles, badges, layout, updates."""
