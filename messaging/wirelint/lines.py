"""Rules over lines and bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from messaging.wirelint.reading import Received, rule


@rule
def crlf_only(mail: Received) -> Iterator[str]:
    """RFC 5322 section 2.3: CR and LF occur together only."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw):
        yield "a bare CR or LF"


@rule
def lines_fit(mail: Received) -> Iterator[str]:
    """RFC 5322 section 2.1.1: at most 998 octets a line."""
    if any(len(line) > 998 for line in mail.raw.split(b"\r\n")):
        yield "a line of more than 998 octets"


@rule
def seven_bit(mail: Received) -> Iterator[str]:
    """RFC 5321 section 2.4: a server without 8BITMIME carries ASCII only; NUL is nowhere allowed."""
    if b"\x00" in mail.raw:
        yield "a NUL"
    if not (mail.raw if not mail.smtputf8 else mail.body).isascii():
        yield "an octet above 127"


@rule
def utf8_in_addresses_only(mail: Received) -> Iterator[str]:
    """RFC 6532 section 3 lets a header hold UTF-8 under SMTPUTF8; what is no address can be, and is, encoded."""
    if not mail.smtputf8:
        return
    for line in re.sub(rb"\r\n(?=[ \t])", b"", mail.message.block).split(b"\r\n"):
        if line.isascii():
            continue
        try:
            line.decode()
        except UnicodeDecodeError:
            yield "a header field that is not UTF-8"
        if line.partition(b":")[0].lower() not in (b"from", b"to", b"cc", b"reply-to"):
            yield "UTF-8 in a field that holds no address"


@rule
def ends_with_line(mail: Received) -> Iterator[str]:
    """RFC 5321 section 4.1.1.4: the final dot stands on a line of its own."""
    if not mail.raw.endswith(b"\r\n"):
        yield "the message does not end with CRLF"


@rule
def block_is_fields(mail: Received) -> Iterator[str]:
    """RFC 5322 section 2.2: each line of the header block begins a field or continues one."""
    for line in mail.message.block.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            if not line.strip():
                yield "a continuation line of white space only (RFC 5322 section 3.2.2)"
        elif not re.match(rb"[\x21-\x39\x3b-\x7e]+:", line):
            yield "a line in the header block that is no field"


@rule
def header_lines_fold(mail: Received) -> Iterator[str]:
    """RFC 5322 section 2.1.1: lines should have at most 78 characters where they can be folded."""
    for line in mail.message.block.split(b"\r\n"):
        name = line.partition(b":")[0].lower()
        if len(line) > 78 and b" " in line.partition(b":")[2].strip() and name != b"list-unsubscribe":
            yield f"a header line of {len(line)} characters that could be folded"


@rule
def quoted_printable_is_right(mail: Received) -> Iterator[str]:
    """RFC 2045 section 6.7: 76 characters, no white space at the end, escapes in capitals."""
    for part in mail.message.leaves():
        if part.encoding != "quoted-printable":
            continue
        for line in part.body.split(b"\r\n"):
            if len(line) > 76:
                yield "a quoted-printable line of more than 76 characters"
            if line.endswith((b" ", b"\t")):
                yield "a quoted-printable line that ends with white space"
            if re.search(rb"=(?![0-9A-F]{2}|$)", line):
                yield "an = in quoted-printable that is neither an escape nor a soft break"
            if re.search(rb"[^\t\x20-\x7e]", line):
                yield "a control character in quoted-printable"


@rule
def base64_is_right(mail: Received) -> Iterator[str]:
    """RFC 2045 section 6.8: 76 characters of the alphabet, padded."""
    for part in mail.message.leaves():
        if part.encoding != "base64":
            continue
        lines = part.body.strip().split(b"\r\n")
        if any(len(line) > 76 for line in lines):
            yield "a base64 line of more than 76 characters"
        joined = b"".join(lines)
        if len(joined) % 4 or not re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}", joined):
            yield "base64 that does not decode"
