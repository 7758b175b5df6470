"""`manage.py up`: the whole of Relay on this machine."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crm.stack import up
from crm.stack.failures import CannotStart


class Command(BaseCommand):
    """Starts the embedded servers, the web server, workers and beat, and looks after them until Ctrl-C."""

    help = "Start everything on this machine and keep it running; Ctrl-C stops it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--no-demo", action="store_true", help="first start: an administrator only, no demo data")
        parser.add_argument("--data", metavar="DIR", help="data folder (var, or RELAY_DATA_DIR); read by manage.py")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = up.Options(host=options["host"], port=options["port"], demo=not options["no_demo"])
        os.chdir(settings.BASE_DIR)
        try:
            up.run(chosen, settings.PLACES, lambda text: self.stdout.write(text))
        except CannotStart as error:
            raise CommandError(str(error)) from None
