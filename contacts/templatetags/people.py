"""Template tags of the pages of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from contacts.columns import Column
from contacts.models import Account, Contact, Tag
from contacts.panels import Panel
from contacts.standing import Standing
from contacts.templatetags.relay import icon, number, reltime, status

register = template.Library()

# Tags shown in a cell; further ones are named when pointing at "+2".
MOST_TAGS = 2


@register.filter
def at(values: Mapping[Any, Any], key: Any) -> Any:
    """The value of a mapping at a key that is only known in the template; None where it has none."""
    return values.get(key)


def _standing(value: Standing) -> SafeString | str:
    return status(value.label, value.tone)


def _account(value: Account | None) -> SafeString | str:
    if value is None:
        return ""
    return format_html('<a class="plain clip cell" href="{}">{}</a>', value.get_absolute_url(), value.name)


def _tags(value: list[Tag]) -> SafeString | str:
    shown = format_html_join(
        "", '<span class="chip"><span class="clip">{}</span></span>', ((tag.name,) for tag in value[:MOST_TAGS])
    )
    further = value[MOST_TAGS:]
    names = ", ".join(tag.name for tag in further)
    more = format_html('<span class="chip is-outline" title="{}">+{}</span>', names, len(further)) if further else ""
    return format_html('<div class="chips">{}{}</div>', shown, more)


def _text(value: object) -> SafeString | str:
    return format_html('<span class="clip cell">{}</span>', value) if value else ""


_CELLS: dict[str, Callable[[Any], SafeString | str]] = {
    "status": _standing,
    "account": _account,
    "tags": _tags,
    "score": number,
    "created_at": reltime,
    "last_seen_at": reltime,
}


@register.simple_tag
def cell(column: Column, value: Any) -> SafeString:
    """One cell of the contacts overview. In Python: a chain of `if` in a template costs more than the queries."""
    shown = _CELLS.get(column.key, _text)(value)
    return format_html('<td class="{}">{}</td>', _classes(column.key, column.is_number), conditional_escape(shown))


def _classes(key: str, is_number: bool) -> str:
    """Numbers stand right; a phone shows only who it is and where they stand."""
    return " ".join(filter(None, ("num" if is_number else "", "" if key in ("name", "status") else "hide-phone")))


@register.simple_tag
def column_head(key: str, label: str, heads: Mapping[str, str], sorted_by: str, is_number: bool = False) -> SafeString:
    """A column's head; one that an index can sort by is a link."""
    direction = "ascending" if key == "name" else "descending"
    sorts = format_html(' aria-sort="{}"', direction) if key == sorted_by else ""
    words = format_html('<a href="{}">{}</a>', heads[key], label) if key in heads else label
    return format_html('<th scope="col" class="{}"{}>{}</th>', _classes(key, is_number), sorts, words)


@register.simple_tag
def row_menu(contact: Contact, actions: list[Panel], label: str) -> SafeString:
    """The menu of a row: the same buttons as in the header of the contact's page."""
    items = (
        (url, url, icon(panel.icon) if panel.icon else "", panel.title)
        for panel in actions
        for url in (reverse(panel.url_name, args=[contact.pk]),)
    )
    entries = format_html_join(
        "", '<a class="menu-item" href="{}" hx-get="{}" hx-target="#dialog-body">{}{}</a>', items
    )
    return format_html(
        '<td class="go"><details class="menu"><summary class="icon-btn is-small" aria-label="{} {}">{}</summary>'
        '<div class="menu-list">{}</div></details></td>',
        label,
        contact.name,
        icon("dots-vertical"),
        entries,
    )
