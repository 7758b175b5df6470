"""Whether a mailing can be sent as it is written."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from messaging.compilation.markup import hide, inlined, misplaced, unescape_constructs
from messaging.compilation.source import MailingSource
from messaging.liquid import TemplateProblem, check
from messaging.liquid.source import line_of


def check_mailing(source: MailingSource) -> list[TemplateProblem]:
    """Every problem of a mailing, by part and line; the same that `compile_mailing` refuses."""
    parts = {
        "subject": source.subject,
        "preheader": source.preheader,
        "html": unescape_constructs(source.html),
        "text": source.text,
    }
    problems = [
        replace(problem, part=part)
        for part, template in parts.items()
        for problem in check(template, custom=source.custom_fields, extra=source.extra_fields)
    ]
    return problems + _own_rules(source) + (_misplaced(source.html) if source.html and not problems else [])


def _misplaced(html: str) -> list[TemplateProblem]:
    html = unescape_constructs(html)
    hidden = hide(html, markup=True)
    lost = misplaced(hidden, inlined(hidden.text))
    if lost is None:
        return []
    message = _("This tag stands where HTML cannot keep it. Put it around whole elements, or inside of quotes.")
    return [TemplateProblem(line_of(html, lost.start), " ".join(lost.text.split())[:80], message, "html")]


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
