"""What the two projects share: their settings, the order that comes on standard input, and the figures as JSON.

They run in environments of their own, so nothing of Relay is imported here.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command


def read_order() -> dict[str, Any]:
    """Database, port of the sink, sources of the three templates, and what is filled in for each recipient."""
    order: dict[str, Any] = json.load(sys.stdin)
    return order


def set_up(order: dict[str, Any], app: str, **more: Any) -> None:
    """Django as `startproject` leaves it, with the app, PostgreSQL and the sink."""
    # django-mailer puts its lock file into the current folder.
    os.chdir(tempfile.mkdtemp(prefix="relay-peer-"))
    settings.configure(
        SECRET_KEY="a benchmark has no secrets, only a key of the usual length",
        INSTALLED_APPS=["django.contrib.contenttypes", app],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **order["database"]}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=order["port"],
        USE_TZ=True,
        LOGGING_CONFIG=None,
        **more,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def recipients(order: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Addresses and what is filled in for them."""
    for values in order["recipients"]:
        yield values["contact"]["email"], values


def headers(values: dict[str, Any]) -> dict[str, str]:
    """The header fields of marketing mail."""
    return {
        "List-Unsubscribe": f"<https://crm.example/u/{values['leave']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def measure(queue: Callable[[], None], send: Callable[[], None], left: Callable[[], int]) -> None:
    """Queue, send, and print what it took; an error if anything is `left` unsent."""
    began = time.perf_counter()
    queue()
    queued, cpu = time.perf_counter(), time.process_time()
    send()
    sent, cpu = time.perf_counter(), time.process_time() - cpu
    if left():
        raise SystemExit(f"{left()} were not sent")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"queueing": queued - began, "sending": sent - queued, "cpu": cpu, "memory": memory}))
