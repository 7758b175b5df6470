"""A compiled mailing: what every message of it shares, kept as JSON and turned to bytes once a process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2s
from typing import Any
from urllib.parse import quote, urlsplit

from messaging.compilation.pieces import Pieces, from_json
from messaging.compilation.slots import Recipient, Slot, clean, filler
from messaging.compilation.source import Purpose
from messaging.compilation.wire import WireBody, wire_body

# Raised when the meaning of what is kept changes; older ones are read for as long as their mails are shown.
VERSION = 1
# What may stand unescaped in a URL (RFC 3986 section 2), and escapes that are there already.
_URL_SAFE = ":/?#[]@!$&'()*+,;=-._~%"
_WEB = re.compile(r"https?://", re.IGNORECASE)


class UnreadableCompilation(Exception):
    """Bytes that hold no compiled mailing of a version we know: compile the mailing again."""

    permanent = True


@dataclass(frozen=True, slots=True)
class Link:
    """A counted link. `url` may hold Liquid, whose values are then among the slots; `label` is for reports."""

    number: int
    url: str
    label: str
    pieces: Pieces


@dataclass(frozen=True)
class CompiledMailing:
    """A mailing ready to be filled. Make it with `compile_mailing` or `from_bytes`."""

    purpose: Purpose
    from_name: str
    from_email: str
    reply_to: str
    base_url: str
    reply_domain: str
    subject: Pieces
    html: Pieces
    text: Pieces
    slots: tuple[Slot, ...]
    links: tuple[Link, ...]
    # The merge fields that templates read: nothing else need be loaded for a recipient.
    paths: frozenset[str]

    @property
    def slot_count(self) -> int:
        """How many slots a message of this mailing fills."""
        return len(self.slots)

    @cached_property
    def fill(self) -> Any:
        """Recipient → slots; raises TemplateError."""
        return filler(self.slots)

    @cached_property
    def wire(self) -> WireBody:
        """The body, encoded but for its holes."""
        return wire_body(self.html, self.text, self.base_url)

    @cached_property
    def digest(self) -> str:
        """Names this very compilation: slots belong to it and to no other."""
        return blake2s(self.to_bytes(), digest_size=12).hexdigest()

    @cached_property
    def needs_token(self) -> bool:
        """Whether a message needs a token for its pixel or links."""
        return any(piece[0] in {"l", "o", "x"} for piece in (*self.html, *self.text) if not isinstance(piece, str))

    def to_bytes(self) -> bytes:
        """The mailing as versioned JSON."""
        kept = {
            "version": VERSION,
            "purpose": self.purpose,
            "from": [self.from_name, self.from_email, self.reply_to],
            "base_url": self.base_url,
            "reply_domain": self.reply_domain,
            "subject": self.subject,
            "html": self.html,
            "text": self.text,
            "slots": [[slot.source, slot.html, slot.chain] for slot in self.slots],
            "links": [[link.url, link.label, link.pieces] for link in self.links],
            "paths": sorted(self.paths),
        }
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> CompiledMailing:
        """Read what `to_bytes` wrote. Raises UnreadableCompilation."""
        try:
            kept = json.loads(bytes(raw))
            if kept["version"] != VERSION:
                raise UnreadableCompilation(f"version {kept['version']}")
            return cls._from_kept(kept)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise UnreadableCompilation(str(error)) from error

    @classmethod
    def _from_kept(cls, kept: dict[str, Any]) -> CompiledMailing:
        from_name, from_email, reply_to = kept["from"]
        links = [Link(at, url, label, from_json(pieces)) for at, (url, label, pieces) in enumerate(kept["links"], 1)]
        return cls(
            purpose=kept["purpose"],
            from_name=from_name,
            from_email=from_email,
            reply_to=reply_to,
            base_url=kept["base_url"],
            reply_domain=kept["reply_domain"],
            subject=from_json(kept["subject"]),
            html=from_json(kept["html"]),
            text=from_json(kept["text"]),
            slots=tuple(Slot(source, html, chain) for source, html, chain in kept["slots"]),
            links=tuple(links),
            paths=frozenset(kept["paths"]),
        )


def render_slots(compiled: CompiledMailing, recipient: Recipient) -> list[str]:
    """What this recipient's message has in its slots. Raises TemplateError when the values break the template."""
    slots: list[str] = compiled.fill(recipient)
    return slots


def resolve_link(compiled: CompiledMailing, number: int, slots: list[str]) -> str | None:
    """Where a counted link leads for the message with these slots; None when it is none of this mailing's.

    Whatever the slots hold, the host is the one that the mailing's author wrote.
    """
    if not 1 <= number <= len(compiled.links):
        return None
    pieces = compiled.links[number - 1].pieces
    written = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    try:
        url = "".join(piece if isinstance(piece, str) else quote(slots[piece[1]], safe=_URL_SAFE) for piece in pieces)  # type: ignore[misc]
        host, meant = urlsplit(clean(url)), urlsplit(written)
    except (IndexError, ValueError):
        return None
    if not _WEB.match(url) or (host.scheme, host.netloc) != (meant.scheme, meant.netloc):
        return None
    return clean(url).replace("\n", "")
