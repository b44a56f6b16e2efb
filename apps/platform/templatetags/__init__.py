"""Template filters of the site's own pages."""
