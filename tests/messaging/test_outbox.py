"""The way of a message through the outbox, against a real SMTP server."""

from __future__ import annotations

import pytest

from contacts.models import Activity
from messaging.models import Attempt, CapturedMail, Claim, Message
from messaging.outbox.drain import drain_lane
from tests.fixtures.smtp import SmtpServer
from tests.messaging import blasts

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_blast_reaches_everybody_once_and_is_marked(smtp_server: SmtpServer) -> None:
    blasts.smtp_provider(smtp_server)
    mailing = blasts.blast(60)

    drain_lane("campaign")

    assert sorted(one.recipients for one in smtp_server.received) == sorted((f"p{n}@example.com",) for n in range(60))
    assert blasts.states(mailing) == {"sent": 60}
    mailing.stats.refresh_from_db()
    assert (mailing.stats.recipients, mailing.stats.sent) == (60, 60)
    assert Activity.objects.filter(kind="email.sent").count() == 60
    assert Attempt.objects.filter(outcome="accepted", code=250).count() == 60
    assert not Claim.objects.exists()
    message = Message.objects.select_related("contact").first()
    assert message.slots
    assert message.route_reason.startswith("First active provider for broadcast mail")
    mail = smtp_server.to(message.address)[0].message
    assert mail["Subject"] == f"News for {message.contact.first_name}"
    assert message.message_id.hex in mail["Message-ID"]


def test_capture_keeps_mail_and_nothing_leaves() -> None:
    blasts.capture_provider()
    mailing = blasts.blast(30)
    drain_lane("campaign")
    assert blasts.states(mailing) == {"sent": 30}
    assert CapturedMail.objects.count() == 30
    assert b"News for Name0" in bytes(CapturedMail.objects.get(rcpt_to="p0@example.com").raw)
