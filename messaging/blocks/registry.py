"""Which kinds of block there are, and reading stored blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from messaging.blocks.base import Block, Setting
from messaging.blocks.theme import SETTINGS, Theme

MAX_BLOCKS = 200

_kinds: dict[str, type[Block]] = {}
B = TypeVar("B", bound=type[Block])


def register(kind: B) -> B:
    """Make a kind of block known; a class decorator."""
    _kinds[kind.kind_key()] = kind
    return kind


def kinds() -> list[type[Block]]:
    """All kinds in the order of the palette."""
    return list(_kinds.values())


def kind_of(key: str) -> type[Block] | None:
    """The kind with this key."""
    return _kinds.get(key)


@dataclass(frozen=True)
class BlockProblem:
    """One thing wrong with stored or typed blocks: which block (position from 1), which field, and what."""

    position: int
    block: str
    field: str
    message: str
    block_id: str = ""
    name: str = ""

    def __str__(self) -> str:
        place = (
            _("Block %(n)s (%(block)s)") % {"n": self.position, "block": self.block} if self.position else self.block
        )
        return f"{place}, {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class BlocksInvalid(Exception):
    """Blocks that do not fit their schemas. `problems` says where and why."""

    permanent = True

    def __init__(self, problems: Sequence[BlockProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = list(problems)


def read_blocks(data: object) -> list[Block]:
    """Check stored or posted blocks against their schemas. Raises BlocksInvalid naming every problem."""
    if not isinstance(data, list):
        raise BlocksInvalid([BlockProblem(0, _("Content"), "", _("this is not a list of blocks"))])
    if len(data) > MAX_BLOCKS:
        raise BlocksInvalid([BlockProblem(0, _("Content"), "", _("more than %s blocks") % MAX_BLOCKS)])
    blocks: list[Block] = []
    problems: list[BlockProblem] = []
    for position, entry in enumerate(data, 1):
        found = _read(entry, position)
        if isinstance(found, Block):
            blocks.append(found)
        else:
            problems += found
    if problems:
        raise BlocksInvalid(problems)
    return blocks


def read_theme(data: object) -> Theme:
    """Check a stored or posted theme. Raises BlocksInvalid."""
    try:
        return Theme.model_validate(data or {})
    except ValidationError as error:
        labels = {setting.name: str(setting.label) for setting in SETTINGS}
        raise BlocksInvalid(
            [
                BlockProblem(0, _("Email style"), labels.get(str(e["loc"][0]) if e["loc"] else "", ""), _plain(e))
                for e in error.errors()
            ]
        ) from None


def _read(entry: object, position: int) -> Block | list[BlockProblem]:
    if not isinstance(entry, dict):
        return [BlockProblem(position, "?", "", _("this is not a block"))]
    kind = kind_of(str(entry.get("kind", "")))
    block_id = str(entry.get("id", ""))[:40]
    if kind is None:
        return [
            BlockProblem(position, str(entry.get("kind", "?"))[:40], "", _("there is no such kind of block"), block_id)
        ]
    try:
        return kind.model_validate(kind.upgrade(dict(entry)))
    except ValidationError as error:
        return [_problem(kind, position, block_id, found) for found in error.errors()]


def _problem(kind: type[Block], position: int, block_id: str, found: ErrorDetails) -> BlockProblem:
    path = [part for part in found["loc"] if not isinstance(part, int)]
    name = ".".join(map(str, path))
    return BlockProblem(
        position,
        str(kind.title),
        _label(kind.settings, name),
        _plain(found),
        block_id,
        ".".join(map(str, found["loc"])),
    )


def _label(settings: Iterable[Setting], name: str) -> str:
    for setting in settings:
        if setting.name == name:
            return str(setting.label)
        if setting.item and name.startswith(f"{setting.name}."):
            return _label(setting.item, name.removeprefix(f"{setting.name}."))
    return name


def _plain(found: ErrorDetails) -> str:
    """What pydantic found, in words for the person who writes the email."""
    words: str
    context: dict[str, Any] = found.get("ctx", {})
    match found["type"]:
        case "string_too_long":
            words = _("too long, at most %s characters") % context["max_length"]
        case "too_long":
            words = _("too many, at most %s") % context["max_length"]
        case "missing":
            words = _("is missing")
        case "extra_forbidden":
            words = _("is not known")
        case "literal_error":
            words = _("must be one of %s") % context["expected"]
        case "string_pattern_mismatch":
            words = _("is not in the right form")
        case "greater_than_equal" | "less_than_equal":
            words = _("must lie between the bounds of its slider")
        case "value_error":
            words = str(context["error"])
        case _:
            words = str(found["msg"]).lower()
    return words
