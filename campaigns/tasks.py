"""What workers do for campaigns. Each task may run twice, late or at the same time as another: the rows decide."""

from __future__ import annotations

from functools import partial

import structlog
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from campaigns import actions
from campaigns.models import Campaign
from messaging.tasks import nudge

log = structlog.get_logger(__name__)


def ask_to_freeze(campaign_id: int) -> None:
    """Say that a campaign was started, once this is committed. A lost word is said again by `watch`."""
    transaction.on_commit(partial(_say, campaign_id))


def _say(campaign_id: int) -> None:
    try:
        freeze.apply_async(args=(campaign_id,), queue="campaign", retry=False)
    except OperationalError as error:
        log.warning("freeze_word_lost", campaign_id=campaign_id, error=str(error))


@shared_task(name="campaigns.tasks.freeze")
def freeze(campaign_id: int) -> None:
    """Write a started campaign's audience to the outbox and wake the workers of its lane."""
    campaign = Campaign.objects.sending().filter(pk=campaign_id).first()
    if campaign and actions.freeze_audience(campaign=campaign):
        log.info("audience_frozen", campaign_id=campaign_id, mailing_id=campaign.mailing_id)
        nudge("campaign")


@shared_task(name="campaigns.tasks.start_due")
def start_due() -> None:
    """Start the campaigns whose time has come."""
    for campaign in Campaign.objects.due():
        if actions.start_scheduled(campaign=campaign).status == Campaign.Status.SENDING:
            ask_to_freeze(campaign.pk)


@shared_task(name="campaigns.tasks.watch")
def watch() -> None:
    """Freeze what a lost word left unfrozen, pause what does harm, and finish what is sent."""
    for campaign in Campaign.objects.sending():
        if campaign.audience_frozen_at is None:
            ask_to_freeze(campaign.pk)
        elif not actions.guard_campaign(campaign=campaign):
            actions.finish_campaign(campaign=campaign)
