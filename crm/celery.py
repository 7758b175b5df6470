"""The Celery app. A task carries ids only; the work itself lives in PostgreSQL rows (ARCHITECTURE: "One outbox")."""

import os
import signal
import sys
import time
from typing import Any

import structlog
from celery import Celery, bootsteps
from celery.signals import (
    after_task_publish,
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_process_init,
    worker_ready,
)

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


class Presence(bootsteps.StartStopStep):
    """A worker says every few seconds that it is there, whatever its pool is doing (crm.health.workers)."""

    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        """From now on."""
        from crm.health import PRESENCE_SECONDS

        self._say(worker)
        self.timer = worker.timer.call_repeatedly(PRESENCE_SECONDS, self._say, (worker,))

    def stop(self, worker: Any) -> None:
        """Gone: it ends in order."""
        from crm import health

        self.timer.cancel()
        self._quietly(health.forget_worker, worker)

    def _say(self, worker: Any) -> None:
        from crm import health

        self._quietly(health.note_worker, worker)

    @staticmethod
    def _quietly(note: Any, worker: Any) -> None:
        """Without Redis nobody hears of it; the worker itself goes on."""
        from redis import RedisError

        from crm.health import Worker

        lanes = sorted(worker.app.amqp.queues.consume_from)
        try:
            note(Worker(str(worker.hostname), tuple(lanes), int(worker.concurrency)))
        except RedisError as error:
            structlog.get_logger(__name__).warning("presence_not_noted", error=type(error).__name__)


app.steps["worker"].add(Presence)


@beat_init.connect
def listen_to_beat(**kwargs: Any) -> None:
    """In the process of beat, each word that is sent shows that it lives."""
    after_task_publish.connect(note_beat, weak=False)


_beat_noted_at = -1000.0


def note_beat(**kwargs: Any) -> None:
    """Write it down, every few seconds."""
    from redis import RedisError

    from crm import health

    global _beat_noted_at
    if time.monotonic() > _beat_noted_at + health.PRESENCE_SECONDS:
        _beat_noted_at = time.monotonic()
        try:
            health.note_beat()
        except RedisError as error:
            structlog.get_logger(__name__).warning("beat_not_noted", error=type(error).__name__)
