"""Lets `python -m tideline_export` do what the `tideline-export` script does."""

import sys

from tideline_export.cli import main

if __name__ == "__main__":
    sys.exit(main())
