"""What runs on a developer's machine and in tests only: embedded servers, the demo, the mailbox page.

Nothing here is reachable from production settings.
"""
