"""Deals of the demo, in stages, won and lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from contacts.look import format_money
from contacts.models import Activity, Contact
from crm.demo.people import Team
from deals.models import Deal, DealContact, Pipeline, Stage

STAGES = (
    ("New", 10, "blue"),
    ("Qualified", 30, "cyan"),
    ("Proposal sent", 55, "indigo"),
    ("Negotiation", 80, "purple"),
)
TITLES = (
    "Cargo fleet {year}",
    "Workshop service plan",
    "Leasing of {n} e-bikes",
    "Winter service contract",
    "Replacement batteries",
    "Courier bikes, {n} pieces",
    "Theft protection upgrade",
)
LOST = ("Too expensive", "Went with a competitor", "No budget this year", "No answer")


def make_pipelines() -> list[Stage]:
    """One pipeline for new business with four stages, and a small one for renewals."""
    sales = Pipeline.objects.create(name="New business", currency="EUR", position=0)
    stages = [
        Stage.objects.create(pipeline=sales, name=name, probability=chance, color=color, position=place)
        for place, (name, chance, color) in enumerate(STAGES)
    ]
    renewals = Pipeline.objects.create(name="Renewals", currency="EUR", position=1)
    for place, (name, chance) in enumerate((("Due", 60), ("Offer sent", 75), ("Verbal yes", 90))):
        Stage.objects.create(pipeline=renewals, name=name, probability=chance, position=place)
    return stages


def make_deals(random: Random, team: Team, contacts: list[Contact], stages: list[Stage], now: datetime) -> list[Deal]:
    """About ninety deals; the first two are those of the pictures, with the first contact."""
    deals = [
        _deal(random, team, contacts[0], stages[2], now, title="Cargo fleet 2027", value=Decimal("14900")),
        _deal(random, team, contacts[0], stages[1], now, title="Workshop service plan", value=Decimal("3500")),
    ]
    for contact in random.sample(contacts[2:], 88):
        deals.append(_deal(random, team, contact, random.choices(stages, [5, 4, 3, 2])[0], now))
    for deal in deals:
        _tell(random, deal, now)
    return deals


def _deal(
    random: Random,
    team: Team,
    contact: Contact,
    stage: Stage,
    now: datetime,
    title: str = "",
    value: Decimal | None = None,
) -> Deal:
    status = "open" if title else random.choices(["open", "won", "lost"], [70, 18, 12])[0]
    entered = now - timedelta(days=random.randint(1, 40), hours=random.randint(0, 9))
    deal = Deal.objects.create(
        title=title or random.choice(TITLES).format(year=now.year + 1, n=random.choice((4, 6, 10, 20))),
        value=value or Decimal(random.randint(8, 480) * 100),
        currency="EUR",
        pipeline=stage.pipeline,
        stage=stage,
        status=status,
        owner=contact.owner or random.choice(team.sellers),
        account=contact.account,
        expected_close_on=(now + timedelta(days=random.randint(-10, 120))).date(),
        closed_at=entered if status != "open" else None,
        lost_reason=random.choice(LOST) if status == "lost" else "",
    )
    Deal.objects.filter(pk=deal.pk).update(
        created_at=entered - timedelta(days=random.randint(3, 60)), stage_changed_at=entered
    )
    DealContact.objects.create(deal=deal, contact=contact, role="Decision maker", is_primary=True)
    colleagues = Contact.objects.filter(account=contact.account).exclude(pk=contact.pk)[:2]
    DealContact.objects.bulk_create(DealContact(deal=deal, contact=one, role="Influencer") for one in colleagues)
    deal.refresh_from_db()
    return deal


def _tell(random: Random, deal: Deal, now: datetime) -> None:
    primary = deal.deal_contacts.get(is_primary=True)
    facts = {"deal_id": deal.pk, "title": deal.title, "amount": format_money(deal.value, deal.currency)}
    entries: list[tuple[str, datetime, dict[str, object]]] = [
        ("deal.created", deal.created_at, {"stage": STAGES[0][0]})
    ]
    if deal.stage.position:
        moved = {"stage_id": deal.stage_id, "stage": deal.stage.name, "from_stage": STAGES[deal.stage.position - 1][0]}
        entries.append(("deal.stage_changed", deal.stage_changed_at, moved))
    if deal.closed_at:
        entries.append((f"deal.{deal.status}", deal.closed_at, {"reason": deal.lost_reason}))
    Activity.objects.bulk_create(
        Activity(
            contact_id=primary.contact_id,
            account_id=deal.account_id,
            kind=kind,
            occurred_at=when,
            by=deal.owner,
            data=facts | more,
        )
        for kind, when, more in entries
    )
