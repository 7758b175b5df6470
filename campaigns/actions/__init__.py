"""Writes of campaigns: one verb, one transaction."""

from campaigns.actions.pictures import PictureRefused, keep_picture
from campaigns.actions.sending import (
    cancel_campaign,
    finish_campaign,
    freeze_audience,
    guard_campaign,
    pause_campaign,
    resume_campaign,
    schedule_campaign,
    start_campaign,
    start_scheduled,
    unschedule_campaign,
)
from campaigns.actions.testing import send_test
from campaigns.actions.writing import (
    BlockContent,
    Details,
    OwnHtml,
    create_campaign,
    delete_campaign,
    duplicate_campaign,
    save_content,
    update_campaign,
)

__all__ = [
    "BlockContent",
    "Details",
    "OwnHtml",
    "PictureRefused",
    "cancel_campaign",
    "create_campaign",
    "delete_campaign",
    "duplicate_campaign",
    "finish_campaign",
    "freeze_audience",
    "guard_campaign",
    "keep_picture",
    "pause_campaign",
    "resume_campaign",
    "save_content",
    "schedule_campaign",
    "send_test",
    "start_campaign",
    "start_scheduled",
    "unschedule_campaign",
    "update_campaign",
]
