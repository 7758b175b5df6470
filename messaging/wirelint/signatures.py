"""Rules over DKIM signatures, where a message has some. That they verify is asked of dkimpy, in the tests."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from messaging.wirelint.reading import Received, rule

_ALGORITHMS = {"rsa-sha256", "ed25519-sha256"}
_AUTHORSHIP = ("from", "to", "subject", "date", "message-id", "content-type")


@rule
def signature_is_whole(mail: Received) -> Iterator[str]:
    """RFC 6376 section 3.5: the tags that are needed, and no l=, behind which anybody may write on (section 8.2)."""
    for tags in _signatures(mail):
        if missing := {"v", "a", "b", "bh", "c", "d", "h", "s", "t"} - tags.keys():
            yield f"a signature without {', '.join(sorted(missing))}"
        if "l" in tags:
            yield "a signature over a part of the body"
        if tags.get("a") not in _ALGORITHMS or tags.get("c") != "relaxed/relaxed" or tags.get("v") != "1":
            yield "a signature of another kind than ours"


@rule
def signature_is_the_authors(mail: Received) -> Iterator[str]:
    """RFC 7489 section 3.1.1: d= is From's domain, or one above it."""
    author = mail.message.value("from").rpartition("@")[2].rstrip(">").lower()
    for tags in _signatures(mail):
        if not f".{author}".endswith(f".{tags.get('d', '?').lower()}"):
            yield f"a signature of {tags.get('d')} on mail from {author}"


@rule
def signature_covers_who_and_what(mail: Received) -> Iterator[str]:
    """RFC 6376 section 5.4: the fields that a reader sees, and one From more than there is (section 8.15)."""
    for tags in _signatures(mail):
        covered = _covered(tags)
        if missing := [name for name in _AUTHORSHIP if not covered[name]]:
            yield f"a signature that does not cover {', '.join(missing)}"
        if covered["from"] < 2 or covered["subject"] < 2:
            yield "a signature under which another From or Subject can be added"


@rule
def signature_covers_the_way_out(mail: Received) -> Iterator[str]:
    """RFC 8058 section 4: marketing mail that is signed covers List-Unsubscribe and List-Unsubscribe-Post."""
    if mail.purpose != "marketing":
        return
    for tags in _signatures(mail):
        if not (_covered(tags)["list-unsubscribe"] and _covered(tags)["list-unsubscribe-post"]):
            yield "a signature that does not cover List-Unsubscribe and List-Unsubscribe-Post"


@rule
def signature_is_of_this_body(mail: Received) -> Iterator[str]:
    """RFC 6376 section 3.4.4 and 3.7: bh= is the hash of the body."""
    # Space by space and line by line, with none of the signer's short cuts.
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in mail.body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    wanted = b64encode(sha256(b"".join(line + b"\r\n" for line in lines)).digest()).decode()
    for tags in _signatures(mail):
        if tags.get("bh") != wanted:
            yield "a signature of another body"


def _signatures(mail: Received) -> list[dict[str, str]]:
    found = []
    for value in mail.message.values("dkim-signature"):
        pairs = [part.partition("=") for part in re.sub(r"\s+", "", value).split(";") if part]
        found.append({name: text for name, _, text in pairs})
    return found


def _covered(tags: dict[str, str]) -> Counter[str]:
    return Counter(tags.get("h", "").lower().split(":"))
