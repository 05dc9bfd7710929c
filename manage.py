#!/usr/bin/env python3
"""Django's command line for Paceline."""

import os
import sys

from tracker_site.parent import die_with_supervisor

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker_site.settings")
    die_with_supervisor()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
