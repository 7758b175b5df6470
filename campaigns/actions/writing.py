"""Making a campaign and writing its content, while it is a draft or scheduled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.errors import ContentChanged, WrongStatus
from campaigns.models import Campaign
from contacts import activity
from contacts.models import CustomField, Organization
from messaging import blocks
from messaging.blocks import BlockProblem, BlocksInvalid, Theme
from messaging.models import Mailing
from messaging.models.mailing import Origin, Purpose
from messaging.personalisation import translate_tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contacts.models import MailingList, User
    from messaging.blocks import Block


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a campaign is called, whom it goes to and in whose name. None leaves a detail as it is."""

    name: str | None = None
    lists: Iterable[MailingList] | None = None
    excluded_lists: Iterable[MailingList] | None = None
    subject: str | None = None
    preheader: str | None = None
    from_name: str | None = None
    from_email: str | None = None
    reply_to: str | None = None
    track_opens: bool | None = None
    track_clicks: bool | None = None


# What of the details the mailing holds; the two with tags are translated.
_MAILING_FIELDS = (
    "subject", "preheader", "from_name", "from_email", "reply_to", "track_opens", "track_clicks",
)  # fmt: skip
_WITH_TAGS = {"subject", "preheader"}


@dataclass(frozen=True)
class BlockContent:
    """Content made of blocks. Raises BlocksInvalid when saved without a required block."""

    blocks: Sequence[Block]
    theme: Theme


@dataclass(frozen=True)
class OwnHtml:
    """Content written by hand; an empty text part is derived when it is sent."""

    html: str
    text: str = ""


@transaction.atomic
def create_campaign(*, name: str, by: User | None) -> Campaign:
    """Make a draft with the default sender and content."""
    organization = Organization.current()
    mailing = Mailing(
        purpose=Purpose.MARKETING,
        origin=Origin.CAMPAIGN,
        name=name[:200],
        from_name=organization.default_from_name or organization.name,
        from_email=organization.default_from_email,
        blocks=blocks.default_blocks(),
        theme=Theme().model_dump(mode="json"),
        created_by=by,
    )
    mailing.html = blocks.render_blocks(blocks.read_blocks(mailing.blocks), Theme(), title=name)
    mailing.save()
    campaign = Campaign.objects.create(name=name[:200], mailing=mailing, created_by=by)
    _record("campaign.created", campaign, by)
    return campaign


@transaction.atomic
def update_campaign(*, campaign: Campaign, details: Details, by: User | None) -> Campaign:
    """Change the given details of a draft or scheduled campaign. Raises WrongStatus."""
    campaign = _editable(campaign)
    if details.name is not None:
        campaign.name = campaign.mailing.name = details.name[:200]
    custom = _custom_keys()
    for field in _MAILING_FIELDS:
        if (value := getattr(details, field)) is not None:
            setattr(campaign.mailing, field, translate_tags(value, custom=custom) if field in _WITH_TAGS else value)
    campaign.mailing.save(update_fields=["name", *_MAILING_FIELDS, "updated_at"])
    campaign.save(update_fields=["name", "updated_at"])
    if details.lists is not None:
        campaign.lists.set(details.lists)
    if details.excluded_lists is not None:
        campaign.excluded_lists.set(details.excluded_lists)
    return campaign


@transaction.atomic
def save_content(
    *, campaign: Campaign, content: BlockContent | OwnHtml, by: User | None, seen: datetime | None = None
) -> Campaign:
    """Save what the campaign says. `seen` is `mailing.updated_at` as the author loaded it.

    Raises BlocksInvalid, WrongStatus, and ContentChanged when it was saved by somebody else since.
    """
    campaign = _editable(campaign)
    mailing = campaign.mailing
    if seen is not None and mailing.updated_at != seen:
        raise ContentChanged
    custom = _custom_keys()
    if isinstance(content, OwnHtml):
        mailing.blocks, mailing.theme = [], {}
        mailing.html, mailing.text = (translate_tags(part, custom=custom) for part in (content.html, content.text))
    else:
        _require_footer(content.blocks)
        mailing.blocks = blocks.dumped(content.blocks)
        mailing.theme = content.theme.model_dump(mode="json")
        # Read again: blocks that came without an id have one now, by which the editor finds them in the HTML.
        with_ids = blocks.read_blocks(mailing.blocks)
        html = blocks.render_blocks(with_ids, content.theme, title=mailing.subject or campaign.name)
        mailing.html, mailing.text = translate_tags(html, custom=custom), ""
    mailing.save(update_fields=["blocks", "theme", "html", "text", "updated_at"])
    return campaign


@transaction.atomic
def duplicate_campaign(*, campaign: Campaign, by: User | None) -> Campaign:
    """A new draft with the same lists, sender and content."""
    old = campaign.mailing
    name = (_("%s (copy)") % campaign.name)[:200]
    mailing = Mailing.objects.create(
        purpose=Purpose.MARKETING,
        origin=Origin.CAMPAIGN,
        name=name,
        blocks=old.blocks,
        theme=old.theme,
        html=old.html,
        text=old.text,
        created_by=by,
        **{field: getattr(old, field) for field in _MAILING_FIELDS},
    )
    copy = Campaign.objects.create(name=name, mailing=mailing, created_by=by)
    copy.lists.set(campaign.lists.all())
    copy.excluded_lists.set(campaign.excluded_lists.all())
    _record("campaign.created", copy, by)
    return copy


@transaction.atomic
def delete_campaign(*, campaign: Campaign, by: User | None) -> None:
    """Delete a draft; what was ever started stays as a record. Raises WrongStatus. Twice is once."""
    found = Campaign.objects.select_for_update(of=("self",)).filter(pk=campaign.pk).first()
    if found is None:
        return
    if found.status != Campaign.Status.DRAFT:
        raise WrongStatus(found.status, found.get_status_display())
    _record("campaign.deleted", found, by)
    mailing_id = found.mailing_id
    found.delete()
    Mailing.objects.filter(pk=mailing_id, frozen_at__isnull=True).delete()


def _editable(campaign: Campaign) -> Campaign:
    """The campaign, locked, with its mailing. Raises WrongStatus when it can no longer be changed."""
    found = Campaign.objects.select_for_update(of=("self", "mailing")).select_related("mailing").get(pk=campaign.pk)
    if found.status not in Campaign.EDITABLE or found.mailing.frozen_at:
        raise WrongStatus(found.status, found.get_status_display())
    return found  # type: ignore[no-any-return]  # the manager's rows are untyped


def _require_footer(content: Sequence[Block]) -> None:
    present = {block.kind_key() for block in content}
    missing = [kind for kind in blocks.kinds() if kind.required and kind.kind_key() not in present]
    if missing:
        raise BlocksInvalid([BlockProblem(0, str(kind.title), "", _("is required")) for kind in missing])


def _custom_keys() -> set[str]:
    return set(CustomField.objects.values_list("key", flat=True))


def _record(kind: str, campaign: Campaign, by: User | None) -> None:
    activity.record(kind, by=by, campaign_id=campaign.pk, name=campaign.name, at=timezone.now().isoformat())
