"""What guests say after a completed stay, and the rating that follows from it."""
