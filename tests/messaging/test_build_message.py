"""Building: whatever is in a name, subject or field, the message is right on the wire and says it."""

import datetime as dt
import json
import quopri
import re
from collections import Counter
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as of
from hypothesis import strategies as st

from messaging.compilation import render_slots
from messaging.compilation.quoted_printable import encode_slot
from messaging.mime import (
    AddressRefused,
    Attachment,
    BuildError,
    build,
    clean_header_value,
    new_message_id,
    render_html,
    wire_address,
)
from messaging.tokens import message_token, purpose_token
from messaging.wirelint import lint
from tests.messaging.mailings import DATE, POSTAL, built, compiled, facts, recipient

NAUGHTY: list[str] = json.loads((Path(__file__).parent / "samples" / "blns.json").read_text())
HOSTILE = [
    "a\r\nBcc: evil@evil.test",
    "a\nBcc: evil@evil.test",
    "a\rBcc: evil@evil.test",
    "=?utf-8?q?hi=0ABcc=3A_evil=40evil.test?=",
    "=?utf-8?b?aGkNCkJjYzogZXZpbEBldmlsLnRlc3Q=?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fhi=3D0ABcc=3D3A=5Fx=3F=3D?=",
    "nul\x00 bell\x07 nel\x85 ls\u2028 ps\u2029 rlo\u202e",
    "x" * 10_000,
    "word " * 2_000,
    "Ünïcödé 日本語 " * 500,
    "=?",
    "=?utf-8?q?broken",
    "\ud800 lone",
    '"quoted", <angle@evil.test>, (comment) \\ ; : @',
    "From nobody\n.\nFrom nobody\n..\n",
    ".",
    "=3D=\n= \t",
    " \t ",
    "<b>&amp;</b>",
    "{{ contact.email }} {% if %}",
    "\ue0001\ue001\ue0021\ue003",
]
texts = st.text(max_size=120) | st.sampled_from(HOSTILE) | st.sampled_from(NAUGHTY)
MAILING = compiled(
    subject="{{ contact.first_name }} & {{ contact.fields.plan | default: 'you' }}",
    html='<p title="{{ contact.city }}">{{ contact.first_name }}</p>{% if contact.city %}<i>{{ contact.city }}</i>'
    '{% endif %}<a href="https://a.example/{{ contact.last_name }}">x</a><pre>\n{{ contact.last_name }}\n</pre>',
    preheader="{{ contact.last_name }}",
)


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy)


def part(raw: bytes, kind: str) -> str:
    body = parsed(raw).get_body((kind,))
    assert body is not None
    return str(body.get_content())


@given(texts, texts, texts, texts)
@of(max_examples=300, deadline=None)
def test_no_value_breaks_a_message(first: str, last: str, city: str, plan: str) -> None:
    values = recipient(first_name=first, last_name=last, city=city, fields={"plan": plan})
    raw = built(MAILING, values, to_name=f"{first} {last}")
    names = Counter(name.lower() for name in parsed(raw).keys())  # noqa: SIM118 - a message may repeat a key
    assert names == dict.fromkeys(names, 1)
    assert set(names) == {
        *("from", "to", "subject", "date", "message-id", "mime-version", "content-type"),
        *("list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id"),
    }


@given(texts, texts)
@of(max_examples=200, deadline=None)
def test_both_parts_decode_to_what_was_meant(first: str, last: str) -> None:
    values = recipient(first_name=first, last_name=last)
    slots = render_slots(MAILING, values)
    raw = build(MAILING, slots, facts())
    shown = render_html(MAILING, slots, facts(), tracked=True)
    assert part(raw, "html").replace("\r\n", "\n") == shown


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", ["to_name", "from_name", "list_name", "subject", "in_reply_to", "references", "cc"])
def test_no_field_can_write_a_header(field: str, hostile: str) -> None:
    mailing = compiled(subject="{{ contact.first_name }}", text="x {{ unsubscribe_url }} {{ sender.address }}", html="")
    changed: dict[str, Any] = {} if field == "subject" else {field: hostile}
    if field == "cc":
        changed = {"cc": ((hostile, "carl@example.com"), ("Eve", "eve@example.com"))}
    if field == "from_name":
        changed["from_email"] = "grace@example.com"
    values = recipient(first_name=hostile if field == "subject" else "Ada")
    if field == "subject" and not clean_header_value(hostile):
        return
    raw = built(mailing, values, **changed)
    assert "evil" not in str(parsed(raw).get("bcc", ""))
    assert b"\nBcc" not in raw


@given(st.text(min_size=1, max_size=200))
@of(max_examples=300, deadline=None)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    # The compiler's own characters are taken out of values.
    meant = clean_header_value(re.sub("[\ue000-\ue00f]", "", subject))
    mailing = compiled(subject="{{ contact.first_name }}!", html="<p>x</p>", purpose="transactional")
    raw = built(mailing, recipient(first_name=subject), token=facts().token)
    got = str(parsed(raw)["subject"])
    # The parser reads spaces between folded words as it likes.
    assert "".join(got.split()) == "".join((meant + "!").split()) or "=?" in meant


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ada Lovelace", 'To: "Ada Lovelace" <ada@example.com>'),
        ("", "To: ada@example.com"),
        ("Lovelace, Ada", 'To: "Lovelace, Ada" <ada@example.com>'),
        ('Ada "the Countess"', r'To: "Ada \"the Countess\"" <ada@example.com>'),
        ("Zoë", "To: =?utf-8?b?Wm/Dqw==?= <ada@example.com>"),
        ("Ada@example", 'To: "Ada@example" <ada@example.com>'),
    ],
)
def test_display_names_are_quoted_or_encoded_where_needed(name: str, written: str) -> None:
    assert f"\r\n{written}\r\n".encode() in built(compiled(), to_name=name)


def test_encoded_words_are_split_between_characters() -> None:
    raw = built(compiled(), to_name="日本語" * 60)
    (written,) = [value for name, value in message_from_bytes(raw).items() if name == "To"]
    assert str(make_header(decode_header(written))) == "日本語" * 60 + " <ada@example.com>"


def test_the_same_slots_and_facts_give_the_same_bytes() -> None:
    slots = render_slots(MAILING, recipient())
    assert build(MAILING, slots, facts()) == build(MAILING, json.loads(json.dumps(slots)), facts())


def test_marketing_mail_can_be_left_with_one_click() -> None:
    raw = built(compiled())
    token = facts().unsubscribe_token
    mail = parsed(raw)
    assert mail["List-Unsubscribe"] == f"<https://crm.example/u/{token}>, <mailto:u+{token}@in.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "News <news.crm.example>"
    for kind in ("plain", "html"):
        assert f"https://crm.example/u/{token}" in part(raw, kind)
        assert POSTAL in part(raw, kind)


def test_a_reply_domain_may_be_international() -> None:
    assert b"@xn--bcher-kva.example>" in built(compiled(reply_domain="bücher.example"))


def test_without_a_domain_of_ours_leaving_by_mail_goes_to_the_sender() -> None:
    raw = built(compiled(reply_domain=""))
    assert (
        f"<mailto:grace@example.com?subject=unsubscribe%20{facts().unsubscribe_token}>"
        in parsed(raw)["List-Unsubscribe"]
    )


def test_a_senders_odd_address_is_escaped_in_the_way_out_by_mail() -> None:
    raw = built(compiled(reply_domain="", from_email="a&b%c?d@example.com"))
    assert b"<mailto:a%26b%25c%3Fd@example.com?subject=" in raw


@pytest.mark.parametrize("purpose", ["transactional", "one_to_one"])
def test_other_mail_has_no_list_fields(purpose: Any) -> None:
    raw = built(compiled(purpose=purpose), list_id="news.crm.example")
    assert not [name for name in parsed(raw).keys() if name.lower().startswith("list-")]  # noqa: SIM118
    assert b"nsubscribe" not in raw


def test_what_a_program_wrote_says_so() -> None:
    assert parsed(built(compiled(), auto_submitted=True))["Auto-Submitted"] == "auto-generated"
    assert parsed(built(compiled()))["Auto-Submitted"] is None


def test_an_answer_names_what_it_answers() -> None:
    raw = built(
        compiled(purpose="one_to_one"),
        in_reply_to="<b@example.com>",
        references=" ".join(f"<{number}@example.com>" for number in range(60)) + " junk <b@example.com>",
    )
    mail = parsed(raw)
    assert mail["In-Reply-To"] == "<b@example.com>"
    ids = str(mail["References"]).split()
    assert (ids[0], ids[-1], len(ids)) == ("<0@example.com>", "<b@example.com>", 20)


def test_a_plain_message_is_one_part() -> None:
    raw = built(
        compiled(html="", text="Hello {{ contact.first_name }}", purpose="one_to_one"), cc=(("", "b@example.com"),)
    )
    mail = parsed(raw)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == "Hello Ada\r\n" or mail.get_content() == "Hello Ada\n"
    assert mail["Cc"] == "b@example.com"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("Überblick 日本.pdf", "Überblick 日本.pdf"),
        ("日本語" * 30 + ".pdf", "日本語" * 30 + ".pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ('a"b;c.txt', "a_b;c.txt"),
        ("=?utf-8?q?hi=0ABcc=3A_e=40evil.test?=", "hi Bcc_ e@evil.test"),
        ("a\r\nX-Evil: 1", "a X-Evil_ 1"),
        ("", "file"),
    ],
)
def test_files_travel_under_their_names(name: str, shown: str) -> None:
    data = bytes(range(256)) * 20
    raw = built(compiled(purpose="one_to_one"), attachments=(Attachment(name, "application/pdf", data),))
    mail = parsed(raw)
    assert mail.get_content_type() == "multipart/mixed"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (shown, data)
    assert mail.get_body(("html",)) is not None


@pytest.mark.parametrize("kind", ["text/x\r\nX-Evil: 1", "multipart/mixed", "message/rfc822", "nonsense"])
def test_a_file_of_no_proper_type_is_bytes(kind: str) -> None:
    raw = built(compiled(purpose="one_to_one"), attachments=(Attachment("a", kind, b"x"),))
    (file,) = parsed(raw).iter_attachments()
    assert file.get_content_type() == "application/octet-stream"


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("Ada@Example.COM", "Ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("o'neil+x@example.com", "o'neil+x@example.com"),
        ("a..b@docomo.example", '"a..b"@docomo.example'),
        ('"a b"@example.com', '"a b"@example.com'),
        ("zoë@bücher.example", "zoë@xn--bcher-kva.example"),
        ("zoe\u0308@example.com", "zoë@example.com"),
        ("用户+x@example.com", "用户+x@example.com"),
    ],
)
def test_addresses_are_written_as_servers_need_them(address: str, wire: str) -> None:
    assert wire_address(address) == wire
    assert wire.encode() in built(compiled(), to_address=address)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("zo\u202eë@example.com", "bad_local_part"),
        ("zo ë@example.com", "bad_local_part"),
        ("=?utf-8?q?hi=0ABcc=3A_evil?=@example.com", "bad_local_part"),
        ("ë\ud800@example.com", "bad_local_part"),
        ("ë\r\nBcc: x@example.com", "bad_local_part"),
        ("ë" * 33 + "@example.com", "too_long"),
        ("ada@" + "ü" * 300 + ".example", "bad_domain"),
        ("ada@\ud800.example", "bad_domain"),
        ("ada", "no_address"),
        ("@example.com", "no_address"),
        ("a b@example.com", "bad_local_part"),
        ("a\r\nRCPT TO:<b>@example.com", "bad_local_part"),
        ("ada@exa mple.com", "bad_domain"),
        ("ada@[127.0.0.1]", "bad_domain"),
        ("ada@-x.example", "bad_domain"),
        ("ada@example.com\r\nBcc: x", "bad_domain"),
        ("a" * 65 + "@example.com", "too_long"),
        ("a@" + "b" * 64 + ".example", "bad_domain"),
    ],
)
def test_addresses_that_mail_cannot_go_to_are_refused(address: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        build(compiled(), render_slots(compiled(), recipient()), facts(to_address=address))
    assert refused.value.code == code
    assert refused.value.permanent


@pytest.mark.parametrize(
    "changed",
    [
        {"message_id": "<a@b>"},
        {"message_id": "a@b\r\nBcc: x@y"},
        {"list_id": "no dots"},
        {"feedback_id": "a b\r\nBcc: x@y"},
        {"headers": (("Subject", "again"),)},
        {"headers": (("X-A\r\nBcc", "x"),)},
        {"headers": (("List-Help", "x"),)},
        {"token": ""},
        {"token": "short"},
        {"unsubscribe_token": ""},
    ],
)
def test_what_would_break_a_message_is_an_error(changed: dict[str, Any]) -> None:
    with pytest.raises(BuildError):
        build(MAILING, render_slots(MAILING, recipient()), facts(**changed))


def test_further_fields_are_cleaned() -> None:
    # None of ours has any; the lint would call it a stranger.
    changed = facts(headers=(("X-Campaign", "a\r\nBcc: evil@evil.test"),))
    raw = build(compiled(), render_slots(compiled(), recipient()), changed)
    assert parsed(raw)["X-Campaign"] == "a Bcc: evil@evil.test"
    assert parsed(raw)["Bcc"] is None


def test_dates_are_in_universal_time() -> None:
    there = dt.timezone(dt.timedelta(hours=5, minutes=30))
    raw = built(compiled(), date=DATE.astimezone(there))
    assert b"Date: Thu, 05 Mar 2026 12:00:00 +0000\r\n" in raw


def test_new_message_ids_are_on_the_senders_domain_and_never_the_same() -> None:
    made = {new_message_id("bücher.example") for _ in range(100)}
    assert len(made) == 100
    assert all(each.endswith("@xn--bcher-kva.example") for each in made)


@pytest.mark.parametrize(
    "line", [".", "..", ".x", "From me", "From ", "a" * 500, "x=y", "\t", " ", "é" * 200, "=" * 100]
)
def test_lines_that_mail_systems_touch_arrive_untouched(line: str) -> None:
    text = f"{line}\n{line}\n\n{line} end\n{{{{ contact.first_name }}}}\n{{{{ contact.first_name }}}}{line}\n"
    mailing = compiled(html="", text=text, purpose="one_to_one")
    raw = built(mailing, recipient(first_name=line))
    body = raw.partition(b"\r\n\r\n")[2]
    assert not [found for found in body.split(b"\r\n") if found.startswith((b".", b"From "))]
    assert str(parsed(raw).get_content()).replace("\r\n", "\n") == text.replace("{{ contact.first_name }}", line)


def test_the_lint_of_a_finished_message_knows_its_purpose() -> None:
    assert lint(built(compiled()), purpose="one_to_one")


@given(st.text(alphabet=st.sampled_from("ab.=\t \nFrom é日<&"), max_size=300))
@of(max_examples=300, deadline=None)
def test_slots_of_any_length_decode_to_themselves(text: str) -> None:
    data = encode_slot(text)
    assert quopri.decodestring(data).decode().replace("\r\n", "\n") == text
    lines = data.split(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert not [line for line in lines if line.startswith((b".", b"From ")) or line.endswith((b" ", b"\t"))]
    assert data == b"" or data.endswith((b"=\r\n", b"\r\n"))


def test_a_block_with_links_is_the_same_for_all_but_its_tokens() -> None:
    mailing = compiled(
        html='{% if contact.city %}<p>Ünï<a href="https://a.example/">a</a>. '
        '<a href="{{ unsubscribe_url }}">leave</a></p>{% endif %}{{ sender.address }}'
    )
    for number in (1, 2):
        token, leave = message_token(number), purpose_token("unsubscribe", number)
        html = part(built(mailing, token=token, unsubscribe_token=leave), "html")
        assert f"/c/{token}/1" in html
        assert f"/u/{leave}" in html
