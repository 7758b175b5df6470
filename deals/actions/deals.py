"""Writes of deals. Each locks the deal's row, so that two users at once are told apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, TypedDict, cast

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from contacts.activity import record
from contacts.look import format_money
from contacts.models import Account, Contact, User
from deals import kinds
from deals.models import Deal, DealContact, Stage


class DealFacts(TypedDict, total=False):
    """What may be said of a new deal beside its title and stage."""

    value: Decimal
    currency: str
    account: Account | None
    owner: User | None
    expected_close_on: date | None


class StageMoved(Exception):
    """Somebody else moved the deal meanwhile (or closed it). `deal` is as it stands now."""

    permanent = True

    def __init__(self, deal: Deal) -> None:
        super().__init__("the deal was moved by somebody else")
        self.deal = deal


def amount_of(deal: Deal) -> str:
    """A deal's value as people read it."""
    return format_money(deal.value, deal.currency)


def primary_contact_id(deal: Deal) -> int | None:
    """Whom the deal's entries in the log belong to."""
    return DealContact.objects.filter(deal=deal, is_primary=True).values_list("contact_id", flat=True).first()


def _held(deal: Deal) -> Deal:
    """The deal as it is now, locked until the end of the transaction. Raises Deal.DoesNotExist.

    Without a join: PostgreSQL drops the row that it waited for when its stage does not fit the join any more.
    """
    return cast(Deal, Deal.objects.select_for_update().get(pk=deal.pk))


def _log(kind: str, deal: Deal, *, by: User | None, hops: int = 0, **data: Any) -> None:
    """Write an entry for the deal's primary contact and its account."""
    record(
        kind,
        by=by,
        contact_id=primary_contact_id(deal),
        account_id=deal.account_id,
        hops=hops,
        deal_id=deal.pk,
        title=deal.title,
        **data,
    )


@transaction.atomic
def create_deal(
    *,
    title: str,
    stage: Stage,
    contact: Contact | None = None,
    facts: DealFacts | None = None,
    by: User | None,
    hops: int = 0,
) -> Deal:
    """Start a deal in a stage. Its contact becomes the primary one; the account is the contact's unless said."""
    given: dict[str, Any] = dict(facts or {})
    given.setdefault("currency", stage.pipeline.currency)
    if contact and not given.get("account"):
        given["account"] = contact.account
    deal = Deal.objects.create(title=title.strip(), stage=stage, pipeline=stage.pipeline, **given)
    if contact:
        DealContact.objects.create(deal=deal, contact=contact, is_primary=True)
    where: dict[str, Any] = {"stage_id": stage.pk, "stage": stage.name, "pipeline_id": stage.pipeline_id}
    _log(kinds.DEAL_CREATED.key, deal, by=by, hops=hops, amount=amount_of(deal), **where)
    return deal


@transaction.atomic
def move_deal(*, deal: Deal, to: Stage, expected: Stage | None = None, by: User | None, hops: int = 0) -> Deal:
    """Move an open deal to another stage.

    `expected` is where the mover saw it: when it is elsewhere by now, StageMoved is raised and nothing changed.
    A stage of another pipeline takes the deal there. Moving it where it is already changes nothing.
    """
    held = _held(deal)
    if held.stage_id == to.pk:
        return held
    if held.status != Deal.Status.OPEN or (expected is not None and held.stage_id != expected.pk):
        raise StageMoved(held)
    before = held.stage
    held.stage, held.pipeline, held.stage_changed_at = to, to.pipeline, timezone.now()
    held.save(update_fields=["stage", "pipeline", "stage_changed_at", "updated_at"])
    places = {"from_id": before.pk, "from_stage": before.name, "stage_id": to.pk, "stage": to.name}
    _log(
        kinds.STAGE_CHANGED.key,
        held,
        by=by,
        hops=hops,
        pipeline_id=to.pipeline_id,
        amount=amount_of(held),
        **places,
    )
    return held


def _close(deal: Deal, status: Deal.Status, reason: str = "") -> Deal | None:
    """Set a deal's status; None when it has that status already."""
    held = _held(deal)
    if held.status == status:
        return None
    Deal.objects.filter(pk=held.pk).update(
        status=status,
        lost_reason=reason,
        closed_at=None if status == Deal.Status.OPEN else Now(),
        updated_at=Now(),
    )
    return held


@transaction.atomic
def win_deal(*, deal: Deal, by: User | None, hops: int = 0) -> Deal:
    """Close a deal as won."""
    if held := _close(deal, Deal.Status.WON):
        _log(kinds.DEAL_WON.key, held, by=by, hops=hops, amount=amount_of(held))
    return Deal.objects.get(pk=deal.pk)


@transaction.atomic
def lose_deal(*, deal: Deal, reason: str = "", by: User | None, hops: int = 0) -> Deal:
    """Close a deal as lost, with a reason in the user's words."""
    if held := _close(deal, Deal.Status.LOST, reason.strip()[:255]):
        _log(kinds.DEAL_LOST.key, held, by=by, hops=hops, amount=amount_of(held), reason=reason.strip())
    return Deal.objects.get(pk=deal.pk)


@transaction.atomic
def reopen_deal(*, deal: Deal, by: User | None, hops: int = 0) -> Deal:
    """Open a closed deal again, in the stage where it was."""
    if held := _close(deal, Deal.Status.OPEN):
        _log(kinds.DEAL_REOPENED.key, held, by=by, hops=hops)
    return Deal.objects.get(pk=deal.pk)


@transaction.atomic
def set_value(*, deal: Deal, value: Decimal, by: User | None, hops: int = 0) -> Deal:
    """Set what a deal is worth, in its currency."""
    held = _held(deal)
    if held.value == value:
        return held
    old, held.value = amount_of(held), value
    held.save(update_fields=["value", "updated_at"])
    _log(kinds.VALUE_CHANGED.key, held, by=by, hops=hops, old=old, amount=amount_of(held))
    return held


@transaction.atomic
def set_deal_owner(*, deal: Deal, owner: User | None, by: User | None, hops: int = 0) -> Deal:
    """Make a user responsible for a deal, or nobody."""
    held = _held(deal)
    if held.owner_id == (owner.pk if owner else None):
        return held
    held.owner = owner
    held.save(update_fields=["owner", "updated_at"])
    said = {"owner_id": owner.pk if owner else None, "owner_name": owner.name if owner else ""}
    _log(kinds.OWNER_CHANGED.key, held, by=by, hops=hops, **said)
    return held


@transaction.atomic
def update_deal(*, deal: Deal, field: str, value: str | date | Account | None, by: User | None) -> Deal:
    """Set a deal's `title`, `expected_close_on` or `account`. Raises ValueError for any other field."""
    if field not in ("title", "expected_close_on", "account"):
        raise ValueError(f"{field!r} is not a fact of a deal")
    held = _held(deal)
    old = getattr(held, field)
    if old == value:
        return held
    setattr(held, field, value)
    held.save(update_fields=[field, "updated_at"])
    label = str(Deal._meta.get_field(field).verbose_name).capitalize()  # type: ignore[union-attr]
    said: dict[str, Any] = {
        "field": field,
        "label": label,
        "old": "" if old is None else str(old),
        "new": "" if value is None else str(value),
    }
    _log(kinds.DEAL_UPDATED.key, held, by=by, **said)
    return held


@transaction.atomic
def delete_deal(*, deal: Deal, by: User | None) -> None:
    """Delete a deal. Its contacts and account stay. Deleting twice changes nothing."""
    held = Deal.objects.select_for_update(of=("self",)).filter(pk=deal.pk).first()
    if held:
        _log(kinds.DEAL_DELETED.key, held, by=by)
        held.delete()
