"""The design that most Django projects have: one Celery task a recipient, a template rendered, `send()`, `save()`.

Nothing in it is made slow on purpose: the worker is Celery's own, the broker the same Redis, the tables the same
PostgreSQL. `measure` queues all tasks first, so that only the sending is measured.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

import django

django.setup()

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection, models
from django.template import Context, Template
from django.utils import timezone
from django.utils.html import strip_tags

from benchmarks import sample
from benchmarks.as_django import in_django
from benchmarks.machine import cpu_seconds
from crm.celery import greet

QUEUE = "common-design"
# The first tasks of a worker import what they need; they are not measured.
WARM_UP = 100
PORT = "COMMON_DESIGN_PORT"

# Not the current app of the process that measures: words of the product go to the product's own.
app = Celery("common", broker=settings.CELERY_BROKER_URL, set_as_current=False)
# The product's own greeting is for its own lanes.
worker_ready.disconnect(greet)
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4, task_default_queue=QUEUE)


class Delivery(models.Model):
    """One recipient of a campaign."""

    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="+")
    status = models.CharField(max_length=20, default="queued")
    sent_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "common_design"

    def __str__(self) -> str:
        return f"{self.pk}: {self.status}"


@app.task
def send(delivery_id: int) -> None:
    """Send one message, as a tutorial has it."""
    delivery = Delivery.objects.select_related("contact__account").get(pk=delivery_id)
    context = Context(_values(delivery))
    html: str = Template(in_django(sample.HTML)).render(context)
    html = re.sub(r'href="(https://shop[^"]+)"', lambda link: _counted(delivery, link[1]), html)
    html = html.replace("</body>", f'<img src="https://crm.example/o/{signing.dumps(delivery.pk)}.gif"></body>')
    mail = EmailMultiAlternatives(
        Template(in_django(sample.SUBJECT)).render(context),
        strip_tags(html),
        "Example <news@example.com>",
        [delivery.contact.email],
        headers={
            "List-Unsubscribe": f"<https://crm.example/u/{signing.dumps(delivery.pk, salt='leave')}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        connection=get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=int(os.environ[PORT])
        ),
    )
    mail.attach_alternative(html, "text/html")
    mail.send()
    delivery.status, delivery.sent_at = "sent", timezone.now()
    delivery.save()


def _values(delivery: Delivery) -> dict[str, Any]:
    contact = delivery.contact
    return {
        "contact": {
            "first_name": contact.first_name,
            "full_name": f"{contact.first_name} {contact.last_name}",
            "city": contact.city,
            "country": contact.country,
            "fields": {value.field.key: value.text for value in contact.field_values.select_related("field")},
        },
        "account": contact.account,
        "sender": {"company": "Example Ltd", "address": "1 Example Street, London"},
        "unsubscribe_url": f"https://crm.example/u/{signing.dumps(delivery.pk, salt='leave')}",
    }


def _counted(delivery: Delivery, url: str) -> str:
    return f'href="https://crm.example/c/{signing.dumps([delivery.pk, url])}"'


@dataclass(frozen=True)
class Figures:
    """What it took, by the wall clock and in CPU seconds of the worker, for `count` messages."""

    count: int
    seconds: float
    cpu: float


def measure(port: int, count: int, *, processes: int) -> Figures:
    """Have a worker with so many processes send `count` messages to the sink at `port`."""
    _make_deliveries(count + WARM_UP)
    for delivery_id in Delivery.objects.values_list("pk", flat=True):
        send.delay(delivery_id)
    command = [sys.executable, "-m", "celery", "--app", "benchmarks.common_design", "worker", "--queues", QUEUE]
    command += ["--concurrency", str(processes), "--loglevel", "ERROR"]
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, PORT: str(port)}
    worker = subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        began = _wait_for(WARM_UP, worker)
        ended = _wait_for(count + WARM_UP, worker)
    finally:
        worker.terminate()
        worker.wait()
    return Figures(ended[0] - began[0], ended[1] - began[1], ended[2] - began[2])


def _make_deliveries(count: int) -> None:
    from contacts.models import Contact

    if Delivery._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Delivery)
    Delivery.objects.all().delete()
    ids = Contact.objects.order_by("pk").values_list("pk", flat=True)[:count]
    Delivery.objects.bulk_create([Delivery(contact_id=contact_id) for contact_id in ids])


def _wait_for(count: int, worker: subprocess.Popen[bytes]) -> tuple[int, float, float]:
    """Wait until so many are sent; how many really, the time, and the worker's CPU seconds until then."""
    while worker.poll() is None:
        if (sent := Delivery.objects.filter(status="sent").count()) >= count:
            return sent, time.perf_counter(), cpu_seconds(worker.pid)
        time.sleep(0.05)
    raise SystemExit("the worker of the common design ended early")
