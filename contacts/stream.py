"""How entries of the activity log read on a record page: sentences, days, pages by key. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from string import Formatter
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from contacts import activity

if TYPE_CHECKING:
    from contacts.models import Activity

PAGE_SIZE = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """One entry as it is read."""

    entry: Activity
    icon: str
    tone: str
    sentence: SafeString
    note: SafeString


def say(entry: Activity, *, with_contact: bool = False) -> Line:
    """Put an entry into words. `with_contact` names the person, for streams of more than one."""
    kind = activity.kind_of(entry.kind)
    return Line(entry, kind.icon, kind.tone, _sentence(entry, kind), _note(entry, kind, with_contact=with_contact))


def _sentence(entry: Activity, kind: activity.ActivityKind) -> SafeString:
    """The kind's sentence with its facts set apart; the first of them leads where the entry leads."""
    link = _link(entry, kind)
    parts: list[SafeString] = []
    for words, name, _spec, _conversion in Formatter().parse(str(kind.sentence)):
        parts.append(format_html("{}", words))
        if name is None:
            continue
        if name == "who":
            parts.append(format_html("<strong>{}</strong>", _who(entry)))
            continue
        fact = format_html("<strong>{}</strong>", _text(entry.data.get(name)) or "—")
        parts.append(format_html('<a class="plain" href="{}">{}</a>', link, fact) if link else fact)
        link = None
    return format_html_join("", "{}", ((part,) for part in parts))


def _link(entry: Activity, kind: activity.ActivityKind) -> str | None:
    """Where an entry leads; nowhere when the page it knew is gone."""
    try:
        return kind.link(entry.data) if kind.link else None
    except NoReverseMatch:
        return None


def _note(entry: Activity, kind: activity.ActivityKind, *, with_contact: bool) -> SafeString:
    """The quieter line: the contact, the kind's own note, and by whom."""
    parts: list[str | SafeString] = []
    if with_contact and entry.contact:
        parts.append(format_html('<a href="{}">{}</a>', entry.contact.get_absolute_url(), entry.contact.name))
    needed = [name for _, name, _, _ in Formatter().parse(str(kind.note)) if name]
    if kind.note and all(_text(entry.data.get(name)) for name in needed):
        parts.append(str(kind.note).format(**{name: _text(entry.data[name]) for name in needed}))
    if automation := entry.data.get("automation_name"):
        parts.append(gettext("by automation “%s”") % automation)
    elif entry.by and "{who}" not in str(kind.sentence):
        parts.append(gettext("by %s") % entry.by.name)
    return format_html_join(" · ", "{}", ((part,) for part in parts))


def _who(entry: Activity) -> str:
    """The user who did it, or somebody."""
    return entry.by.name if entry.by else gettext("Somebody")


def _text(value: object) -> str:
    """A scalar of an entry's data as text."""
    return "" if value is None else str(value)


def by_day(lines: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    """Lines under their days, in the reader's zone. They come newest first and stay so."""
    days = groupby(lines, key=lambda line: timezone.localtime(line.entry.occurred_at).date())
    return [(day, list(found)) for day, found in days]


@dataclass(frozen=True)
class Cursor:
    """The entry after which the next page begins."""

    occurred_at: datetime
    pk: int

    @classmethod
    def of(cls, entry: Activity) -> Cursor:
        """The cursor that stands on an entry."""
        return cls(entry.occurred_at, entry.pk)

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """A cursor from an address; None for anything that is none."""
        moment, _, pk = text.partition(".")
        if not (moment.isdecimal() and pk.isdecimal() and len(moment) < 18 and len(pk) < 19):
            return None
        return cls(_EPOCH + timedelta(microseconds=int(moment)), int(pk))

    def __str__(self) -> str:
        return f"{(self.occurred_at - _EPOCH) // timedelta(microseconds=1)}.{self.pk}"

    @property
    def day(self) -> date:
        """The day in the reader's zone, whose heading stands already."""
        return timezone.localtime(self.occurred_at).date()


def topics() -> list[tuple[str, str]]:
    """What a stream can be narrowed to: the nouns of all kinds, with their words."""
    nouns = sorted({kind.key.split(".")[0] for kind in activity.kinds()})
    return [(noun, gettext(noun.replace("_", " ").capitalize())) for noun in nouns]
