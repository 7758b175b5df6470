"""Campaigns that were sent long ago, message by message, with the opens and clicks that came back."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from campaigns.models import Campaign
from contacts.models import Activity, Contact, MailingList, User
from crm.demo.content import Letter, make_mailing
from messaging.actions.compose import freeze_mailing
from messaging.compilation import CompiledMailing, render_slots
from messaging.models import Hit, Mailing, MailingLink, MailingStats, Message, Provider

BROWSERS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
)
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@dataclass
class Blast:
    """One sent campaign while it is being made up."""

    random: Random
    letter: Letter
    mailing: Mailing
    started: datetime
    now: datetime
    messages: list[Message] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    told: list[tuple[Message, Activity]] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    clicks: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, contact: Contact, mailing_list: MailingList, compiled: CompiledMailing, provider: Provider) -> None:
        """One recipient: sent within minutes, delivered or bounced."""
        sent = self.started + timedelta(seconds=len(self.messages) * 0.05 + self.random.random())
        bounced = self.random.random()
        message = Message(
            mailing=self.mailing,
            contact=contact,
            address=contact.email,
            to_name=contact.full_name,
            purpose=self.mailing.purpose,
            origin=self.mailing.origin,
            lane="campaign",
            mailing_list=mailing_list,
            state="failed" if bounced < 0.008 else "delivered",
            attempts=1,
            provider=provider,
            route="capture",
            route_reason="Marketing mail leaves by the broadcast stream: Capture.",
            queued_at=self.started,
            not_before=self.started,
            sent_at=sent,
            slots=render_slots(compiled, values_of(contact, mailing_list)),
        )
        if bounced < 0.008:
            message.bounced_at, message.bounce_kind = sent, "hard" if bounced < 0.004 else "soft"
            message.sent_at, message.error = None, "550 5.1.1 No such user here"
        else:
            message.delivered_at = sent + timedelta(seconds=2)
        self.messages.append(message)

    def engage(self, links: list[MailingLink]) -> None:
        """Let people open and click, before anything is written: an update for each would take longer."""
        for message in self.messages:
            if message.sent_at is None:
                self.figures[f"bounced_{message.bounce_kind}"] += 1
                self.figures["failed"] += 1
                self._tell("email.bounced", message, self.started, reason=message.error)
                continue
            self.figures["sent"] += 1
            self.figures["delivered"] += 1
            self._tell("email.sent", message, message.sent_at)
            if self.random.random() < 0.2:
                self._hit(message, "open", message.sent_at + timedelta(seconds=3), PROXY, machine="image proxy")
            if message.contact_id == self.messages[0].contact_id or self.random.random() < self.letter.opened:
                self._open(message, message.sent_at, links)

    def _open(self, message: Message, sent: datetime, links: list[MailingLink]) -> None:
        at = sent + timedelta(hours=self.random.expovariate(1 / 9) + 0.05)
        if at >= self.now:
            return
        message.opened_at, message.open_count = at, 1 + int(self.random.expovariate(1.2))
        self.figures["opened"] += 1
        for again in range(message.open_count):
            self._hit(message, "open", at + timedelta(hours=again * 5), self.random.choice(BROWSERS))
        self._tell("email.opened", message, at)
        if links and self.random.random() < self.letter.clicked / max(self.letter.opened, 0.01):
            self._click(message, links, at + timedelta(seconds=40))
        if self.random.random() < self.letter.left / max(self.letter.opened, 0.01):
            message.unsubscribed_at = at + timedelta(minutes=2)
            self.figures["unsubscribed"] += 1
            self._tell("email.unsubscribed", message, message.unsubscribed_at)

    def _click(self, message: Message, links: list[MailingLink], at: datetime) -> None:
        link = self.random.choices(links, [3.0, *[1.0] * (len(links) - 1)])[0]
        message.clicked_at, message.click_count = at, 1
        self.figures["clicked"] += 1
        self.clicks[link.number].update(total_clicks=1, unique_clicks=1)
        self._hit(message, "click", at, self.random.choice(BROWSERS), number=link.number)
        self._tell("email.clicked", message, at, url=link.url, link_number=link.number)

    def _hit(
        self, message: Message, kind: str, at: datetime, agent: str, *, number: int | None = None, machine: str = ""
    ) -> None:
        if at >= self.now:
            return
        self.figures[f"machine_{kind}s" if machine else f"{kind}s_total"] += 1
        self.hits.append(
            Hit(
                message=message,
                kind=kind,
                link_number=number,
                at=at,
                agent=agent,
                network="203.0.113.0/24",
                is_machine=bool(machine),
                verdict=machine,
            )
        )

    def _tell(self, kind: str, message: Message, at: datetime, **more: object) -> None:
        data = {
            "mailing_id": self.mailing.pk,
            "subject": self.letter.name if "{" in self.letter.subject else self.letter.subject,
            "purpose": message.purpose,
            "origin": message.origin,
        }
        told = Activity(contact_id=message.contact_id, kind=kind, occurred_at=at, data=data | more)
        self.told.append((message, told))

    def keep(self) -> None:
        """Write messages, hits, the log and the figures."""
        Message.objects.bulk_create(self.messages, batch_size=1000)
        Hit.objects.bulk_create(self.hits, batch_size=2000)
        for message, told in self.told:
            told.data["message_id"] = message.pk
        Activity.objects.bulk_create((told for _message, told in self.told), batch_size=2000)
        MailingStats.objects.filter(mailing=self.mailing).update(recipients=len(self.messages), **self.figures)
        for number, counted in self.clicks.items():
            MailingLink.objects.filter(mailing=self.mailing, number=number).update(**counted)


def values_of(contact: Contact, mailing_list: MailingList) -> dict[str, object]:
    """What a template may say about a demo contact."""
    return {
        "contact": {
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "email": contact.email,
            "fields": {},
        },
        "account": {"name": contact.account.name if contact.account else ""},
        "list": {"name": mailing_list.title},
        "sender": {},
    }


def make_sent_campaign(
    random: Random, letter: Letter, mailing_list: MailingList, by: User, provider: Provider, now: datetime
) -> Campaign:
    """A campaign as it looks after it has been sent to everybody who was on the list by then."""
    started = (now - timedelta(days=letter.days_ago)).replace(hour=8, minute=0, second=0, microsecond=0)
    mailing = freeze_mailing(mailing=make_mailing(letter))
    campaign = Campaign.objects.create(
        name=letter.name,
        status=Campaign.Status.SENT,
        mailing=mailing,
        started_at=started,
        audience_frozen_at=started,
        finished_at=started + timedelta(minutes=3),
        created_by=by,
    )
    campaign.lists.add(mailing_list)
    compiled = CompiledMailing.from_bytes(bytes(mailing.compiled or b""))
    blast = Blast(random, letter, mailing, started, now)
    audience = Contact.objects.filter(
        subscriptions__list=mailing_list, subscriptions__status="active", subscriptions__subscribed_at__lt=started
    )
    for contact in audience.select_related("account").order_by("id"):
        blast.add(contact, mailing_list, compiled, provider)
    blast.engage(list(mailing.links.order_by("number")))
    blast.keep()
    return campaign
