"""The proof: the whole platform under load and faults on this machine, and the check of what its clients have seen.

A tool of developers, started as `manage.py prove`. Nothing here is reachable from production settings.
"""
