"""A message as a server received it, read by code of its own: the builder must not judge itself."""

from __future__ import annotations

import quopri
import re
from base64 import b64decode
from binascii import Error as DecodeError
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

Rule = Callable[["Received"], Iterator[str]]

rules: list[Rule] = []


def rule(check: Rule) -> Rule:
    """Add a rule: a function that yields a sentence for each violation."""
    rules.append(check)
    return check


@dataclass
class Entity:
    """A body with its fields: the message itself, or one part of it."""

    block: bytes
    body: bytes
    parts: list[Entity] = field(default_factory=list)

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """Names in lower case with unfolded values, in order."""
        unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", self.block)
        pairs = [line.partition(b":") for line in unfolded.splitlines()]
        return [(_text(name).lower(), _text(value.strip())) for name, _, value in pairs]

    def values(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for found, value in self.fields if found == name]

    def value(self, name: str) -> str:
        """A field's first value, or an empty string."""
        return next(iter(self.values(name)), "")

    @property
    def content_type(self) -> str:
        """The type without its parameters, in lower case."""
        return self.value("content-type").partition(";")[0].strip().lower() or "text/plain"

    def parameter(self, name: str, of: str = "content-type") -> str:
        """A parameter's value, without its quotes."""
        found = re.search(rf';\s*{name}=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', self.value(of), re.IGNORECASE)
        return (found[1] or found[2] or "") if found else ""

    @property
    def encoding(self) -> str:
        """The transfer encoding."""
        return self.value("content-transfer-encoding").lower() or "7bit"

    @cached_property
    def content(self) -> bytes:
        """The body, decoded."""
        if self.encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        if self.encoding == "base64":
            try:
                return b64decode(self.body)
            except DecodeError:
                return b""
        return self.body

    @property
    def text(self) -> str:
        """The decoded body as text."""
        return self.content.decode("utf-8", "replace")

    def leaves(self) -> Iterator[Entity]:
        """This entity, or those within it that have no parts."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True)
class Way:
    """The envelope: MAIL's path and parameters (in capitals), and RCPT's paths."""

    sender: str = ""
    recipients: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass
class Received:
    """What is judged."""

    raw: bytes
    purpose: str
    postal_address: str = ""
    way: Way | None = None

    @property
    def smtputf8(self) -> bool:
        """Whether MAIL had that parameter, without which nothing may go beyond ASCII (RFC 6531)."""
        return self.way is not None and "SMTPUTF8" in self.way.options

    @cached_property
    def message(self) -> Entity:
        """The message with its parts."""
        return read(self.raw)

    @property
    def body(self) -> bytes:
        """Everything behind the header block."""
        return self.raw.partition(b"\r\n\r\n")[2]

    def leaf(self, content_type: str) -> Entity | None:
        """The first part of a type that is no attachment."""
        leaves = (part for part in self.message.leaves() if part.content_type == content_type)
        return next((part for part in leaves if not part.value("content-disposition").startswith("attachment")), None)


def _text(value: bytes) -> str:
    """UTF-8 as RFC 6532 has it, or octets that no rule will take for anything."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def read(raw: bytes) -> Entity:
    """Cut an entity at its empty line, and a multipart at its boundary (RFC 2046 section 5.1)."""
    if raw.startswith(b"\r\n"):
        block, body = b"", raw[2:]
    else:
        block, _, body = raw.partition(b"\r\n\r\n")
    entity = Entity(block, body)
    boundary = entity.parameter("boundary")
    if entity.content_type.startswith("multipart/") and boundary:
        pieces = re.split(rb"(?:^|\r\n)--" + re.escape(boundary.encode()) + rb"(?=--|\r\n)", body)
        entity.parts = [read(piece[2:]) for piece in pieces[1:] if not piece.startswith(b"--")]
    return entity
