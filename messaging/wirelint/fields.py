"""Rules over header fields."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as DecodeError
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from messaging.wirelint.reading import Received, rule

# Every field that we write. Any other was written by a value (or is new, and belongs here).
KNOWN = frozenset(
    {
        "auto-submitted", "cc", "content-transfer-encoding", "content-type", "date", "dkim-signature", "feedback-id",
        "from", "in-reply-to", "list-id", "list-unsubscribe", "list-unsubscribe-post", "message-id", "mime-version",
        "references", "reply-to", "subject", "to",
    }
)  # fmt: skip
KNOWN_IN_PARTS = frozenset({"content-disposition", "content-transfer-encoding", "content-type"})
ONCE = ("date", "from", "message-id", "subject", "to", "mime-version")
AT_MOST_ONCE = (
    "cc",
    "reply-to",
    "sender",
    "in-reply-to",
    "references",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "auto-submitted",
)
# With what RFC 6532 section 3.2 adds; the rule `seven_bit` refuses that where SMTPUTF8 was not asked for.
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+"
_QUOTED = r'"(?:[^"\\\r\n]|\\.)*"'
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_SPEC = rf"(?:{_ATEXT}(?:\.{_ATEXT})*|{_QUOTED})@{_DOMAIN}"
_MAILBOX = rf"(?:(?:(?:{_ATEXT}|{_QUOTED})(?:[ \t]+(?:{_ATEXT}|{_QUOTED}))*)?[ \t]*<{_SPEC}>|{_SPEC})"
_MAILBOXES = re.compile(rf"{_MAILBOX}(?:[ \t]*,[ \t]*{_MAILBOX})*\Z")
_ONE_MAILBOX = re.compile(rf"{_MAILBOX}\Z")
_MSG_ID = rf"<{_ATEXT}(?:\.{_ATEXT})*@{_DOMAIN}>"
_NO_WORDS = frozenset(
    {
        "auto-submitted", "content-disposition", "content-type", "date", "feedback-id", "in-reply-to",
        "list-unsubscribe", "list-unsubscribe-post", "message-id", "mime-version", "references",
    }
)  # fmt: skip
_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=")
# C0, C1, separators, and bidirectional overrides (Unicode TR 36 section 2.3.1).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@rule
def each_once(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.6 and MAIL.md: these fields exactly once."""
    counts = Counter(name for name, _ in mail.message.fields)
    for name in ONCE:
        if counts[name] != 1:
            yield f"{name} occurs {counts[name]} times"


@rule
def none_twice(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.6, RFC 2045 and 2919: these at most once."""
    counts = Counter(name for name, _ in mail.message.fields)
    for name in AT_MOST_ONCE:
        if counts[name] > 1:
            yield f"{name} occurs {counts[name]} times"


@rule
def known_fields_only(mail: Received) -> Iterator[str]:
    """MAIL.md: no value makes a header field of its own, neither of the message nor of a part."""
    for name, _ in mail.message.fields:
        if name not in KNOWN:
            yield f"a field that we do not write: {name[:40]}"
    for part in mail.message.leaves():
        if part is not mail.message and not {name for name, _ in part.fields} <= KNOWN_IN_PARTS:
            yield "a field in a part that we do not write"


@rule
def no_bcc(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.6.3: a blind copy is blind."""
    if mail.message.values("bcc"):
        yield "a Bcc field"


@rule
def date_is_a_date(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.3: with a zone in digits."""
    value = mail.message.value("date")
    try:
        parsedate_to_datetime(value)
    except ValueError:
        yield "a Date that is none"
        return
    if not re.search(r" [+-]\d{4}(?: \(|$)", value):
        yield "a Date without a numeric zone"


@rule
def message_id_is_one(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.6.4."""
    if not re.fullmatch(_MSG_ID, mail.message.value("message-id")):
        yield "a Message-ID that is none"


@rule
def message_id_is_on_the_senders_domain(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.6.4 and MAIL.md: unique by being on a domain of ours, which is the author's."""
    domain = mail.message.value("message-id").rpartition("@")[2].rstrip(">").lower()
    author = mail.message.value("from").rpartition("@")[2].rstrip("> ").lower()
    if domain != author:
        yield "a Message-ID on another domain than From's"


@rule
def thread_fields_hold_ids(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.6.4: In-Reply-To and References hold message ids."""
    for name in ("in-reply-to", "references"):
        for value in mail.message.values(name):
            if not re.fullmatch(r"<[^<>\s]+@[^<>\s]+>(?:\s+<[^<>\s]+@[^<>\s]+>)*", value):
                yield f"{name} holds something that is no message id"


@rule
def from_is_one_mailbox(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.6.2 allows several; DMARC (RFC 7489 section 6.6.1) needs one."""
    if not _ONE_MAILBOX.match(mail.message.value("from")):
        yield "From is not one mailbox with its name quoted where needed"


@rule
def addresses_are_mailboxes(mail: Received) -> Iterator[str]:
    """RFC 5322 section 3.4; domains as A-labels (RFC 5890), local parts in ASCII or, under SMTPUTF8, in UTF-8."""
    for name in ("to", "cc", "reply-to"):
        for value in mail.message.values(name):
            if not _MAILBOXES.match(value):
                yield f"{name} is not a list of mailboxes"


@rule
def local_parts_fit(mail: Received) -> Iterator[str]:
    """RFC 5321 section 4.5.3.1: 64 octets for a local part, 254 for an address."""
    for name in ("from", "to", "cc", "reply-to"):
        for value in mail.message.values(name):
            for local, domain in re.findall(rf"({_QUOTED}|[^\s<>\",]+)@([A-Za-z0-9.-]+)", value):
                octets = len(local.encode())
                if octets > 64 or octets + 1 + len(domain) > 254:
                    yield f"an address in {name} that is too long"


@rule
def subject_says_something(mail: Received) -> Iterator[str]:
    """MAIL.md: a subject, and no more of it than a person reads."""
    if not _decoded(mail.message.value("subject")).strip():
        yield "an empty Subject"


@rule
def mime_version(mail: Received) -> Iterator[str]:
    """RFC 2045 section 4."""
    if mail.message.value("mime-version") != "1.0":
        yield "a MIME-Version other than 1.0"


@rule
def encoded_words_are_right(mail: Received) -> Iterator[str]:
    """RFC 2047 section 2 and 5: at most 75 characters, lines of 76, whole characters, none within quotes."""
    for line in mail.message.block.split(b"\r\n"):
        text = line.decode("utf-8", "replace")
        words = list(_WORD.finditer(text))
        if words and len(text) > 76:
            yield "a line of more than 76 characters with an encoded word"
        for word in words:
            if len(word[0]) > 75:
                yield "an encoded word of more than 75 characters"
            if _text(word) is None:
                yield "an encoded word that does not decode by itself"
    for name, value in mail.message.fields:
        if any(_WORD.search(quoted) for quoted in re.findall(_QUOTED, value)):
            yield f"an encoded word within quotes in {name}"


@rule
def encoded_words_stand_alone(mail: Received) -> Iterator[str]:
    """RFC 2047 section 5: between white space, in no address and no id; what only looks like one was encoded."""
    for name, value in mail.message.fields:
        rest = re.sub(r"(?:(?<=\s)|^)=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=(?=\s|$)", "", value)
        if "=?" in rest:
            yield f"something in {name} that a reader may take for an encoded word"
        if name in _NO_WORDS and rest != value:
            yield f"an encoded word in {name}, where none may be"


@rule
def nothing_hidden_in_words(mail: Received) -> Iterator[str]:
    """CVE-2024-6923: no encoded word holds a line end or another control, nor what turns a name's letters around."""
    for name, value in mail.message.fields:
        if _CONTROL.search(_decoded(value)):
            yield f"a control character in {name} once it is decoded"


@rule
def not_precedence_bulk(mail: Received) -> Iterator[str]:
    """MAIL.md: not used; RFC 2076 calls it discouraged."""
    if mail.message.values("precedence"):
        yield "a Precedence field"


@rule
def auto_submitted_is_known(mail: Received) -> Iterator[str]:
    """RFC 3834 section 5."""
    for value in mail.message.values("auto-submitted"):
        if value.partition(";")[0].strip() not in {"no", "auto-generated", "auto-replied", "auto-notified"}:
            yield "an Auto-Submitted of no known kind"


def _decoded(value: str) -> str:
    joined = re.sub(r"(\?=)\s+(=\?)", r"\1\2", value)
    return _WORD.sub(lambda word: _text(word) or "", joined)


def _text(word: re.Match[str]) -> str | None:
    charset, encoding, text = word.groups()
    try:
        if encoding in "bB":
            return b64decode(text, validate=True).decode(charset)
        escaped = re.sub(r"=([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), text.replace("_", " "))
        return escaped.encode("latin-1").decode(charset)
    except (DecodeError, LookupError, ValueError):
        return None
