"""`python -m config.local.gateway`: the trial without Django around it."""

import sys

from config.local.gateway.trial import main

if __name__ == "__main__":
    sys.exit(main())
