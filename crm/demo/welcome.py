"""The welcome series: a real automation with contacts at every step, and newcomers who enter when it starts."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.db.models import Count, Max

from automations import actions
from automations.content import compose_content
from automations.definition import Definition, Step, Trigger
from automations.engine import walk_due
from automations.models import Automation, Enrollment
from contacts.actions.lists import subscribe
from contacts.models import Activity, Contact, MailingList, User
from crm.demo.content import WELCOME
from crm.demo.history import values_of
from messaging.compilation import CompiledMailing, render_slots
from messaging.models import MailingStats, Message


def make_welcome_series(
    random: Random, newsletter: MailingList, contacts: list[Contact], by: User, now: datetime
) -> Automation:
    """Three emails with waits between them and a tag at the end, live, with runs in every place."""
    automation = actions.create_automation(name="Welcome series", by=by)
    steps: list[Step] = []
    for number, (subject, body) in enumerate(WELCOME, 1):
        words = {"subject": subject, "body": body, "from_name": "Dana Ruiz", "from_email": "hello@velofleet.example"}
        mailing = compose_content(name=f"Welcome series: {subject}", words=words, by=by)
        config = {"mailing_id": mailing.pk, "body": body, "subject": subject}
        steps.append(Step(id=f"email{number}", kind="send_email", config=config))
        if number < len(WELCOME):
            steps.append(Step(id=f"wait{number}", kind="wait", config={"amount": number + 1, "unit": "days"}))
    steps.append(Step(id="tag", kind="add_tag", config={"tag": "welcomed"}))
    trigger = Trigger(
        id="joined", kind="list_subscribed", config={"list_id": newsletter.pk, "list_name": newsletter.name}
    )
    actions.save_draft(automation=automation, definition=Definition(triggers=[trigger], steps=steps), by=by)
    actions.publish(automation=automation, by=by)
    automation.refresh_from_db()
    _let_it_have_run(random, automation, trigger, contacts, by, now)
    return automation


def _let_it_have_run(
    random: Random, automation: Automation, trigger: Trigger, contacts: list[Contact], by: User, now: datetime
) -> None:
    """Walk sixty runs with the clock of the last nine days: the engine itself writes the history."""
    for contact in contacts[:60]:
        run = actions.enroll(automation=automation, contact=contact, trigger=trigger, by=None)
        entered = now - timedelta(days=random.random() * 9)
        Enrollment.objects.filter(pk=run.pk).update(entered_at=entered, wake_at=entered)
        Activity.objects.filter(contact=contact, kind="automation.entered").update(occurred_at=entered)
    for day in range(9, 0, -1):
        _walk_as_of(now - timedelta(days=day))


def _walk_as_of(then: datetime) -> None:
    """Take the steps that were due then, and date what they wrote: what was queued then went out then."""
    last_activity = Activity.objects.aggregate(Max("id"))["id__max"] or 0
    walk_due(now=then, limit=1000)
    Activity.objects.filter(pk__gt=last_activity).update(occurred_at=then)
    queued = Message.objects.filter(mailing__origin="automation", state="queued")
    for message in queued.filter(contact__isnull=False, mailing_list__isnull=False).select_related(
        "mailing", "contact__account", "mailing_list"
    ):
        compiled = CompiledMailing.from_bytes(bytes(message.mailing.compiled or b""))
        message.slots = render_slots(compiled, values_of(message.contact, message.mailing_list))
        message.state, message.route, message.attempts = "delivered", "capture", 1
        message.route_reason = "Marketing mail leaves by the broadcast stream: Capture."
        message.queued_at = message.sent_at = message.delivered_at = then
        message.save()
        facts = {"message_id": message.pk, "mailing_id": message.mailing_id, "subject": message.mailing.subject}
        facts |= {"purpose": message.purpose, "origin": message.origin}
        Activity.objects.create(contact=message.contact, kind="email.sent", occurred_at=then, data=facts)
    sent = Message.objects.filter(mailing__origin="automation").values_list("mailing_id").annotate(Count("id"))
    for mailing_id, count in sent.order_by():
        MailingStats.objects.filter(mailing_id=mailing_id).update(sent=count, delivered=count)


def let_newcomers_join(newsletter: MailingList, contacts: list[Contact]) -> None:
    """Five people subscribe now: the log is handed over and the series starts for them while one looks on."""
    for contact in contacts[:5]:
        subscribe(contact=contact, mailing_list=newsletter, by=None, source="form", force=True)
