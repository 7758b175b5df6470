"""What the wire lint says of signatures: each rule finds its violation."""

from __future__ import annotations

import pytest

from messaging.dkim.keyring import Keyring
from messaging.wirelint import lint
from messaging.wirelint.reading import rules
from tests.messaging.dkim_keys import a_key
from tests.messaging.mailings import POSTAL, built, compiled

SIGNED = Keyring([a_key("rsa", selector="r1"), a_key("ed25519", selector="e1")]).sign(
    built(compiled(html="<p>Hello {{ contact.first_name }}</p>"))
)
BROKEN = [
    ("signature_is_whole", b" bh=", b" xx="),
    ("signature_is_whole", b"v=1; ", b"v=1; l=10; "),
    ("signature_is_whole", b"rsa-sha256", b"rsa-sha1"),
    ("signature_is_whole", b"relaxed/relaxed", b"relaxed/simple"),
    ("signature_is_the_authors", b"d=example.com", b"d=mple.com"),
    ("signature_is_the_authors", b"d=example.com", b"d=news.example.com"),
    ("signature_covers_who_and_what", b"h=from:from:", b"h=x-from:from:"),
    ("signature_covers_who_and_what", b"message-id:message-id:", b"a:a:"),
    ("signature_covers_the_way_out", b"list-unsubscribe-post", b"list-post"),
    ("signature_is_of_this_body", b"Hello", b"Hullo"),
]


def names(raw: bytes) -> set[str]:
    return {fault.partition(":")[0] for fault in lint(raw, purpose="marketing", postal_address=POSTAL)}


def test_a_message_that_we_signed_has_no_violation() -> None:
    assert names(SIGNED) == set()


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_a_rule_finds_its_violation(rule: str, old: bytes, new: bytes) -> None:
    flat = SIGNED.replace(b":\r\n ", b":").replace(old, new)
    assert flat != SIGNED.replace(b":\r\n ", b":")
    assert rule in names(flat)


def test_every_rule_of_signatures_has_a_message_that_breaks_it() -> None:
    ours = {rule.__name__ for rule in rules if rule.__module__.endswith(".signatures")}
    assert ours == {rule for rule, *_ in BROKEN}
