#!/usr/bin/env python
"""Django's command line, with `up` (crm/management/commands/up.py) beside Django's own commands."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    if sys.argv[1:2] == ["up"]:
        from crm.stack.arguments import into_environment

        into_environment(sys.argv[2:], os.environ)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
