"""The Celery app. A task carries ids only; the work itself lives in PostgreSQL rows (ARCHITECTURE: "One outbox")."""

import os
import signal
import sys
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_init, worker_ready

from crm.broker import let_go_of_tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

let_go_of_tasks()
app = Celery("relay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Celery would close the database's connection before and after every task, and opening one takes longer than a task
# that hands over a single message. `keep_the_connection` does instead what Django does between two requests. No
# setting with our prefix reaches Celery's Django support, which reads this very name.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Being connected is enough: Celery then leaves LOGGING of the settings as it is."""


@worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A pool process must not outlive a worker that was killed: it would hold connections and half-done claims."""
    from crm.stack.children import die_with_parent

    die_with_parent(signal.SIGKILL)


@task_prerun.connect
@task_postrun.connect
def keep_the_connection(**kwargs: Any) -> None:
    """Close a connection that is broken or too old (CONN_MAX_AGE), and have the others asked before their next use."""
    from django.db import close_old_connections

    close_old_connections()


@task_prerun.connect
def name_the_task(task_id: str, task: Any, **kwargs: Any) -> None:
    """Every log line of a task carries its name and id."""
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@task_postrun.connect
def forget_the_task(**kwargs: Any) -> None:
    """The next task of this process is another one."""
    structlog.contextvars.clear_contextvars()


@worker_ready.connect
def greet(sender: Any, **kwargs: Any) -> None:
    """Send the first heartbeat of each lane at once, so that /readyz need not wait for beat."""
    for lane in sender.app.amqp.queues.consume_from:
        sender.app.send_task("crm.heartbeat", args=[lane], queue=lane)
