#!/usr/bin/env python3
"""Django's command line: migrations, operations and the platform's own commands."""

import os
import sys


def main() -> None:
    """Run the command named on the command line under the development settings unless told otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
