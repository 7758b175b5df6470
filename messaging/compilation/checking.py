"""Whether a mailing can be sent as it is written."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from messaging.compilation.markup import unescape_constructs
from messaging.compilation.source import MailingSource
from messaging.liquid import TemplateProblem, check


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
    return problems + _own_rules(source)


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
