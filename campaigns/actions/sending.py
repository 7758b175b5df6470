"""A campaign's way from draft to sent. Each step is a compare-and-swap of the status, so that two presses are one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Now

from campaigns.audience import audience_of, list_ids_of
from campaigns.checks import blocking
from campaigns.errors import CampaignNotReady, WrongStatus
from campaigns.limits import harm
from campaigns.models import Campaign
from campaigns.readiness import findings_of
from contacts import activity
from messaging.actions.compose import MailingInvalid, queue_blast
from messaging.actions.hold import cancel_mailing, hold_mailing, release_mailing
from messaging.models import MailingStats, Message

if TYPE_CHECKING:
    from contacts.models import User

Status = Campaign.Status


@transaction.atomic
def schedule_campaign(*, campaign: Campaign, at: datetime, by: User | None) -> Campaign:
    """Have a draft start by itself at a time; a scheduled one is moved. Raises WrongStatus, CampaignNotReady."""
    _require_ready(campaign)
    _move(campaign, Status.SCHEDULED, {Status.DRAFT, Status.SCHEDULED}, scheduled_at=at, notice="")
    return _told("campaign.scheduled", campaign, by, at=at.isoformat())


@transaction.atomic
def unschedule_campaign(*, campaign: Campaign, by: User | None) -> Campaign:
    """Make a scheduled campaign a draft again. Raises WrongStatus."""
    if _move(campaign, Status.DRAFT, {Status.SCHEDULED}, scheduled_at=None):
        _told("campaign.unscheduled", campaign, by)
    return campaign


@transaction.atomic
def start_campaign(*, campaign: Campaign, by: User | None) -> Campaign:
    """Start a draft or scheduled campaign: a worker then freezes its audience.

    Raises WrongStatus, and CampaignNotReady with what the checks found. Twice is once.
    """
    if campaign.status in (Status.DRAFT, Status.SCHEDULED):
        _require_ready(campaign)
    if _move(campaign, Status.SENDING, {Status.DRAFT, Status.SCHEDULED}, started_at=Now(), notice=""):
        _told("campaign.started", campaign, by)
    return campaign


@transaction.atomic
def start_scheduled(*, campaign: Campaign) -> Campaign:
    """Start a campaign whose time has come; one that is no longer ready becomes a draft that says why."""
    found = Campaign.objects.select_for_update(skip_locked=True).filter(pk=campaign.pk, scheduled_at__lte=Now())
    due = found.filter(status=Status.SCHEDULED).first()
    if due is None:
        return campaign
    try:
        return start_campaign(campaign=due, by=None)
    except CampaignNotReady as error:
        notice = str(error.findings[0].message)[:300]
        _move(due, Status.DRAFT, {Status.SCHEDULED}, scheduled_at=None, notice=notice)
        return _told("campaign.unscheduled", due, None, reason=notice)


@transaction.atomic
def freeze_audience(*, campaign: Campaign) -> int:
    """Write the audience of a started campaign to the outbox, once; returns how many messages were added.

    Another worker that is at it is left alone. A mailing that no longer compiles makes the campaign a draft again.
    """
    found = Campaign.objects.select_for_update(of=("self",), skip_locked=True).select_related("mailing")
    mine = found.filter(pk=campaign.pk, status=Status.SENDING, audience_frozen_at__isnull=True).first()
    if mine is None:
        return 0
    try:
        with transaction.atomic():
            added = queue_blast(
                mailing=mine.mailing, audience=audience_of(mine), by=None, list_ids=list_ids_of(mine)[0]
            )
    except MailingInvalid as error:
        _move(mine, Status.DRAFT, {Status.SENDING}, started_at=None, scheduled_at=None, notice=str(error)[:300])
        _told("campaign.unscheduled", mine, None, reason=str(error)[:300])
        return 0
    Campaign.objects.filter(pk=mine.pk).update(audience_frozen_at=Now())
    _told("campaign.queued", mine, None, recipients=added)
    return added


@transaction.atomic
def pause_campaign(*, campaign: Campaign, by: User | None, reason: str = "") -> Campaign:
    """Send no more for now; takes effect within one batch. Raises WrongStatus."""
    if _move(campaign, Status.PAUSED, {Status.SENDING}, notice=reason[:300]):
        hold_mailing(mailing=campaign.mailing, reason=reason or "Campaign paused", by=by)
        _told("campaign.paused", campaign, by, reason=reason)
    return campaign


@transaction.atomic
def resume_campaign(*, campaign: Campaign, by: User | None) -> Campaign:
    """Go on with a paused campaign. One that had paused by itself does not do so again. Raises WrongStatus."""
    waived = {"limits_waived_at": Now()} if campaign.notice and by else {}
    if _move(campaign, Status.SENDING, {Status.PAUSED}, notice="", **waived):
        release_mailing(mailing=campaign.mailing, by=by)
        _told("campaign.resumed", campaign, by)
    return campaign


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, by: User | None) -> int:
    """Stop a started campaign for good; returns how many messages will not be sent. Raises WrongStatus."""
    stoppable = {Status.SCHEDULED, Status.SENDING, Status.PAUSED}
    if not _move(campaign, Status.CANCELLED, stoppable, finished_at=Now()):
        return 0
    count = cancel_mailing(mailing=campaign.mailing, by=by)
    _told("campaign.cancelled", campaign, by, cancelled=count)
    return count


@transaction.atomic
def finish_campaign(*, campaign: Campaign) -> bool:
    """Call a campaign sent when no message of it is still under way; returns whether it did."""
    if Message.objects.filter(mailing=campaign.mailing_id, state__in=Message.OPEN).exists():
        return False
    ended = Campaign.objects.filter(pk=campaign.pk, status=Status.SENDING, audience_frozen_at__isnull=False)
    if not ended.update(status=Status.SENT, finished_at=Now(), updated_at=Now()):
        return False
    campaign.refresh_from_db()
    _told("campaign.finished", campaign, None)
    return True


@transaction.atomic
def guard_campaign(*, campaign: Campaign) -> bool:
    """Pause a campaign whose bounces or complaints harm the sender's name; returns whether it did."""
    stats = MailingStats.objects.filter(mailing=campaign.mailing_id).first()
    if stats is None or campaign.limits_waived_at or campaign.status != Status.SENDING:
        return False
    reason = harm(handed_over=stats.sent + stats.failed, hard_bounces=stats.bounced_hard, complaints=stats.complained)
    if reason:
        pause_campaign(campaign=campaign, by=None, reason=reason)
    return bool(reason)


def _require_ready(campaign: Campaign) -> None:
    if blocked := blocking(findings_of(campaign)):
        raise CampaignNotReady(blocked)


def _move(campaign: Campaign, to: str, from_: Collection[str], **facts: Any) -> bool:
    """Change the status if it is one of `from_`; False when it is `to` already. Raises WrongStatus."""
    rows = Campaign.objects.filter(pk=campaign.pk, status__in=from_)
    moved = rows.update(status=to, updated_at=Now(), **facts)
    campaign.refresh_from_db()
    if not moved and campaign.status != to:
        raise WrongStatus(campaign.status, campaign.get_status_display())
    return bool(moved)


def _told(kind: str, campaign: Campaign, by: User | None, **facts: Any) -> Campaign:
    activity.record(kind, by=by, campaign_id=campaign.pk, name=campaign.name, **facts)
    return campaign
