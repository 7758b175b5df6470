"""Signatures, as dkimpy reads them: whatever the message holds they verify, and whatever is altered they do not."""

from __future__ import annotations

import re
from collections.abc import Sequence

import dkim
import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from messaging.dkim.canonical import relaxed_body, relaxed_fields
from messaging.dkim.keyring import Keyring
from messaging.dkim.keys import KeyUnreadableError, generate, record_name, record_value, signing, zone_line
from messaging.dkim.signing import SigningKey
from messaging.mime import Attachment
from tests.messaging.dkim_keys import PRIVATE, a_key, verifies, zone
from tests.messaging.mailings import built, compiled

# What canonicalisation looks at, in any order.
MESSY = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"\r", b"\n", b"a", b"=20", b"=\r\n", b" \r\n", b"  "]))


def signed(raw: bytes, *keys: SigningKey) -> bytes:
    return Keyring(keys).sign(raw)


MARKETING = built(compiled(html='<p>Ünï  {{ contact.first_name }}</p>\n    <a href="https://a.example/">a</a>'))
PERSONAL = built(
    compiled(purpose="one_to_one"),
    attachments=(Attachment("plän.pdf", "application/pdf", b"\x00\xff" * 9000),),
    in_reply_to="a@b.example",
    cc=(("Zoë", "zoe@example.com"),),
)


def test_the_body_is_canonical_as_dkimpy_has_it() -> None:
    @given(MESSY)
    def same(pieces: list[bytes]) -> None:
        body = b"".join(pieces)
        # On the wire every message ends with a line end (RFC 5321 section 4.1.1.4).
        sent = body if body.endswith(b"\r\n") else body + b"\r\n"
        assert relaxed_body(body) == Relaxed.canonicalize_body(sent)

    same()


def test_fields_are_canonical_as_dkimpy_has_them() -> None:
    name = st.from_regex(r"[A-Za-z][A-Za-z-]{0,12}", fullmatch=True)
    words = st.lists(st.sampled_from(["a", "=?utf-8?q?b?=", ":", " ", "\t", "\r\n x", "\r\n\ty", "  ", "\r\n  z "]))

    @given(st.lists(st.tuples(name, words), min_size=1, max_size=6))
    def same(fields: list[tuple[str, list[str]]]) -> None:
        block = "\r\n".join(f"{name}:{''.join(words)}" for name, words in fields).encode()
        headers, _ = dkim.rfc822_parse(block + b"\r\n\r\n")
        theirs = [name + b":" + value.rstrip(b"\r\n") for name, value in Relaxed.canonicalize_headers(headers)]
        assert [line for _, line in relaxed_fields(block)] == theirs

    same()


@pytest.mark.parametrize("raw", [MARKETING, PERSONAL], ids=["marketing", "one_to_one"])
@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_a_signed_message_verifies(raw: bytes, algorithm: str) -> None:
    key = a_key(algorithm)
    after = signed(raw, key)
    assert after.endswith(raw)
    assert verifies(after, zone(key))
    assert not verifies(after, {})
    other = generate(algorithm)[1]
    assert not verifies(after, {record_name("s1", "example.com"): record_value(algorithm, other)})


def test_a_message_carries_a_signature_of_each_key() -> None:
    rsa, ed25519 = a_key("rsa", selector="r1"), a_key("ed25519", selector="e1")
    after = signed(MARKETING, rsa, ed25519)
    assert after.count(b"DKIM-Signature:") == 2
    # Each for itself: a receiver that knows one of them is content.
    assert verifies(after, zone(rsa), index=0)
    assert verifies(after, zone(ed25519), index=1)


def test_whatever_the_body_holds_it_verifies() -> None:
    key = a_key("ed25519")
    head = MARKETING.partition(b"\r\n\r\n")[0]

    @given(MESSY)
    def holds(pieces: list[bytes]) -> None:
        body = b"".join(piece for piece in pieces if piece not in (b"\r", b"\n")) + b"\r\n"
        assert verifies(signed(head + b"\r\n\r\n" + body, key), zone(key))

    holds()


def fields_of(raw: bytes) -> list[bytes]:
    return re.split(rb"\r\n(?![ \t])", raw.partition(b"\r\n\r\n")[0])


@pytest.mark.parametrize("raw", [MARKETING, PERSONAL], ids=["marketing", "one_to_one"])
@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_altering_any_field_or_the_body_breaks_it(raw: bytes, algorithm: str) -> None:
    key = a_key(algorithm)
    after = signed(raw, key)
    _signature, *fields = fields_of(after)
    for field in fields:
        name, _, value = field.partition(b":")
        changed = name + b": x" + value
        assert not verifies(after.replace(field, changed, 1), zone(key)), name
        without = after.replace(field + b"\r\n", b"", 1)
        assert not verifies(without, zone(key)), name
        twice = after.replace(field + b"\r\n", (field + b"\r\n") * 2, 1)
        assert not verifies(twice, zone(key)), name
    head, _, body = after.partition(b"\r\n\r\n")
    assert not verifies(head + b"\r\n\r\n" + body.replace(b"a", b"b", 1), zone(key))
    assert not verifies(head + b"\r\n\r\n" + body + b"more\r\n", zone(key))
    for tag in (b"d=example.com", b"s=s1", b"t=", b"x=", b"c=relaxed"):
        assert not verifies(after.replace(tag, tag + b"1", 1), zone(key)), tag


@pytest.mark.parametrize("name", [b"From", b"To", b"Cc", b"Subject", b"Date", b"Reply-To", b"List-Unsubscribe"])
def test_a_field_that_was_not_there_cannot_be_added(name: bytes) -> None:
    key = a_key("ed25519")
    after = signed(PERSONAL, key)
    assert not verifies(name + b": eve@evil.example\r\n" + after, zone(key))
    at = after.index(b"MIME-Version")
    assert not verifies(after[:at] + name + b": eve@evil.example\r\n" + after[at:], zone(key))


def test_relays_may_refold_and_add_their_own() -> None:
    key = a_key()
    after = signed(MARKETING, key)
    refolded = after.replace(b"Subject: ", b"Subject:\r\n\t ").replace(b"boundary=", b"  boundary=", 1)
    refolded = refolded.replace(b"From: ", b"FROM:  ", 1)
    assert verifies(b"Received: from relay.example\r\n\tby mx.example\r\n" + refolded, zone(key))


def test_the_field_is_folded_and_says_what_is_meant() -> None:
    long_domain = ".".join(["a" * 50] * 3 + ["example"])
    for key in (a_key(), a_key("ed25519"), a_key(domain="example.com", selector="a" * 63)):
        field = fields_of(signed(MARKETING, key))[0]
        assert max(map(len, field.split(b"\r\n"))) <= 78
    text = re.sub(rb"\s+", b"", fields_of(signed(MARKETING, a_key()))[0]).decode()
    tags = dict(re.findall(r"(\w+)=([^;]+)", text.removeprefix("DKIM-Signature:")))
    assert (tags["v"], tags["a"], tags["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (tags["d"], tags["s"]) == ("example.com", "s1")
    assert int(tags["x"]) - int(tags["t"]) == 7 * 24 * 3600
    assert not {"l", "i", "z"} & tags.keys()
    covered = tags["h"].split(":")
    assert {name: covered.count(name) for name in ("from", "subject", "to", "date")} == dict.fromkeys(
        ("from", "subject", "to", "date"), 2
    )
    assert covered.count("list-unsubscribe") == covered.count("list-unsubscribe-post") == 2
    assert covered.count("reply-to") == covered.count("cc") == 1
    at_a_long_domain = MARKETING.replace(b"grace@example.com", b"grace@" + long_domain.encode(), 1)
    long_key = a_key(domain=long_domain)
    assert verifies(signed(at_a_long_domain, long_key), zone(long_key))


@pytest.mark.parametrize(
    ("sender", "domains", "signs"),
    [
        ("example.com", ["example.com"], "example.com"),
        ("news.example.com", ["example.com"], "example.com"),
        ("news.example.com", ["example.com", "news.example.com"], "news.example.com"),
        ("a.b.example.com", ["example.com", "b.example.com"], "b.example.com"),
        ("notexample.com", ["example.com"], ""),
        ("example.com", ["news.example.com"], ""),
        ("example.org", ["example.com"], ""),
        ("EXAMPLE.com", ["example.com"], "example.com"),
    ],
)
def test_the_nearest_domain_signs_and_no_other(sender: str, domains: Sequence[str], signs: str) -> None:
    raw = MARKETING.replace(b"<grace@example.com>", f"<grace@{sender}>".encode(), 1)
    assert raw != MARKETING or sender == "example.com"
    after = signed(raw, *(a_key("ed25519", domain=domain) for domain in domains))
    assert re.findall(rb"\bd=([^;]+);", after.partition(b"\r\n\r\n")[0]) == ([signs.encode()] if signs else [])
    assert signs or after == raw


@pytest.mark.parametrize(
    "field",
    [
        b'From: "a@evil.example" <grace@example.com>',
        b'From: "x\\" <eve@evil.example>" <grace@example.com>',
        b"From: grace@example.com",
        b'From: "odd@local"@example.com',
        b"From: =?utf-8?q?Gr=C3=A4ce?=\r\n <grace@example.com>",
    ],
)
def test_the_domain_is_that_of_the_address_not_of_the_name(field: bytes) -> None:
    raw = re.sub(rb"From: [^\r]*", lambda _: field, MARKETING, count=1)
    assert b" d=example.com;" in signed(raw, a_key("ed25519"), a_key("ed25519", domain="evil.example"))


def test_a_record_is_written_for_panels_and_for_zone_files() -> None:
    value = record_value("rsa", PRIVATE["rsa"][1])
    line = zone_line("s1._domainkey.example.com", value)
    strings = re.findall(r'"([^"]*)"', line)
    assert line.startswith("s1._domainkey.example.com. IN TXT ( ")
    assert len(strings) == 2
    assert max(map(len, strings)) <= 255
    assert "".join(strings) == value


def test_a_stored_key_of_another_kind_is_refused() -> None:
    for algorithm, private in (("rsa", PRIVATE["ed25519"][0]), ("ed25519", PRIVATE["rsa"][0]), ("rsa", "nonsense")):
        with pytest.raises(KeyUnreadableError):
            signing(algorithm, private)
