"""The filters that templates may use: the engine's harmless ones, and our own where its are unbounded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from liquid import Environment
from liquid.builtin.filters import array, misc, string
from liquid.builtin.filters import math as arithmetic
from liquid.exceptions import FilterArgumentError
from liquid.filter import int_arg, sequence_filter, string_filter

# No filter may make a text longer than this; a mail client clips at 102 KB anyway.
MAX_LENGTH = 200_000
# A few directives with the ruby-style dash; no widths, since "%999999999d" would fill the memory.
_DATE_FORMAT = re.compile(r"(?:[^%]|%-?[A-Za-z%])*\Z")
_SAFE_URL = re.compile(r"(?:https?:|mailto:|tel:|[/#?\ue000-\ue00f])", re.IGNORECASE)

_HARMLESS: dict[str, Callable[..., Any]] = {
    "abs": arithmetic.abs_,
    "at_least": arithmetic.at_least,
    "at_most": arithmetic.at_most,
    "ceil": arithmetic.ceil,
    "divided_by": arithmetic.divided_by,
    "floor": arithmetic.floor,
    "minus": arithmetic.minus,
    "modulo": arithmetic.modulo,
    "plus": arithmetic.plus,
    "round": arithmetic.round_,
    "capitalize": string.capitalize,
    "downcase": string.downcase,
    "upcase": string.upcase,
    "append": string.append,
    "prepend": string.prepend,
    "escape": string.escape,
    "escape_once": string.escape_once,
    "lstrip": string.lstrip,
    "rstrip": string.rstrip,
    "strip": string.strip,
    "strip_html": string.strip_html,
    "strip_newlines": string.strip_newlines,
    "newline_to_br": string.newline_to_br,
    "remove": string.remove,
    "remove_first": string.remove_first,
    "slice": string.slice_,
    "split": string.split,
    "truncate": string.truncate,
    "truncatewords": string.truncatewords,
    "url_encode": string.url_encode,
    "first": array.first,
    "last": array.last,
    "reverse": array.reverse,
    "sort": array.sort,
    "sort_natural": array.sort_natural,
    "uniq": array.uniq,
    "size": misc.size,
}


@string_filter
def replace(value: str, old: object, new: object = "") -> str:
    """The engine's replace with its result's length known before it is made."""
    old_text, new_text = str(old), str(new)
    if len(value) + (value.count(old_text) if old_text else len(value) + 1) * len(new_text) > MAX_LENGTH:
        raise FilterArgumentError("replace: the result would be too long", token=None)
    return value.replace(old_text, new_text)


@sequence_filter
def join(items: list[object], separator: object = " ") -> str:
    """The engine's join, bounded and escaped as a whole afterwards."""
    texts = ["" if item is None else str(item) for item in items]
    glue = str(separator)
    if sum(map(len, texts)) + len(texts) * len(glue) > MAX_LENGTH:
        raise FilterArgumentError("join: the result would be too long", token=None)
    return glue.join(texts)


def times(value: object, factor: object) -> Any:
    """The engine's multiplication, without numbers of a thousand digits."""
    product = arithmetic.times(value, factor)
    if isinstance(product, int) and product.bit_length() > 256:
        raise FilterArgumentError("times: the result would be too large", token=None)
    return product


def date(value: object, fmt: object = "%Y-%m-%d") -> str:
    """Write a date. `%-d` and `%e`-style directives as in Ruby; an unreadable value is left as it is."""
    pattern = str(fmt)
    if len(pattern) > 100 or not _DATE_FORMAT.match(pattern):
        raise FilterArgumentError("date: a format of up to 100 characters with simple directives", token=None)
    moment = _moment(value)
    if moment is None:
        return "" if value is None else str(value)
    return moment.strftime(pattern)


def _moment(value: object) -> dt.date | None:
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str):
        return None
    if value in {"now", "today"}:
        return dt.datetime.now(dt.UTC)
    try:
        return dt.datetime.fromisoformat(value.strip()) if len(value) < 40 else None
    except ValueError:
        return None


@string_filter
def truncate(value: str, length: object = 50, end: object = "...") -> str:
    """The engine's truncate, with a bounded ending."""
    return str(string.truncate(value, min(int_arg(length), MAX_LENGTH), str(end)[:1000]))


def default(value: object, fallback: object = "", *, allow_false: bool = False) -> object:
    """The engine's default, for which white space is nothing either."""
    blank = value.strip() if isinstance(value, str) and value.isspace() else value
    return misc.default(blank, fallback, allow_false=allow_false)


def safe_url(value: object) -> str:
    """A value that begins a link: a web, mail or telephone address, or `#`. Put in by the compiler."""
    text = "" if value is None else str(value).strip()
    return text if _SAFE_URL.match(text) else "#"


_OWN: dict[str, Callable[..., Any]] = {
    "default": default,
    "safe_url": safe_url,
    "replace": replace,
    "join": join,
    "times": times,
    "date": date,
    "truncate": truncate,
}


def install(environment: Environment) -> None:
    """Give an environment these filters and no others."""
    environment.filters = {**_HARMLESS, **_OWN}


def filter_names() -> frozenset[str]:
    """The filters that a template may use."""
    return frozenset(_HARMLESS) | frozenset(_OWN)
