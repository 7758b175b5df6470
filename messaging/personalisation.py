"""The words a mail adds to the vocabulary: its sender and its links; and ActiveCampaign's tags."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from contacts import mergefields
from contacts.mergefields import MergeField

mergefields.register(
    MergeField("sender.name", _("Sender's name"), "Grace Hopper", "sender"),
    MergeField("sender.email", _("Sender's email"), "grace@example.com", "sender"),
    MergeField("sender.company", _("Company"), "Example Ltd", "sender"),
    MergeField("sender.address", _("Postal address"), "1 Example Street, London", "sender"),
    MergeField("unsubscribe_url", _("Unsubscribe link"), "https://example.com/unsubscribe", "links"),
    MergeField("preferences_url", _("Preferences link"), "https://example.com/preferences", "links"),
    MergeField("view_url", _("View in browser"), "https://example.com/view", "links"),
)

LINK_NAMES = frozenset({"unsubscribe_url", "preferences_url", "view_url"})

_TAGS = {
    "FIRSTNAME": "{{ contact.first_name }}",
    "LASTNAME": "{{ contact.last_name }}",
    "FULLNAME": "{{ contact.full_name }}",
    "EMAIL": "{{ contact.email }}",
    "PHONE": "{{ contact.phone }}",
    "ACCT_NAME": "{{ account.name }}",
    "ORGNAME": "{{ account.name }}",
    "LISTNAME": "{{ list.name }}",
    "UNSUBSCRIBELINK": "{{ unsubscribe_url }}",
    "UPDATELINK": "{{ preferences_url }}",
    "WEBCOPY": "{{ view_url }}",
    "SENDER-INFO": "{{ sender.company }}, {{ sender.address }}",
    "SENDER-INFO-SINGLELINE": "{{ sender.company }}, {{ sender.address }}",
    "SENDERNAME": "{{ sender.name }}",
    "SENDEREMAIL": "{{ sender.email }}",
}
# ActiveCampaign's tags are upper case; "100%SURE%" stays, since no field of ours is called so.
_TAG = re.compile(r"%([A-Z][A-Z0-9_-]{1,60})%")
_LINK_OUTPUT = re.compile(
    r"\{\{-?\s*(?:unsubscribe_url|preferences_url|view_url)\b\s*(?P<rest>.*?)\s*-?\}\}", re.DOTALL
)


def translate_tags(text: str, *, custom: frozenset[str] | set[str] = frozenset()) -> str:
    """Turn `%FIRSTNAME%`-style tags into Liquid; done when a template is saved.

    `custom` are the keys of custom fields: `%FAVOURITE_COLOUR%` is `contact.fields.favourite_colour`.
    A tag that is neither known nor a custom field's stays as it is written.
    """
    by_tag = {key.upper().replace("-", "_"): key for key in custom}

    def replacement(match: re.Match[str]) -> str:
        if known := _TAGS.get(match[1]):
            return known
        key = by_tag.get(match[1].replace("-", "_"))
        return f"{{{{ contact.fields.{key} }}}}" if key else match[0]

    return _TAG.sub(replacement, text)


def leftover_tags(text: str) -> list[str]:
    """Tags of that style that mean nothing here, to warn of: `%FRISTNAME%`."""
    return [match[0] for match in _TAG.finditer(text) if match[1] not in _TAGS]


def is_link(output: str) -> bool:
    """Whether an output is one of our links."""
    return _LINK_OUTPUT.fullmatch(output) is not None


def is_filtered_link(output: str) -> bool:
    """Whether an output changes one of our links, whose place is only known when a message is built."""
    match = _LINK_OUTPUT.fullmatch(output)
    return bool(match and match["rest"])
