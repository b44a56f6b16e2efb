"""Replaying a hotel's booking history: reading it, putting it in order of time, living it through the services."""
