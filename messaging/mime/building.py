"""A message's bytes: its own header block over the mailing's body with the holes filled."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from messaging.compilation.compiled import CompiledMailing
from messaging.mime.addresses import wire_address, wire_domain
from messaging.mime.attachments import with_attachments
from messaging.mime.errors import BuildError
from messaging.mime.facts import MessageFacts
from messaging.mime.headers import NAME, mailbox, message_ids, phrase, structured, unstructured
from messaging.tokens import MESSAGE_TOKEN_LENGTH, PURPOSE_TOKEN_LENGTH

# With its line end, since searching for a plain byte first is three times quicker than for the beginning of a line.
_FIELD = re.compile(rb"\n([^\s:]+):")
_OWN = frozenset(
    {
        "bcc", "cc", "content-transfer-encoding", "content-type", "date", "from", "in-reply-to",
        "message-id", "mime-version", "precedence", "received", "references", "reply-to", "return-path",
        "sender", "subject", "to",
    }
)  # fmt: skip
_LIST_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?\Z")
_FEEDBACK = re.compile(r"[A-Za-z0-9._-]{1,60}(?::[A-Za-z0-9._-]{0,60}){0,3}\Z")
_MESSAGE_ID = re.compile(r"[^<>\s@]{1,200}@[A-Za-z0-9.-]{1,253}\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 .'_-]{1,50}\Z")
_PLAIN_ADDRESS = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}\Z")

MIME_VERSION = b"MIME-Version: 1.0\r\n"
NO_SUBJECT = "(no subject)"
_EMPTY_SUBJECT = len(b"Subject: \r\n")
_AUTO = b"Auto-Submitted: auto-generated\r\n"


def build(compiled: CompiledMailing, slots: Sequence[str], facts: MessageFacts) -> bytes:
    """The message as it goes over the wire. Same slots and facts, same bytes. Raises BuildError.

    CRLF and 7-bit throughout, but for addresses whose local part is not ASCII: those stand in the header block as
    UTF-8 (RFC 6532), since an encoded word must not stand for an address (RFC 2047 section 5).
    """
    _check_tokens(compiled, facts)
    fields = _fields(compiled, slots, facts)
    body = compiled.wire.fill(slots, facts.token, facts.unsubscribe_token)
    content_fields = compiled.wire.headers
    names = compiled.wire.names
    if facts.attachments:
        content_fields, body = with_attachments(content_fields, body, facts.attachments, facts.message_id)
        names = [b"Content-Type"]
    block = b"".join(fields) + content_fields
    _read_again(block, [field.partition(b":")[0] for field in fields] + names)
    return block + b"\r\n" + body


def render_subject(compiled: CompiledMailing, slots: Sequence[str]) -> str:
    """The subject of one message as text; not yet made fit for a header."""
    return "".join([piece if isinstance(piece, str) else slots[piece[1]] for piece in compiled.subject])  # type: ignore[misc]


def _check_tokens(compiled: CompiledMailing, facts: MessageFacts) -> None:
    # Holes have a fixed length, and a missing token would make links that lead nowhere for years.
    if compiled.wire.token_at and len(facts.token) != MESSAGE_TOKEN_LENGTH:
        raise BuildError("no_token", "The mailing counts opens or clicks, so its messages need a token.")
    needed = compiled.wire.unsubscribe_at or compiled.purpose == "marketing"
    if needed and len(facts.unsubscribe_token) != PURPOSE_TOKEN_LENGTH:
        raise BuildError("no_token", "The mailing links to pages of ours, so its messages need their token.")


def _fields(compiled: CompiledMailing, slots: Sequence[str], facts: MessageFacts) -> list[bytes]:
    from_email = facts.from_email or compiled.from_email
    from_name = facts.from_name or ("" if facts.from_email else compiled.from_name)
    fields = [
        _mailbox_field("From", from_name, from_email),
        _mailbox("To", facts.to_name, facts.to_address),
        _subject(render_subject(compiled, slots)),
        _date(int(facts.date.timestamp())),
        _message_id(facts.message_id),
    ]
    if facts.cc:
        fields.append(structured("Cc", ", ".join(mailbox(name, address) for name, address in facts.cc)))
    if reply_to := facts.reply_to or compiled.reply_to:
        fields.append(_mailbox("Reply-To", "", reply_to))
    if facts.in_reply_to or facts.references:
        fields.extend(_thread(facts))
    if compiled.purpose == "marketing":
        fields.extend(_list_fields(compiled, facts, from_email))
    if facts.auto_submitted:
        fields.append(_AUTO)
    for name, value in facts.headers:
        fields.append(_further(name, value))
    fields.append(MIME_VERSION)
    return fields


def _subject(text: str) -> bytes:
    field = unstructured("Subject", text)
    # A name that is missing, or made of nothing that is seen, may be all there was to it. Not to send at all would be
    # worse, and a field without a value is what spam has.
    return field if len(field) > _EMPTY_SUBJECT else unstructured("Subject", NO_SUBJECT)


@lru_cache(maxsize=512)
def _mailbox_field(field: str, name: str, address: str) -> bytes:
    return structured(field, mailbox(name, address))


def _mailbox(field: str, name: str, address: str) -> bytes:
    """A field with a mailbox that differs from message to message."""
    # Most: nothing to encode, escape or fold.
    if len(name) + len(address) < 60 and name.isascii() and address.isascii() and _PLAIN_ADDRESS.match(address):
        if not name:
            return f"{field}: {address}\r\n".encode("ascii")
        if _PLAIN_NAME.match(name):
            return f'{field}: "{name}" <{address}>\r\n'.encode("ascii")
    return structured(field, mailbox.__wrapped__(name, address))


@lru_cache(maxsize=64)
def _date(timestamp: int) -> bytes:
    return f"Date: {format_datetime(dt.datetime.fromtimestamp(timestamp, dt.UTC))}\r\n".encode("ascii")


def _message_id(message_id: str) -> bytes:
    if not (message_id.isascii() and _MESSAGE_ID.match(message_id)):
        raise BuildError("bad_message_id", "A Message-ID is local@domain, without brackets.")
    return f"Message-ID: <{message_id}>\r\n".encode("ascii")


def _thread(facts: MessageFacts) -> list[bytes]:
    answered = message_ids(f"<{facts.in_reply_to.strip('<> ')}>")
    known = message_ids(facts.references) or answered
    fields = [structured("In-Reply-To", answered[0])] if answered else []
    if known:
        fields.append(structured("References", " ".join(known)))
    return fields


def _list_fields(compiled: CompiledMailing, facts: MessageFacts, from_email: str) -> list[bytes]:
    token = facts.unsubscribe_token
    before, behind = _unsubscribe_mailbox(compiled.reply_domain, from_email)
    fields = [
        f"List-Unsubscribe: <{compiled.base_url}/u/{token}>,\r\n <mailto:{before}{token}{behind}>\r\n".encode("ascii"),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
    ]
    if facts.list_id:
        fields.append(_list_id(facts.list_name, facts.list_id))
    if facts.feedback_id:
        fields.append(_feedback_id(facts.feedback_id))
    return fields


@lru_cache(maxsize=64)
def _unsubscribe_mailbox(reply_domain: str, from_email: str) -> tuple[str, str]:
    """What stands before and behind the token in the address that unsubscribes."""
    if reply_domain:
        return "u+", f"@{wire_domain(reply_domain)}"
    return f"{quote(wire_address(from_email), safe='@!$*+')}?subject=unsubscribe%20", ""


@lru_cache(maxsize=256)
def _feedback_id(feedback_id: str) -> bytes:
    if not _FEEDBACK.match(feedback_id):
        raise BuildError("bad_feedback_id", "A Feedback-ID is up to four words with colons between them.")
    return structured("Feedback-ID", feedback_id)


@lru_cache(maxsize=256)
def _list_id(name: str, list_id: str) -> bytes:
    # RFC 2919 section 2: an id in angle brackets, with a phrase before it.
    if not (_LIST_ID.match(list_id) and "." in list_id):
        raise BuildError("bad_list_id", "A List-Id is like a domain name.")
    return structured("List-Id", f"{phrase(name)} <{list_id}>".strip())


def _further(name: str, value: str) -> bytes:
    if not NAME.match(name) or name.lower() in _OWN or name.lower().startswith(("list-", "resent-", "dkim-")):
        raise BuildError("bad_header", "A further header needs a name that the builder does not write itself.")
    return unstructured(name, value)


def _read_again(block: bytes, meant: list[bytes]) -> None:
    """Compare the names in the finished block with what was meant: no value may have made a field of its own."""
    lines = block.count(b"\n")
    if _FIELD.findall(b"\n" + block) != meant or block.count(b"\r\n") != lines or block.count(b"\r") != lines:
        raise BuildError("header_injection", "A value would have written a header field of its own.")
