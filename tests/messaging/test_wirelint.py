"""The wire lint: each rule finds its violation, and a right message has none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from messaging.mime import Attachment
from messaging.wirelint import Way, lint, lint_together, rules, together_rules
from tests.messaging.mailings import POSTAL, UTF8, built, compiled, facts, recipient

MARKETING = built(compiled(html='<p>Ünï {{ contact.first_name }}</p><a href="https://a.example/">a</a>'))
PERSONAL = built(compiled(purpose="one_to_one"), attachments=(Attachment("plan.pdf", "application/pdf", b"x" * 99),))
TOKEN = facts().unsubscribe_token.encode()

# Rule, purpose, what to replace in a right message, and with what.
BROKEN: list[tuple[str, str, bytes, bytes]] = [
    ("crlf_only", "marketing", b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\n"),
    ("crlf_only", "marketing", b"<p>", b"<\rp>"),
    ("lines_fit", "marketing", b"MIME-Version: 1.0", b"X-Long: " + b"a" * 1000 + b"\r\nMIME-Version: 1.0"),
    ("seven_bit", "marketing", b"=C3=9C", b"\xc3\x9c"),
    ("seven_bit", "marketing", b"MIME-Version: 1.0", b"MIME-Version: 1.0\x00"),
    ("ends_with_line", "marketing", b"--\r\n", b"--"),
    ("block_is_fields", "marketing", b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nno field\r\n"),
    ("block_is_fields", "marketing", b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\n \r\n"),
    ("header_lines_fold", "marketing", b"Subject: News", b"Subject: " + b"word " * 20 + b"News"),
    ("quoted_printable_is_right", "marketing", b"</p>", b"</p>" + b"x" * 80),
    ("quoted_printable_is_right", "marketing", b"=C3=9C", b"=c3=9c"),
    ("quoted_printable_is_right", "marketing", b"</p>", b"</p> \r\n"),
    ("quoted_printable_is_right", "marketing", b"</p>", b"</p>\x07"),
    ("base64_is_right", "one_to_one", b"eHh4", b"eHh4" * 30),
    ("base64_is_right", "one_to_one", b"eHh4", b"eH*"),
    ("each_once", "marketing", b"Message-ID: ", b"X-Message-ID: "),
    ("each_once", "marketing", b"MIME-Version: 1.0\r\n", b""),
    ("each_once", "marketing", b"To: ", b"To: b@example.com\r\nTo: "),
    ("none_twice", "marketing", b"List-Id: ", b"List-Id: <a.b>\r\nList-Id: "),
    ("no_bcc", "marketing", b"To: ", b"Bcc: b@example.com\r\nTo: "),
    ("date_is_a_date", "marketing", b"Date: Thu, 05 Mar 2026", b"Date: yesterday"),
    ("date_is_a_date", "marketing", b"+0000\r\nMessage-ID", b"UTC\r\nMessage-ID"),
    ("message_id_is_one", "marketing", b"Message-ID: <", b"Message-ID: <a b"),
    ("thread_fields_hold_ids", "marketing", b"To: ", b"References: none\r\nTo: "),
    ("from_is_one_mailbox", "marketing", b"From: Grace Hopper", b"From: Hopper, Grace"),
    ("from_is_one_mailbox", "marketing", b"<grace@example.com>", b"<grace@example.com>, <eve@example.com>"),
    ("addresses_are_mailboxes", "marketing", b'To: "Ada Lovelace"', b"To: Ada (Lovelace"),
    ("addresses_are_mailboxes", "marketing", b"<ada@example.com>", b"<ada@b\xfccher.example>"),
    ("local_parts_fit", "marketing", b"<ada@", b"<" + b"a" * 65 + b"@"),
    ("subject_says_something", "marketing", b"Subject: News for Ada", b"Subject: =?utf-8?q?_?="),
    ("mime_version", "marketing", b"MIME-Version: 1.0", b"MIME-Version: 1.1"),
    ("encoded_words_are_right", "marketing", b"News for Ada", b"=?utf-8?q?" + b"a" * 70 + b"?="),
    ("encoded_words_are_right", "marketing", b"News for Ada", b"=?utf-8?q?half_=C3?= =?utf-8?q?=9C?="),
    ("encoded_words_are_right", "marketing", b'"Ada Lovelace"', b'"=?utf-8?q?Ada?="'),
    ("nothing_hidden_in_words", "marketing", b"News for Ada", b"=?utf-8?q?hi=0ABcc=3A_e=40evil.test?="),
    ("not_precedence_bulk", "marketing", b"To: ", b"Precedence: bulk\r\nTo: "),
    ("auto_submitted_is_known", "marketing", b"To: ", b"Auto-Submitted: yes\r\nTo: "),
    ("structure", "marketing", b"multipart/alternative", b"multipart/related"),
    ("structure", "marketing", b"Content-Type: text/plain", b"Content-Type: text/enriched"),
    ("structure", "one_to_one", b"Content-Disposition: attachment", b"Content-Disposition: inline"),
    ("boundaries_close", "marketing", b"--\r\n", b"\r\n"),
    ("boundaries_close", "marketing", b' boundary="=_', b' boundary="=_' + b"a" * 70),
    ("charset_is_utf8", "marketing", b"text/html; charset=utf-8", b"text/html; charset=latin-1"),
    ("charset_is_utf8", "marketing", b"=C3=9C", b"=C3=C3"),
    ("encodings_carry", "marketing", b"Encoding: quoted-printable", b"Encoding: 8bit"),
    ("no_marks_left", "marketing", b"=C3=9C", b"=EE=80=80"),
    ("links_are_harmless", "marketing", b'"https://crm.example/c/', b'"java=0Ascript:alert(1)//'),
    ("file_names_are_names", "one_to_one", b'filename="plan.pdf"', b'filename="../plan.pdf"'),
    ("file_names_are_names", "one_to_one", b'filename="plan.pdf"', b"filename=plan pdf"),
    ("one_click", "marketing", b"<https://crm.example/u/", b"<http://crm.example/u/"),
    ("one_click", "marketing", b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Yes"),
    ("unsubscribe_by_mail", "marketing", b"<mailto:", b"<sms:"),
    ("unsubscribe_by_mail", "marketing", b"<mailto:", b"<mailto:" + b"a" * 40),
    ("list_id", "marketing", b"<news.crm.example>", b"news"),
    ("feedback_id", "marketing", b"Feedback-ID: ", b"Feedback-ID: a b "),
    ("visible_way_out", "marketing", b'"https://crm.example/u/', b'"https://crm.example/x/'),
    ("postal_address", "marketing", POSTAL.encode(), b"somewhere"),
    ("nobody_named_in_addresses", "marketing", TOKEN, b"ada@example.com"),
    ("no_list_fields_elsewhere", "one_to_one", b"To: ", b"List-Id: <a.b>\r\nTo: "),
    ("no_list_fields_elsewhere", "transactional", b"To: ", b"Feedback-ID: a\r\nTo: "),
    ("no_way_out_elsewhere", "one_to_one", b">Shop<", b">Unsubscribe<"),
    ("no_way_out_elsewhere", "one_to_one", b"https://crm.example/c/", b"https://crm.example/u/"),
    ("known_fields_only", "marketing", b"To: ", b"X-Evil: 1\r\nTo: "),
    ("known_fields_only", "one_to_one", b"Content-Disposition", b"X-Evil: 1\r\nContent-Disposition"),
    ("message_id_is_on_the_senders_domain", "marketing", b"abcdef@example.com", b"abcdef@elsewhere.example"),
    ("encoded_words_stand_alone", "marketing", b"News for Ada", b"News=?utf-8?q?for?= Ada"),
    ("encoded_words_stand_alone", "marketing", b"News for Ada", b"News for =?utf-8?q?Ada"),
    ("encoded_words_stand_alone", "marketing", b"Feedback-ID: 42", b"Feedback-ID: =?utf-8?q?42?= 42"),
    ("nothing_hidden_in_words", "marketing", b"News for Ada", b"=?utf-8?b?4oCuZmRwLmV4ZQ==?="),
    ("file_names_decode", "one_to_one", b'filename="plan.pdf"', b"filename*0*=utf-8''pl;\r\n filename*2*=an.pdf"),
    ("file_names_decode", "one_to_one", b'filename="plan.pdf"', b"filename*=utf-8''pl%C3.pdf"),
    ("file_names_decode", "one_to_one", b'filename="plan.pdf"', b"filename*=utf-8''pl%0D%0Aan.pdf"),
    ("file_names_decode", "one_to_one", b'filename="plan.pdf"', b"filename*=utf-8''a(b).pdf"),
    ("file_names_decode", "one_to_one", b'filename="plan.pdf"', b'filename=". ."'),
    ("nobody_named_in_addresses", "marketing", b"https://crm.example/c/", b"https://crm.example/ada%40example.com/c/"),
    ("our_links_are_https", "marketing", b"https://crm.example/c/", b"http://crm.example/c/"),
    ("programs_say_so", "transactional", b"To: ", b"X-To: "),
    ("programs_say_so", "one_to_one", b"To: ", b"Auto-Submitted: auto-generated\r\nTo: "),
]

# The same for what is about the envelope: the rule, and what to change of a right one.
WAY = Way("grace@example.com", ("ada@example.com",), (f"SIZE={len(MARKETING)}",))
STRAY: list[tuple[str, dict[str, Any]]] = [
    ("size_is_true", {"options": ("SIZE=1",)}),
    ("smtputf8_only_where_needed", {"options": ("SMTPUTF8",)}),
    ("smtputf8_only_where_needed", {"recipients": ("zoë@example.com",)}),
    ("body_is_declared", {"options": ("BODY=8BITMIME",)}),
    ("header_names_the_recipient", {"recipients": ("eve@example.com",)}),
    ("header_names_the_recipient", {"recipients": ("ada@example.com", "eve@example.com")}),
    ("sender_is_aligned", {"sender": "grace@elsewhere.example"}),
    ("paths_fit", {"sender": "r" * 65 + "@example.com"}),
    ("paths_fit", {"recipients": ("ada@EXAMPLE.com",)}),
]


def test_right_messages_have_no_violation() -> None:
    assert lint(MARKETING, purpose="marketing", postal_address=POSTAL) == []
    assert lint(PERSONAL, purpose="one_to_one") == []


@pytest.mark.parametrize(("rule", "purpose", "old", "new"), BROKEN)
def test_a_rule_finds_its_violation(rule: str, purpose: str, old: bytes, new: bytes) -> None:
    right = MARKETING if purpose == "marketing" else PERSONAL
    assert old in right
    found = lint(right.replace(old, new), purpose=purpose, postal_address=POSTAL)
    assert rule in {violation.partition(":")[0] for violation in found}, found


def test_an_empty_part_and_a_text_without_the_links_are_found() -> None:
    links = "".join(f'<a href="https://a.example/{number}">x</a>' for number in range(9))
    poor = built_without_lint(links, "nothing here")
    assert "parts_lead_to_the_same" in names(poor)
    assert "both_parts_speak" in names(built_without_lint("<p>x</p>", "{{ contact.nothing_at_all }}"))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"<ada@", "<zoë@".encode(), ""),
        (b"<ada@", b"<zo\xeb@", "utf8_in_addresses_only"),
        (b"Subject: News", "Subject: Nëws".encode(), "utf8_in_addresses_only"),
        (b"=C3=9C", b"\xc3\x9c", "seven_bit"),
    ],
)
def test_beyond_ascii_only_addresses_are_right_and_only_under_smtputf8(old: bytes, new: bytes, rule: str) -> None:
    raw = MARKETING.replace(old, new)
    found = {one.partition(":")[0] for one in lint(raw, purpose="marketing", postal_address=POSTAL, way=UTF8)}
    assert rule in found if rule else not found
    assert "seven_bit" in {one.partition(":")[0] for one in lint(raw, purpose="marketing")}


@pytest.mark.parametrize(("rule", "changed"), STRAY)
def test_a_rule_finds_what_is_wrong_with_an_envelope(rule: str, changed: dict[str, Any]) -> None:
    assert lint(MARKETING, purpose="marketing", way=WAY) == []
    assert rule in found(MARKETING, way=replace(WAY, **changed))


def test_a_person_may_send_copies_that_nobody_sees() -> None:
    way = Way("grace@example.com", ("ada@example.com", "boss@example.com"))
    assert lint(PERSONAL, purpose="one_to_one", way=way) == []


def test_messages_are_judged_together() -> None:
    other = MARKETING.replace(b"<ada@", b"<eve@")
    assert lint_together([MARKETING, MARKETING, other.replace(b"0123456789abcdef@", b"f@")]) == []
    assert [one.partition(":")[0] for one in lint_together([MARKETING, other])] == ["message_ids_are_unique"]
    longer = other.replace(b"0123456789abcdef@", b"f@").replace(b"/c/", b"/c/longer")
    assert "tokens_have_one_length" in {one.partition(":")[0] for one in lint_together([MARKETING, longer])}


def test_a_text_that_says_something_else_is_found() -> None:
    words = "<p>Spring collection arrives Thursday with twelve linen jackets, leather shoes, cotton shirts</p>"
    assert "parts_say_the_same" in names(built_without_lint(words, "Please open this message in a browser."))


def test_every_rule_has_a_message_that_breaks_it() -> None:
    tested = {rule for rule, *_ in BROKEN} | {rule for rule, _ in STRAY}
    tested |= {"both_parts_speak", "parts_lead_to_the_same", "utf8_in_addresses_only", "parts_say_the_same"}
    # Of signatures: tests/messaging/test_dkim_lint.py.
    assert {rule.__name__ for rule in rules if not rule.__name__.startswith("signature_")} == tested
    assert {rule.__name__ for rule in together_rules} == {"message_ids_are_unique", "tokens_have_one_length"}


def test_the_docs_have_every_rule() -> None:
    told = Path("docs/wire.md").read_text()
    assert [rule.__name__ for rule in [*rules, *together_rules] if f"`{rule.__name__}`" not in told] == []


def test_every_rule_says_where_it_comes_from() -> None:
    assert all(rule.__doc__ for rule in rules)


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"x", b"\x00\xff" * 50, b":\r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\n"]
)
def test_anything_at_all_can_be_read(raw: bytes) -> None:
    assert lint(raw, purpose="marketing")


def built_without_lint(html: str, text: str) -> bytes:
    from messaging.compilation import render_slots
    from messaging.mime import build

    mailing = compiled(html=html, text=text, purpose="transactional", extra_fields=("contact.nothing_at_all",))
    return build(mailing, render_slots(mailing, recipient()), facts())


def found(raw: bytes, *, way: Way | None = None) -> set[str]:
    return {violation.partition(":")[0] for violation in lint(raw, purpose="marketing", way=way)}


def names(raw: bytes) -> set[str]:
    return {violation.partition(":")[0] for violation in lint(raw, purpose="transactional")}
