"""Whether a mailing can be sent as it is written."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from messaging.compilation.markup import hide, inlined, misplaced, unescape_constructs, without_marks
from messaging.compilation.parts import parts_of
from messaging.compilation.source import MailingSource
from messaging.liquid import TemplateProblem, assigned, check
from messaging.liquid.source import line_of


def normalised(source: MailingSource) -> MailingSource:
    """The mailing with its line ends alike, without our marks, and with quotes in HTML's Liquid as they were meant."""

    def plain(text: str) -> str:
        return without_marks(text.replace("\r\n", "\n").replace("\r", "\n"))

    return replace(
        source,
        subject=plain(source.subject),
        preheader=plain(source.preheader),
        html=unescape_constructs(plain(source.html)),
        text=plain(source.text),
    )


def check_mailing(source: MailingSource) -> list[TemplateProblem]:
    """Every problem of a mailing, by part and line; the same that `compile_mailing` refuses."""
    source = normalised(source)
    problems = [
        replace(problem, part=part)
        for part in ("subject", "preheader", "html", "text")
        for problem in check(getattr(source, part), custom=source.custom_fields, extra=source.extra_fields)
    ]
    problems += _own_rules(source)
    if source.html and not problems:
        problems = _misplaced(source.html) or _unfit(source)
    return problems


def _misplaced(html: str) -> list[TemplateProblem]:
    hidden = hide(html, markup=True)
    lost = misplaced(hidden, inlined(hidden.text))
    if lost is None:
        return []
    message = _("This tag stands where HTML cannot keep it. Put it around whole elements, or inside of quotes.")
    return [TemplateProblem(line_of(html, lost.start), " ".join(lost.text.split())[:80], message, "html")]


def _unfit(source: MailingSource) -> list[TemplateProblem]:
    """A tag in a comment or in something hidden may be in one part without its end in the other."""
    parts = parts_of(source)
    for part, message in (
        ("text", _("No text part can be made from this HTML: write one, or move tags out of comments.")),
        ("html", _("A tag stands where HTML cannot keep it. Put it around whole elements, or inside of quotes.")),
    ):
        try:
            assigned(getattr(parts, part))
        except LiquidError:
            return [TemplateProblem(1, "", message, part)]
    return []


def _own_rules(source: MailingSource) -> list[TemplateProblem]:
    found = []
    if not source.subject.strip():
        found.append(TemplateProblem(1, "", _("There is no subject."), "subject"))
    if not (source.html.strip() or source.text.strip()):
        found.append(TemplateProblem(1, "", _("There is no content."), "html"))
    if source.purpose != "marketing":
        # Who is written to personally, or about an order, is on no list to leave.
        for part in ("html", "text"):
            if "unsubscribe_url" in getattr(source, part):
                message = _("Only marketing mail has an unsubscribe link.")
                found.append(TemplateProblem(1, "{{ unsubscribe_url }}", message, part))
    return found
