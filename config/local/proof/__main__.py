"""`python -m config.local.proof`: the proof without Django around it."""

import sys

from config.local.proof.command_line import main

if __name__ == "__main__":
    sys.exit(main())
