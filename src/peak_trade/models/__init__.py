"""View models: what a page has chosen, and what it shows. They know no browser and no panel."""
