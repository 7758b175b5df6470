"""What stands in the way of sending a campaign, and what to look at again. Pure: facts in, findings out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.anatomy import Anatomy, dissect
from campaigns.subjects import readable
from messaging.blocks import MISSING
from messaging.liquid import TemplateProblem
from messaging.personalisation import leftover_tags

Level = Literal["block", "warn"]
# Where in the steps it is mended.
Step = Literal["audience", "sender", "content", "settings"]

# Gmail shows the first 102 KB and hides the rest, the unsubscribe link with it, behind "View entire message".
CLIPPED_AT = 102 * 1024
# Less text than this beside an image is what filters call an image-only mail.
FEW_WORDS = 200
# What inboxes show of a subject on a desktop.
LONG_SUBJECT = 70


@dataclass(frozen=True)
class Finding:
    """One thing found: `block` keeps the campaign from being sent, `warn` does not."""

    level: Level
    code: str
    message: str
    step: Step
    # The block it is about, for the link into the editor.
    block_id: str = ""


@dataclass(frozen=True)
class Place:
    """A block of the content: where a line of the HTML belongs."""

    block_id: str
    title: str
    position: int
    first_line: int


@dataclass(frozen=True, kw_only=True)
class CampaignFacts:
    """What the checks know of a campaign. `size` is that of the HTML as it would be sent, in bytes."""

    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    size: int = 0
    from_email: str = ""
    from_is_verified: bool = False
    postal_address: str = ""
    has_lists: bool = False
    recipients: int = 0
    has_provider: bool = True
    base_url_is_public: bool = True
    problems: tuple[TemplateProblem, ...] = ()
    places: tuple[Place, ...] = field(default=())


def check_campaign(facts: CampaignFacts) -> list[Finding]:
    """Every finding, those that block first."""
    page = dissect(facts.html)
    found = [finding for rule in (_audience, _sender, _subject, _tags, _size, _way_out) for finding in rule(facts)]
    found += [finding for look in (_links, _images, _words) for finding in look(facts, page)]
    return sorted(found, key=lambda finding: finding.level != "block")


def blocking(findings: list[Finding]) -> list[Finding]:
    """Those that keep the campaign from being sent."""
    return [finding for finding in findings if finding.level == "block"]


def _audience(facts: CampaignFacts) -> Iterator[Finding]:
    if not facts.has_lists:
        yield Finding("block", "no_lists", _("No list is chosen."), "audience")
    elif not facts.recipients:
        yield Finding("block", "no_recipients", _("Nobody on the chosen lists can be sent to."), "audience")


def _sender(facts: CampaignFacts) -> Iterator[Finding]:
    if not facts.from_email:
        yield Finding("block", "no_from", _("There is no From address."), "sender")
    elif not facts.from_is_verified:
        message = _("The From address %s is not verified: confirm it, or its domain, in the settings.")
        yield Finding("block", "unverified_from", message % facts.from_email, "sender")
    if not facts.postal_address.strip():
        message = _("The organisation has no postal address, which every campaign must show.")
        yield Finding("block", "no_postal_address", message, "settings")
    if not facts.has_provider:
        message = _("No provider is set up to send campaigns.")
        yield Finding("block", "no_provider", message, "settings")


def _subject(facts: CampaignFacts) -> Iterator[Finding]:
    if not facts.subject.strip():
        yield Finding("block", "no_subject", _("There is no subject."), "sender")
        return
    subject = readable(facts.subject, {})
    letters = [letter for letter in subject if letter.isalpha()]
    if len(subject) > LONG_SUBJECT:
        message = _("The subject has %(n)s characters; most inboxes show %(limit)s.")
        yield Finding("warn", "long_subject", message % {"n": len(subject), "limit": LONG_SUBJECT}, "sender")
    if (len(letters) > 8 and all(letter.isupper() for letter in letters)) or subject.count("!") > 2:
        yield Finding(
            "warn", "loud_subject", _("Capitals and exclamation marks in the subject look like spam."), "sender"
        )
    if not facts.preheader.strip():
        message = _("There is no preheader: inboxes show the first words of the content beside the subject.")
        yield Finding("warn", "no_preheader", message, "sender")


_PARTS: dict[str, Callable[[], str]] = {
    "subject": lambda: _("Subject"),
    "preheader": lambda: _("Preheader"),
    "html": lambda: _("Content"),
    "text": lambda: _("Text part"),
}


def _tags(facts: CampaignFacts) -> Iterator[Finding]:
    for problem in facts.problems:
        if problem.part == "subject" and not facts.subject.strip():
            continue
        if problem.part == "html" and not facts.html.strip():
            yield Finding("block", "no_content", _("There is no content."), "content")
            continue
        place = _place(facts, problem)
        where = (
            _("Block %(n)s (%(block)s)") % {"n": place.position, "block": place.title}
            if place
            else _("%(part)s, line %(line)s") % {"part": _PARTS[problem.part or "html"](), "line": problem.line}
        )
        words = f"{where}: {problem.tag}: {problem.message}" if problem.tag else f"{where}: {problem.message}"
        step: Step = "content" if problem.part in {"html", "text"} else "sender"
        yield Finding("block", "unknown_tag", words, step, place.block_id if place else "")
    for tag in dict.fromkeys(leftover_tags(facts.subject + facts.preheader + facts.html + facts.text)):
        message = _("%s looks like a personalisation tag but means nothing here.")
        yield Finding("warn", "leftover_tag", message % tag, "content")


def _place(facts: CampaignFacts, problem: TemplateProblem) -> Place | None:
    if problem.part != "html":
        return None
    return next((place for place in reversed(facts.places) if place.first_line <= problem.line), None)


def _block_with(facts: CampaignFacts, pattern: str) -> str:
    """The first block in whose HTML a pattern is found, for the link into the editor."""
    lines = facts.html.split("\n")
    ends = [*(place.first_line for place in facts.places[1:]), len(lines) + 1]
    for place, end in zip(facts.places, ends, strict=False):
        if re.search(pattern, "\n".join(lines[place.first_line - 1 : end - 1]), re.IGNORECASE):
            return place.block_id
    return ""


def _size(facts: CampaignFacts) -> Iterator[Finding]:
    if facts.size > CLIPPED_AT:
        message = _("The message is %s KB large; Gmail cuts it off at 102 KB, with the unsubscribe link.")
        yield Finding("warn", "too_large", message % round(facts.size / 1024), "content")


def _way_out(facts: CampaignFacts) -> Iterator[Finding]:
    if facts.html.strip() and "unsubscribe_url" not in facts.html:
        message = _("The content has no unsubscribe link; one is added at its end.")
        yield Finding("warn", "no_unsubscribe", message, "content")
    if not facts.base_url_is_public:
        message = _(
            "BASE_URL is an address of this machine: recipients cannot open links, images and unsubscribe pages."
        )
        yield Finding("warn", "local_links", message, "settings")


def _links(facts: CampaignFacts, page: Anatomy) -> Iterator[Finding]:
    for link in page.links:
        name = link.label or _("a link without words")
        if not link.href or link.href == "#":
            yield Finding(
                "block",
                "empty_link",
                _("“%s” leads nowhere: its link is empty.") % name,
                "content",
                _block_with(facts, r'href="\s*#?"'),
            )
        elif link.scheme == "http":
            yield Finding(
                "warn",
                "insecure_link",
                _("“%s” leads to an address without https.") % name,
                "content",
                _block_with(facts, r'<a[^>]+href="http://'),
            )
        elif not link.is_liquid and not link.scheme and not link.href.startswith("#"):
            message = _("“%(name)s” leads to %(url)s, which is no web address.")
            yield Finding("warn", "relative_link", message % {"name": name, "url": link.href[:60]}, "content")
    real = [link for link in page.links if not link.is_liquid]
    if facts.html.strip() and not real:
        yield Finding("warn", "no_links", _("There is no link: clicks cannot be measured."), "content")


def _images(facts: CampaignFacts, page: Anatomy) -> Iterator[Finding]:
    if page.images and len(page.words) < FEW_WORDS:
        message = _("Mostly images and little text: filters distrust that, and many inboxes block images at first.")
        yield Finding("warn", "image_heavy", message, "content")
    undescribed = sum(not (image.alt or "").strip() for image in page.images)
    if undescribed:
        message = ngettext(
            "%s image has no description for those who do not see it.",
            "%s images have no description for those who do not see them.",
            undescribed,
        )
        yield Finding("warn", "no_alt", message % undescribed, "content", _block_with(facts, r'<img[^>]+alt="\s*"'))
    if any(image.src.lower().startswith("http://") for image in page.images):
        yield Finding(
            "warn", "insecure_image", _("An image is loaded without https; inboxes may not show it."), "content"
        )
    if MISSING in facts.html:
        yield Finding(
            "block", "empty_image", _("An image block has no image yet."), "content", _block_with(facts, MISSING)
        )
    if any(not re.match(r"https?://|LIQUIDTAG|cid:|data:", image.src, re.IGNORECASE) for image in page.images):
        yield Finding("block", "empty_image", _("An image has no web address."), "content")
    if any(image.src.lower().startswith("data:") for image in page.images):
        message = _("An image is embedded in the HTML; Gmail and Outlook do not show it. Use a web address.")
        yield Finding("warn", "embedded_image", message, "content")


def _words(facts: CampaignFacts, page: Anatomy) -> Iterator[Finding]:
    if facts.html.strip() and not facts.text.strip() and len(page.words) < 20:
        message = _("There is no text part and hardly a word to make one from.")
        yield Finding("warn", "no_text", message, "content")
