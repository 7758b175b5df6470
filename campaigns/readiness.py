"""Gathers what the checks ask about a campaign."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.audience import count_audience, list_ids_of
from campaigns.checks import CampaignFacts, Finding, Place, check_campaign
from campaigns.models import Campaign
from contacts.models import Organization
from messaging import blocks
from messaging.actions.compose import mailing_source
from messaging.compilation import CompiledMailing, CompileError, check_mailing, compile_mailing
from messaging.liquid import TemplateProblem
from messaging.models import Mailing, Provider
from messaging.senders import is_verified

_LOCAL = ("localhost", "127.0.0.1", "::1", "testserver")


def findings_of(campaign: Campaign, *, recipients: int | None = None) -> list[Finding]:
    """What the checks find in a campaign as it stands. `recipients` saves counting the audience again."""
    return check_campaign(facts_of(campaign, recipients=recipients))


def facts_of(campaign: Campaign, *, recipients: int | None = None) -> CampaignFacts:
    """The facts of a campaign for the checks."""
    mailing = campaign.mailing
    list_ids, excluded_ids = list_ids_of(campaign)
    source = mailing_source(mailing)
    problems = check_mailing(source)
    if recipients is None:
        recipients = count_audience(list_ids, excluded_ids).recipients
    leaving_by = Provider.objects.filter(is_active=True, broadcast=True).first()
    is_captured = leaving_by is not None and leaving_by.kind == "capture"
    return CampaignFacts(
        subject=mailing.subject,
        preheader=mailing.preheader,
        html=mailing.html,
        text=mailing.text,
        size=_size(mailing, problems),
        from_email=source.from_email,
        from_is_verified=is_verified(source.from_email),
        postal_address=Organization.current().postal_address,
        has_lists=bool(list_ids),
        recipients=recipients,
        has_provider=leaving_by is not None,
        base_url_is_public=is_captured or urlsplit(settings.BASE_URL).hostname not in _LOCAL,
        problems=tuple(problems),
        places=tuple(places_of(mailing)),
    )


def places_of(mailing: Mailing) -> list[Place]:
    """Where each block of a mailing begins in its HTML."""
    titles = {entry.get("id"): blocks.kind_of(str(entry.get("kind"))) for entry in mailing.blocks}
    found: list[Place] = []
    for number, line in enumerate(mailing.html.split("\n"), 1):
        if (block_id := blocks.block_beginning(line)) is not None and block_id in titles:
            kind = titles[block_id]
            found.append(Place(block_id, str(kind.title) if kind else _("Block"), len(found) + 1, number))
    return found


def _size(mailing: Mailing, problems: list[TemplateProblem]) -> int:
    """Bytes of the HTML as it would be sent, its tags not yet filled."""
    if not problems:
        try:
            return _length(compile_mailing(mailing_source(mailing)))
        except CompileError:
            pass
    return len(mailing.html.encode())


def _length(compiled: CompiledMailing) -> int:
    return sum(len(piece.encode()) for piece in compiled.html if isinstance(piece, str))
