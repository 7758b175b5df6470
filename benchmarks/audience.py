"""Whom the benchmarks write to, by which provider, and what: rows in an empty database, made by SQL."""

from __future__ import annotations

import time
from typing import Any

from benchmarks import sample

COUNTRIES = ("United Kingdom", "Norway", "Brazil", "Japan")


def contacts(count: int) -> None:
    """Contacts with accounts and a custom field, active on one list."""
    from django.db import connection

    from contacts.models import CustomField, MailingList, Organization

    Organization.objects.update_or_create(
        pk=1, defaults={"name": "Example Ltd", "postal_address": "1 Example Street\nLondon"}
    )
    field = CustomField.objects.create(key="plan", label="Plan")
    mailing_list = MailingList.objects.create(name="News")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_account (name, domain, website, phone, city, country, created_at, updated_at)"
            " SELECT 'Company & Sons No. ' || n, '', '', '', '', '', now(), now() FROM generate_series(1, 500) AS n"
        )
        cursor.execute(
            "INSERT INTO contacts_contact (email, first_name, last_name, phone, job_title, city, country, time_zone,"
            " account_id, score, source, created_at, updated_at)"
            " SELECT 'recipient' || n || '@example.com', (ARRAY['Ada','Grace','Zoë','Linus','Radia'])[1 + n %% 5],"
            " 'Example-' || n, '', '', 'Oslo', (%s::text[])[1 + n %% 4], '', 1 + n %% 500, 0, '', now(), now()"
            " FROM generate_series(1, %s) AS n",
            [list(COUNTRIES), count],
        )
        cursor.execute(
            "INSERT INTO contacts_fieldvalue (contact_id, field_id, text) SELECT id, %s, 'gold' FROM contacts_contact",
            [field.pk],
        )
        cursor.execute(
            "INSERT INTO contacts_subscription (contact_id, list_id, status, source, reason, created_at)"
            " SELECT id, %s, 'active', '', '', now() FROM contacts_contact",
            [mailing_list.pk],
        )
        cursor.execute("VACUUM ANALYZE")


def provider(port: int, connections: int, dkim: str = "none") -> None:
    """An SMTP server on loopback as the only way out; `dkim` is none, or the algorithm that mail is signed with."""
    from messaging.models import Provider

    Provider.objects.all().delete()
    config = {"host": "127.0.0.1", "port": port, "security": "none", "local_hostname": "relay.example"}
    if dkim != "none":
        _make_key(dkim)
    # One connection is kept for other lanes.
    Provider.objects.create(
        name="sink", kind="smtp", config={**config, "sign_dkim": dkim != "none"}, max_connections=connections + 1
    )


def _make_key(algorithm: str) -> None:
    """A key that signs for the sender's domain, and no other."""
    from contacts.models import User
    from messaging.actions.dkim import activate_key_on_word, make_key
    from messaging.models import DkimKey, SendingDomain

    DkimKey.objects.all().delete()
    domain, _ = SendingDomain.objects.get_or_create(domain="example.com")
    somebody = User.objects.first() or User.objects.create_superuser("somebody@example.com")
    activate_key_on_word(key=make_key(domain=domain, algorithm=algorithm, by=somebody), by=somebody)


def queue(count: int) -> tuple[Any, float]:
    """The sample mailing, queued to the first `count` contacts, and the seconds that took."""
    from django.db.models import F

    from contacts.models import Contact
    from messaging.actions.compose import queue_blast
    from messaging.models import Mailing

    mailing = Mailing.objects.create(
        purpose="marketing",
        origin="campaign",
        name="Benchmark",
        subject=sample.SUBJECT,
        preheader=sample.PREHEADER,
        html=sample.HTML,
        from_name="Example",
        from_email="news@example.com",
    )
    audience = Contact.objects.filter(pk__lte=Contact.objects.order_by("pk").first().pk + count - 1)  # type: ignore[union-attr]
    began = time.perf_counter()
    queue_blast(mailing=mailing, audience=audience.annotate(list_id=F("subscriptions__list_id")), by=None)
    return mailing, time.perf_counter() - began


def message_length(mailing: Any) -> int:
    """Octets of one message on the wire."""
    from datetime import UTC, datetime

    from messaging.compilation import CompiledMailing
    from messaging.mime import build
    from messaging.models import Message
    from messaging.rendering import Surroundings, facts_of

    message = Message.objects.filter(mailing=mailing).order_by("pk")[0]
    compiled = CompiledMailing.from_bytes(mailing.__class__.objects.get(pk=mailing.pk).compiled)
    facts = facts_of(message, compiled, Surroundings(), auto_submitted=False, date=datetime.now(UTC))
    return len(build(compiled, message.slots, facts))
