"""Putting mail into the outbox, in the transaction that decided it.

No action here wakes a worker: the view or task that called it does (`messaging.tasks.nudge`), and the
sweep makes a lost word harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from contacts.models import Contact, CustomField, Organization
from messaging.compilation import CompileError, MailingSource, compile_mailing
from messaging.foreign_text import storable
from messaging.liquid import TemplateProblem
from messaging.models import Lane, Mailing, MailingLink, MailingStats, Message

if TYPE_CHECKING:
    from datetime import datetime

    from contacts.models import Account, MailingList, User
    from deals.models import Deal


class MailingInvalid(Exception):
    """The mailing cannot be sent as it is written; `problems` say why, by part, line and tag."""

    permanent = True

    def __init__(self, problems: Sequence[TemplateProblem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = list(problems)


def mailing_source(mailing: Mailing) -> MailingSource:
    """What is compiled for a mailing: its own words, and what the organisation and the settings add."""
    organization = Organization.current()
    return MailingSource(
        subject=mailing.subject,
        html=mailing.html,
        text=mailing.text,
        preheader=mailing.preheader,
        purpose=mailing.purpose,  # type: ignore[arg-type]  # a value of Purpose
        from_name=mailing.from_name or ("" if mailing.from_email else organization.default_from_name),
        from_email=mailing.from_email or organization.default_from_email,
        reply_to=mailing.reply_to,
        base_url=f"{settings.BASE_URL}/e",
        track_opens=mailing.track_opens,
        track_clicks=mailing.track_clicks,
        custom_fields=tuple(CustomField.objects.values_list("key", flat=True)),
        extra_fields=tuple(mailing.extra_fields),
    )


@transaction.atomic
def freeze_mailing(*, mailing: Mailing) -> Mailing:
    """Compile the mailing and fix its content for good; a frozen one is returned as it is.

    Raises MailingInvalid; nothing is changed then.
    """
    mailing = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if mailing.frozen_at:
        return mailing
    try:
        compiled = compile_mailing(mailing_source(mailing))
    except CompileError as error:
        raise MailingInvalid(error.problems) from error
    mailing.compiled = compiled.to_bytes()
    mailing.compiled_at = mailing.frozen_at = Now()
    mailing.save(update_fields=["compiled", "compiled_at", "frozen_at", "updated_at"])
    MailingLink.objects.bulk_create(
        MailingLink(mailing=mailing, number=link.number, url=link.url, label=link.label[:200])
        for link in compiled.links
    )
    MailingStats.objects.get_or_create(mailing=mailing)
    mailing.refresh_from_db(fields=["compiled_at", "frozen_at"])
    return mailing


# One statement for a million recipients. ON CONFLICT finds what an interrupted first try has written.
_BLAST = """
    INSERT INTO messaging_message (mailing_id, contact_id, address, to_name, purpose, origin, lane, mailing_list_id)
    SELECT %s, contact.id, contact.email, trim(contact.first_name || ' ' || contact.last_name), %s, %s, %s,
           audience.list_id
    FROM ({audience}) AS audience (contact_id, list_id)
    JOIN contacts_contact AS contact ON contact.id = audience.contact_id
    ORDER BY contact.id
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def queue_blast(*, mailing: Mailing, audience: QuerySet[Contact], by: User | None, list_ids: Iterable[int] = ()) -> int:
    """Queue the mailing to every contact of `audience` and return how many messages were added.

    `audience` is a query of contacts, each once, annotated with `list_id`: the list by which the mail is
    owed. `list_ids` are all lists the blast goes to: who leaves one of them between now and the sending is
    still reached by another (default: only the annotated list counts). Doing it twice adds nothing.
    Raises MailingInvalid.
    """
    mailing = freeze_mailing(mailing=mailing)
    # PostgreSQL plans it as one join; ids and list are all that leaves the caller's query.
    annotated: QuerySet[Any] = audience
    sql, params = annotated.values_list("id", "list_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            _BLAST.format(audience=sql), [mailing.pk, mailing.purpose, mailing.origin, Lane.CAMPAIGN, *params]
        )
        added = int(cursor.rowcount)
    Mailing.objects.filter(pk=mailing.pk).update(list_ids=sorted({*mailing.list_ids, *list_ids}))
    _count_recipients(mailing, added)
    return added


@transaction.atomic
def queue_message(  # the columns of an outbox row, all by name, most of them rarely given
    *,
    mailing: Mailing,
    lane: str,
    by: User | None,
    contact: Contact | None = None,
    address: str = "",
    to_name: str = "",
    user: User | None = None,
    account: Account | None = None,
    deal: Deal | None = None,
    mailing_list: MailingList | None = None,
    context: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
    not_before: datetime | None = None,
) -> Message:
    """Queue one message to a contact, or to a bare `address`; the same `idempotency_key` twice is one message.

    `context` fills the mailing's `extra_fields`. Raises MailingInvalid, and ValueError without a recipient.
    """
    if not (address or contact):
        raise ValueError("A message needs a contact or an address.")
    if idempotency_key and (known := _by_key(idempotency_key)):
        return known
    mailing = freeze_mailing(mailing=mailing)
    message = Message(
        mailing=mailing,
        contact=contact,
        address=address or (contact.email if contact else ""),
        to_name=to_name or (contact.full_name if contact else ""),
        purpose=mailing.purpose,
        origin=mailing.origin,
        lane=lane,
        mailing_list=mailing_list,
        user=user,
        account=account,
        deal=deal,
        context=storable(context) if context else None,
        idempotency_key=idempotency_key or None,
        **({"not_before": not_before} if not_before else {}),
    )
    return _insert(message)


def _by_key(key: str) -> Message | None:
    found: Message | None = Message.objects.filter(idempotency_key=key).first()
    return found


def _insert(message: Message) -> Message:
    if not message.idempotency_key:
        message.save(force_insert=True)
    else:
        # Two callers with one key at once: the second waits for the first's commit and finds its row.
        ours = message.message_id = uuid4()
        Message.objects.bulk_create([message], ignore_conflicts=True)
        message = Message.objects.get(idempotency_key=message.idempotency_key)
        if message.message_id != ours:
            return message
    _count_recipients(message.mailing, 1)
    return message


def _count_recipients(mailing: Mailing, added: int) -> None:
    if added:
        MailingStats.objects.filter(mailing=mailing).update(recipients=F("recipients") + added)
