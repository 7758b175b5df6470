"""Template tags of the look: icons, avatars, times, numbers, fields, badges, charts. docs/ui.md shows each in use."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms, template
from django.contrib.messages.storage.base import Message as FlashMessage
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from contacts.look import compact_number, format_money, initials_of, relative_words
from contacts.models import Activity
from contacts.stream import Line, say

register = template.Library()

SPRITE = "vendor/tabler-icons/3.51.0/sprite.svg"
# What a person's avatar may be tinted with; grey and yellow are left out, they read as "off" and "warning".
AVATAR_TONES = ("indigo", "teal", "orange", "pink", "azure", "purple", "green", "blue")
MESSAGE_LOOK = {
    "success": ("green", "circle-check"),
    "warning": ("orange", "alert-triangle"),
    "error": ("red", "alert-circle"),
    "debug": ("grey", "bug"),
}


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """A line icon of the sprite (names as on tabler.io/icons). Hidden from screen readers unless it has a `label`.

    `size` is "", "sm" (16 px) or "lg" (28 px). A name that is missing from the sprite draws nothing: add it to
    bin/icons.txt.
    """
    classes = "icon" + (f" icon-{size}" if size else "") + (" icon-filled" if name.endswith("-filled") else "")
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="{}" width="20" height="20" viewBox="0 0 24 24" {}><use href="{}#{}"></use></svg>',
        classes,
        spoken,
        static(SPRITE),
        name,
    )


@register.simple_tag
def initials(name: object) -> str:
    """Up to two letters that stand for a name: "Amelia Hartmann" gives "AH"."""
    return initials_of(str(name or ""))


@register.simple_tag
def avatar(name: object, size: str = "", dot: str = "", square: bool = False) -> SafeString:
    """Initials on a tint that stays the same for a name. `size`: xs, sm, "" or lg. `dot`: a tone for a small dot."""
    text = str(name or "")
    tone = AVATAR_TONES[zlib.crc32(text.encode()) % len(AVATAR_TONES)]
    classes = f"avatar tone-{tone}" + (f" avatar-{size}" if size else "") + (" is-square" if square else "")
    mark = format_html('<span class="avatar-dot tone-{}"></span>', dot) if dot else ""
    return format_html('<span class="{}" aria-hidden="true">{}{}</span>', classes, initials_of(text), mark)


@register.filter
def reltime(value: datetime | date | None) -> SafeString | str:
    """A moment as people say it ("5 min ago"), with the exact one on hover, in the reader's zone and language."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.date_format(value, "j M Y"))
    local = timezone.localtime(value)
    exact = f"{formats.date_format(local, 'j M Y, H:i:s')} {local.tzname()}"
    return format_html(
        '<time class="reltime" datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(timespec="seconds"),
        exact,
        relative_words(local, timezone.localtime()),
    )


@register.filter
def clock(value: datetime | None) -> SafeString | str:
    """The time of day in the reader's zone ("9:42"), exact on hover: for streams that are headed by their day."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    exact = f"{formats.date_format(local, 'j M Y, H:i:s')} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, f"{local:%H:%M}")


@register.filter
def dayname(value: datetime | date) -> str:
    """The day as a heading of a stream: Today, Yesterday, 14 November, 14 November 2025."""
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    today = timezone.localdate()
    if (today - day).days in (0, 1):
        return gettext("Today") if day == today else gettext("Yesterday")
    return formats.date_format(day, "j F" if day.year == today.year else "j F Y")


@register.filter
def compact(value: int | float | Decimal | None) -> str:
    """A large number in short: 12480 gives "12.5k". None gives a dash."""
    return "—" if value is None else compact_number(float(value))


@register.filter
def time_left(seconds: int) -> str:
    """How long something will still take, as coarse as such a guess is: "40 s", "12 min", "2 h 5 min"."""
    if seconds < 90:
        return gettext("%(count)d s") % {"count": max(seconds, 1)}
    minutes = round(seconds / 60)
    if minutes < 90:
        return gettext("%(count)d min") % {"count": minutes}
    return gettext("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


@register.filter
def number(value: int | float | Decimal | None) -> str:
    """A number with the separators of the reader's language: 12,480. None gives a dash."""
    return "—" if value is None else formats.number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def capped(value: int, cap: int = 10_000) -> str:
    """A count that was stopped at `cap` + 1, as "10,000+" (counting every row of a large table is slow)."""
    return f"{number(cap)}+" if value > cap else number(value)


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """A share of 1 as a percentage: 0.7368 gives "74%". None (nothing to divide by) gives a dash."""
    return "—" if value is None else f"{formats.number_format(value * 100, digits)}%"


@register.simple_tag
def share(part: int | None, whole: int | None, digits: int = 1) -> str:
    """A part of a whole in percent: 14 of 19 gives "73.7%". A dash where there is no whole."""
    return percent(part / whole, digits) if whole and part is not None else "—"


@register.simple_tag
def money(value: int | float | Decimal | None, currency: str = "EUR") -> str:
    """An amount in units of its currency: 18400 EUR gives "€18,400". Cents are shown when there are any."""
    return "—" if value is None else format_money(Decimal(str(value)), currency)


@register.filter
def line(entry: Activity) -> Line:
    """An entry of the log in words, with its contact: `{% with line=entry|line %}{{ line.sentence }}`."""
    return say(entry, with_contact=True)


@register.filter
def can(user: Any, permission: str) -> bool:
    """Whether a user holds a permission: `{% if user|can:"contacts.edit" %}`. Anonymous users hold none."""
    return bool(getattr(user, "is_authenticated", False) and user.can(permission))


@register.simple_tag
def badge(text: object, tone: str = "grey") -> SafeString:
    """A tinted label. Tones: indigo blue azure green teal orange yellow red pink purple grey."""
    return format_html('<span class="badge tone-{}">{}</span>', tone, text)


@register.simple_tag
def status(text: object, tone: str = "grey", live: bool = False) -> SafeString:
    """A state with a coloured dot; `live=True` lets the dot pulse (something is under way)."""
    return format_html('<span class="status tone-{}{}">{}</span>', tone, " is-live" if live else "", text)


@register.simple_tag
def progress(value: int | float, maximum: int | float = 100, label: str = "", tone: str = "") -> SafeString:
    """A progress bar. `label` is spoken, not shown; write the numbers beside it."""
    return format_html(
        '<progress class="{}" value="{}" max="{}" aria-label="{}">{}</progress>',
        f"tone-{tone}" if tone else "",
        f"{value:.6g}",
        f"{max(maximum, 1):.12g}",
        label or gettext("Progress"),
        f"{value} / {maximum}",
    )


def _dress(bound: BoundField, placeholder: str, attrs: dict[str, str]) -> SafeString:
    """Render a widget with the class its kind needs."""
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    else:
        css = "form-control"
    own = str(widget.attrs.get("class", ""))
    extra: dict[str, str | bool] = {"class": f"{css} {own}".strip(), **attrs}
    if placeholder:
        extra["placeholder"] = placeholder
    return bound.as_widget(attrs=extra)


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    label: str = "",
    help: str = "",  # noqa: A002 - what templates write: {% field form.x help="…" %}
    placeholder: str = "",
    css: str = "",
    **attrs: str,
) -> dict[str, Any]:
    """A form field with label, help and error, tied together for screen readers. Keeps what was typed.

    Further keywords become attributes of the widget; underscores become dashes (`data_picker=""`).
    """
    widget = bound.field.widget
    dressed = {name.replace("_", "-"): value for name, value in attrs.items()}
    return {
        "field": bound,
        "label": label or bound.label,
        "help": help or bound.help_text,
        "css": css,
        "is_checkbox": isinstance(widget, forms.CheckboxInput),
        "is_group": isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple),
        "widget": _dress(bound, placeholder, dressed),
        "optional": not bound.field.required and not isinstance(widget, forms.CheckboxInput),
    }


@register.inclusion_tag("components/chart.html")
def chart(data: dict[str, Any], kind: str = "line", label: str = "", short: bool = False) -> dict[str, Any]:
    """A chart with its table. `kind`: line, bar, hbar, doughnut.

    `data`: {"labels": [...], "series": [{"label": "Opens", "values": [...], "tone": "green"}], "unit": ""}.
    """
    rows = [(name, [series["values"][place] for series in data["series"]]) for place, name in enumerate(data["labels"])]
    return {"id": f"chart-{uuid4().hex[:8]}", "data": data, "kind": kind, "label": label, "rows": rows, "short": short}


@register.filter
def message_tone(message: FlashMessage) -> str:
    """The tone a flash message is shown in."""
    return MESSAGE_LOOK.get(message.level_tag, ("indigo", ""))[0]


@register.filter
def message_icon(message: FlashMessage) -> str:
    """The icon a flash message is shown with."""
    return MESSAGE_LOOK.get(message.level_tag, ("", "info-circle"))[1]


@register.simple_tag
def selection_words(count: int) -> str:
    """The caption of a selection bar."""
    return ngettext("%(n)s selected", "%(n)s selected", count) % {"n": count}
