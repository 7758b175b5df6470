"""The Celery app. A task carries ids only; the work itself lives in PostgreSQL rows (ARCHITECTURE: "One outbox")."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("relay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Being connected is enough: Celery then leaves LOGGING of the settings as it is."""


@worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A pool process must not outlive a worker that was killed: it would hold connections and half-done claims."""
    from crm.stack.children import die_with_parent

    die_with_parent(signal.SIGKILL)


@worker_ready.connect
def greet(sender: Any, **kwargs: Any) -> None:
    """Send the first heartbeat of each lane at once, so that /readyz need not wait for beat."""
    for lane in sender.app.amqp.queues.consume_from:
        sender.app.send_task("crm.heartbeat", args=[lane], queue=lane)
