"""`python -m paceline`."""

import sys

from paceline.command import main

sys.exit(main())
