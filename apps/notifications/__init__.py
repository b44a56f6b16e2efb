"""What leaves the house after a commit: mails today."""
