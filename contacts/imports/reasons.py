"""Everything an import may have to say about a line, in words. Keys stand in `ImportIssue.code`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from contacts.models import ImportIssue

REASONS: dict[str, str | StrPromise] = {
    # Rejected: who this is, or which cell belongs where, cannot be told.
    "no_email": _("No email address."),
    "bad_email": _("Not a valid email address. %(detail)s"),
    "several_emails": _("More than one address in the cell: it is not clear whose row this is."),
    "cells": _("%(have)s cells where %(wanted)s were expected: they may stand in the wrong columns."),
    # Duplicate.
    "duplicate": _("Same address as line %(detail)s, which came first and was taken."),
    # Kept unsubscribed.
    "kept_unsubscribed": _("Unsubscribed from %(detail)s before: not subscribed again."),
    "kept_bounced": _("Mail to this address bounced on %(detail)s: not subscribed again."),
    # Warnings: the row came in, something in it did not or was changed.
    "email_cleaned": _("The address was cleaned of what stood around it."),
    "smtputf8": _("Only mail servers that speak SMTPUTF8 can deliver to this address."),
    "header_injection": _("%(detail)s held a line break followed by what looks like a mail header: cut off there."),
    "line_break": _("%(detail)s held a line break: replaced by a blank."),
    "control": _("%(detail)s held invisible or control characters: removed."),
    "too_long": _("%(detail)s is too long: left out."),
    "bad_value": _("%(detail)s: left out."),
    "bad_tag": _("“%(detail)s” cannot be a tag: left out."),
    "unclear_consent": _("“%(detail)s” says neither yes nor no: imported, not subscribed."),
}


def words_of(issue: ImportIssue) -> str:
    """What an issue says, in the reader's language."""
    text = str(REASONS.get(issue.code, issue.code))
    have, _mark, wanted = issue.detail.partition("|")
    return text.replace("%(have)s", have).replace("%(wanted)s", wanted).replace("%(detail)s", issue.detail).strip()
