"""django-post-office as its README has it: an EmailTemplate, `mail.send` a recipient, then `send_queued_mail`."""

from __future__ import annotations

from benchmarks.peers import project

order = project.read_order()
project.set_up(order, "post_office", EMAIL_BACKEND="post_office.EmailBackend")

from django.core.management import call_command
from post_office import mail
from post_office.models import STATUS, Email, EmailTemplate


def queue() -> None:
    """Render and queue each message."""
    template = EmailTemplate.objects.create(
        name="news", subject=order["subject"], content=order["text"], html_content=order["html"]
    )
    for address, values in project.recipients(order):
        headers = project.headers(values)
        mail.send(address, "Example <news@example.com>", template=template, context=values, headers=headers)


def send() -> None:
    """Its own command, with its own defaults: one process, five threads."""
    call_command("send_queued_mail")


project.measure(queue, send, lambda: Email.objects.exclude(status=STATUS.sent).count())
