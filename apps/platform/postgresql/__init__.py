"""Django's PostgreSQL backend, with fewer round trips on the path of a sale."""
