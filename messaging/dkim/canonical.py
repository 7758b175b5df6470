"""Relaxed canonicalisation (RFC 6376 section 3.4.2 and 3.4.4) of messages with CRLF line ends.

Quick where there is nothing to do, which is the rule for what we build; right for anything.
"""

from __future__ import annotations


def relaxed_body(body: bytes) -> bytes:
    """The body with runs of white space as one space, none at the end of lines, and no empty lines at its end.

    A last line without an end is given one first, as SMTP gives it one.
    """
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    body = _single_spaces(body)
    if b" \r\n" in body:
        body = body.replace(b" \r\n", b"\r\n")
    end = len(body) - 2
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[: end + 2] if end else b""


def relaxed_fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a header block in order: each one's name in lower case, and the whole field on one line.

    The block is without the CRLF of its last line; so are the fields.
    """
    block = _single_spaces(block.replace(b"\r\n\t", b" ").replace(b"\r\n ", b" "))
    fields = []
    for line in block.split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.rstrip(b" ").lower()
        fields.append((name, name + b":" + value.strip(b" ")))
    return fields


def _single_spaces(data: bytes) -> bytes:
    if b"\t" in data:
        data = data.replace(b"\t", b" ")
    # Each round halves a run; indented HTML needs three or four.
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data
