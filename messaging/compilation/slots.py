"""Filling slots: each a closure made once, so that a recipient costs lookups and no parsing.

A plain output (`{{ contact.first_name | default: "there" }}`) never meets the engine. What does is
remembered by the values that it reads: a condition on the country is rendered once per country.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liquid.exceptions import LiquidError
from liquid.stringify import to_liquid_string

from messaging.compilation.pieces import LINK_MARKS
from messaging.liquid import TemplateError, assigned, paths_used
from messaging.liquid.environment import HTML, TEXT, BoundedEnvironment, LinkText, Rendering
from messaging.liquid.filters import safe_url
from messaging.liquid.rendering import problem_of

Recipient = Mapping[str, object]
Fill = Callable[[Recipient], str]

# Kept per slot, in texts and characters; a full memory is emptied, since what follows is as likely to repeat.
MEMORY, MEMORY_CHARACTERS = 256, 400_000

_WORD = r"[A-Za-z_][A-Za-z0-9_-]*"
_STRING = r"\"[^\"{}&<>]*\"|'[^'{}&<>]*'"
_SIMPLE = re.compile(
    rf"\{{\{{-?\s*(?P<path>{_WORD}(?:\.{_WORD}){{0,3}})\s*"
    rf"(?P<filters>(?:\|\s*(?:default:\s*(?:{_STRING})|upcase|downcase|capitalize|strip|safe_url)\s*)*)-?\}}\}}"
)
_FILTER = re.compile(rf"\|\s*(?:default:\s*(?P<default>{_STRING})|(?P<name>\w+))")
_SPECIAL = frozenset({"size", "first", "last", "forloop", "true", "false", "nil", "null", "empty", "blank"})
# Their output changes with the clock, not only with what they read.
_CLOCK = re.compile(r"['\"](?:now|today)['\"]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ue000-\ue00f\ud800-\udfff]")
_FINISHED_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
    "strip": str.strip,
    "safe_url": safe_url,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing to fill: its Liquid, the part whose rules it follows, and whether it shares variables.

    `chain` is empty, or names the part whose slots are rendered in one context, in order.
    """

    source: str
    html: bool = False
    chain: str = ""


def is_simple(source: str, names: set[str]) -> bool:
    """Whether an output can be filled without the engine; `names` are those that the template sets."""
    match = _SIMPLE.fullmatch(source)
    if match is None:
        return False
    words = match["path"].split(".")
    return words[0] not in names and not _SPECIAL & set(words)


def filler(slots: Sequence[Slot]) -> Callable[[Recipient], list[str]]:
    """One function that fills all slots of a mailing. It raises TemplateError."""
    if not any(slot.chain for slot in slots):
        fills = [_fill(slot) for slot in slots]
        return lambda recipient: [fill(recipient) for fill in fills]
    return _chained(slots)


def clean(text: str) -> str:
    """A value without control characters and lone surrogates, its line ends as `\\n`."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _clean_finished(text: str) -> str:
    """The same for a rendered block, which may hold marks of ours."""
    return _FINISHED_CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _fill(slot: Slot) -> Fill:
    return _simple(slot.source) if is_simple(slot.source, set()) else _remembered(slot)


def _simple(source: str) -> Fill:
    match = _SIMPLE.fullmatch(source)
    assert match is not None, source  # noqa: S101 - the caller asked is_simple
    words = match["path"].split(".")
    if len(words) == 2 and not match["filters"]:
        return _plain(*words)
    read = _reader(words)
    parts = list(_FILTER.finditer(match["filters"]))
    if parts and parts[0]["default"]:
        read = _or_nothing(read)
    steps = [_step(part) for part in parts]
    if len(steps) == 1:
        only = steps[0]
        return lambda recipient: only(_as_text(read(recipient)))

    def several(recipient: Recipient) -> str:
        text = _as_text(read(recipient))
        for step in steps:
            text = step(text)
        return text

    return several


def _plain(group: str, name: str) -> Fill:
    """The commonest slot of all, with nothing between the value and its text."""

    def plain(recipient: Recipient) -> str:
        values = recipient.get(group)
        value = values.get(name) if isinstance(values, dict) else None
        if value.__class__ is str and value.isascii() and value.isprintable():
            return value
        return _as_text(value)

    return plain


def _or_nothing(read: Callable[[Recipient], object]) -> Callable[[Recipient], object]:
    """`default` replaces false as well as nothing (Liquid's rule)."""

    def value(recipient: Recipient) -> object:
        found = read(recipient)
        return None if found is False else found

    return value


def _step(part: re.Match[str]) -> Callable[[str], str]:
    if part["name"]:
        return _FUNCTIONS[part["name"]]
    fallback = part["default"][1:-1]
    return lambda text: text if text and not text.isspace() else fallback


def _reader(words: list[str]) -> Callable[[Recipient], object]:
    def read(recipient: Recipient) -> object:
        value: object = recipient
        for word in words:
            value = value.get(word) if isinstance(value, dict) else None
        return value

    return read


def _as_text(value: object) -> str:
    # By its class: isinstance would let Markup in, which is no plain text.
    if value.__class__ is str:
        return clean(value)
    return "" if value is None else clean(to_liquid_string(value, False))


def _values(recipient: Recipient) -> dict[str, object]:
    return {**recipient, **{name: LinkText(mark) for name, mark in LINK_MARKS.items()}}


def _remembered(slot: Slot) -> Fill:
    environment, nodes = _parsed(slot)
    paths = sorted(paths_used(slot.source) - set(LINK_MARKS))
    if _CLOCK.search(slot.source) or assigned(slot.source):
        return lambda recipient: _rendered(Rendering(environment, _values(recipient)), nodes)
    readers = [_reader(_stem(path)) for path in paths]
    memory: dict[tuple[Any, ...], str] = {}
    room = MEMORY_CHARACTERS

    def remembered(recipient: Recipient) -> str:
        nonlocal room
        key = tuple([_hashable(read(recipient)) for read in readers])
        text = memory.get(key)
        if text is None:
            text = _rendered(Rendering(environment, _values(recipient)), nodes)
            if len(memory) >= MEMORY or room < 0:
                memory.clear()
                room = MEMORY_CHARACTERS
            memory[key] = text
            room -= len(text)
        return text

    return remembered


def _stem(path: str) -> list[str]:
    """The value that a path reads from: `contact.tags` for `contact.tags.size` and `contact.tags.0`."""
    words = path.split(".")
    cut = next((at for at, word in enumerate(words) if word in _SPECIAL or word.isdigit()), len(words))
    return words[:cut]


def _hashable(value: object) -> object:
    # The class belongs to it: 1, 1.0 and True are one key and three texts.
    return value if value.__class__ is str or value is None else (value.__class__, repr(value))


def _chained(slots: Sequence[Slot]) -> Callable[[Recipient], list[str]]:
    """Slots of a template that sets variables, in order, each part in a context of its own."""
    parsed = [_parsed(slot) if slot.chain else (TEXT, []) for slot in slots]
    plain = [None if slot.chain else _fill(slot) for slot in slots]

    def fill(recipient: Recipient) -> list[str]:
        values = _values(recipient)
        renderings: dict[str, Rendering] = {}
        texts: list[str] = []
        for slot, (environment, nodes), simple in zip(slots, parsed, plain, strict=True):
            if simple is not None:
                texts.append(simple(recipient))
                continue
            rendering = renderings.setdefault(slot.chain, Rendering(environment, values))
            texts.append(_rendered(rendering, nodes))
        return texts

    return fill


def _parsed(slot: Slot) -> tuple[BoundedEnvironment, list[Any]]:
    environment = HTML if slot.html else TEXT
    return environment, environment.from_string(slot.source).nodes


def _rendered(rendering: Rendering, nodes: list[Any]) -> str:
    try:
        return _clean_finished(rendering.write(nodes))
    except LiquidError as error:
        raise TemplateError(problem_of(error)) from error
