"""django-mailer as its README has it: its database backend queues what Django sends, then `send_mail`."""

from __future__ import annotations

from benchmarks.peers import project

order = project.read_order()
project.set_up(order, "mailer", EMAIL_BACKEND="mailer.backend.DbBackend")

from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.template import Context, Template
from mailer.models import Message, MessageLog


def queue() -> None:
    """Render and queue each message."""
    subject, text, html = (Template(order[part]) for part in ("subject", "text", "html"))
    for address, values in project.recipients(order):
        context = Context(values)
        mail = EmailMultiAlternatives(
            subject.render(context),
            text.render(context),
            "Example <news@example.com>",
            [address],
            headers=project.headers(values),
        )
        mail.attach_alternative(html.render(context), "text/html")
        mail.send()


def send() -> None:
    """Its own command, with its own defaults."""
    call_command("send_mail")


def left() -> int:
    """What is still queued, or was logged as a failure."""
    return int(Message.objects.count() + MessageLog.objects.exclude(result="1").count())


project.measure(queue, send, left)
