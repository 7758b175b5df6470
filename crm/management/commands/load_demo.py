"""Load the demo data into an empty installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts.models import User
from crm.demo.load import CONTACTS, load_demo
from crm.demo.people import PASSWORD


class Command(BaseCommand):
    """`manage.py load_demo`: `up` calls it at the first start."""

    help = "Load demo data: people, companies, deals, campaigns sent and drafted, a welcome series that runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many contacts to make."""
        parser.add_argument("--contacts", type=int, default=CONTACTS, help=f"how many contacts (default {CONTACTS})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse where there is somebody already: demo people must not mix with real ones."""
        if User.objects.exists():
            raise CommandError("There are users already. Demo data is only loaded into an empty installation.")
        user = load_demo(contacts=options["contacts"])
        self.stdout.write(f"Demo data loaded. Sign in as {user.email} with the password {PASSWORD}")
