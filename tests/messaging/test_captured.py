"""Captured mail: everything of it can be seen, and nothing in it can run."""

from __future__ import annotations

import pytest
from django.test import Client

from messaging.models import CapturedMail

pytestmark = pytest.mark.django_db

RAW = (
    b"From: Bob <bob@example.com>\r\nTo: ada@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello in text <script>alert(1)</script>\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p><script>alert(document.cookie)</script>\r\n"
    b"--b--\r\n"
)


@pytest.fixture
def mail() -> CapturedMail:
    return CapturedMail.objects.create(mail_from="bob@example.com", rcpt_to="ada@example.com", subject="Grüße", raw=RAW)


def test_a_captured_mail_shows_text_headers_and_source(as_alice: Client, mail: CapturedMail) -> None:
    assert "Grüße" in as_alice.get("/mail/captured/").content.decode()
    page = as_alice.get(f"/mail/captured/{mail.pk}/").content.decode()
    assert "Hello in text" in page
    assert "=?utf-8?q?Gr=C3=BC=C3=9Fe?=" in page
    assert "<script>alert" not in page


def test_its_frame_is_sandboxed_and_fetches_no_remote_images(as_alice: Client, mail: CapturedMail) -> None:
    answer = as_alice.get(f"/mail/captured/{mail.pk}/body/")
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "img-src data: 'self'" in policy
    assert b"<p>Hello</p>" in answer.content


def test_it_can_be_downloaded_byte_by_byte(as_alice: Client, mail: CapturedMail) -> None:
    answer = as_alice.get(f"/mail/captured/{mail.pk}/download/")
    assert answer.content == RAW
    assert answer["Content-Type"] == "message/rfc822"


def test_search_finds_by_recipient_or_subject(as_alice: Client, mail: CapturedMail) -> None:
    assert "Grüße" in as_alice.get("/mail/captured/?q=ada@").content.decode()
    assert "Grüße" not in as_alice.get("/mail/captured/?q=nobody").content.decode()


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe garbage", b"Content-Type: text/html; charset=no-such\r\n\r\n<p>x</p>", RAW[:150]]
)
def test_broken_mail_is_shown_as_well_as_can_be(as_alice: Client, raw: bytes) -> None:
    broken = CapturedMail.objects.create(rcpt_to="x@example.com", raw=raw)
    assert as_alice.get(f"/mail/captured/{broken.pk}/").status_code == 200


def test_pages_go_by_key(as_alice: Client) -> None:
    CapturedMail.objects.bulk_create(
        CapturedMail(rcpt_to=f"n{n}@example.com", subject=f"Number {n};", raw=RAW) for n in range(120)
    )
    first = as_alice.get("/mail/captured/").context["page"]
    second = as_alice.get(f"/mail/captured/{first.next_url}").context["page"]
    third = as_alice.get(f"/mail/captured/{second.next_url}").context["page"]
    subjects = [row.subject for page in (first, second, third) for row in page.rows]
    assert subjects == [f"Number {n};" for n in reversed(range(120))]
    back = as_alice.get(f"/mail/captured/{third.previous_url}").context["page"]
    assert [row.pk for row in back.rows] == [row.pk for row in second.rows]
    assert third.next_url == ""


def test_only_administrators_see_captured_mail(as_bob: Client, mail: CapturedMail) -> None:
    for path in ("", f"{mail.pk}/", f"{mail.pk}/body/", f"{mail.pk}/download/"):
        assert as_bob.get(f"/mail/captured/{path}").status_code == 403
