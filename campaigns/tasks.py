"""What workers do for campaigns. Each task may run twice, late or at the same time as another: the rows decide."""

from __future__ import annotations

from celery import shared_task

from campaigns import actions
from campaigns.models import Campaign
from messaging.tasks import nudge


@shared_task(name="campaigns.tasks.freeze")
def freeze(campaign_id: int) -> None:
    """Write a started campaign's audience to the outbox and wake the workers of its lane."""
    campaign = Campaign.objects.sending().filter(pk=campaign_id).first()
    if campaign and actions.freeze_audience(campaign=campaign):
        nudge("campaign")


@shared_task(name="campaigns.tasks.start_due")
def start_due() -> None:
    """Start the campaigns whose time has come."""
    for campaign in Campaign.objects.due():
        if actions.start_scheduled(campaign=campaign).status == Campaign.Status.SENDING:
            freeze.delay(campaign.pk)


@shared_task(name="campaigns.tasks.watch")
def watch() -> None:
    """Freeze what a lost word left unfrozen, pause what does harm, and finish what is sent."""
    for campaign in Campaign.objects.sending():
        if campaign.audience_frozen_at is None:
            freeze.delay(campaign.pk)
        elif not actions.guard_campaign(campaign=campaign):
            actions.finish_campaign(campaign=campaign)
