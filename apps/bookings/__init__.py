"""The sale and the life of a reservation."""
