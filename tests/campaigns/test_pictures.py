"""Pictures that are uploaded in the editor and loaded by recipients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, data: bytes, name: str = "a.png", kind: str = "image/png") -> Any:
    return client.post(reverse("campaigns:upload"), {"file": SimpleUploadedFile(name, data, kind)})


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0 jpeg", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF0000WEBPVP8 ", "image/webp"),
    ],
)
def test_a_picture_can_be_loaded_by_anybody_who_was_sent_it(as_bob: Client, data: bytes, kind: str) -> None:
    url = upload(as_bob, data).json()["url"]
    answer = Client().get(url.removeprefix("http://testserver"))
    assert b"".join(answer.streaming_content) == data  # type: ignore[attr-defined]
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_same_picture_twice_is_one(as_bob: Client, tmp_path: Path) -> None:
    assert upload(as_bob, PNG).json() == upload(as_bob, PNG, name="other.png").json()
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html>", b"", b"MZ\x90"]
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(as_bob: Client, data: bytes) -> None:
    answer = upload(as_bob, data)
    assert answer.status_code == 422
    assert "message" in answer.json()


def test_a_picture_that_is_too_large_is_refused_with_its_size(as_bob: Client) -> None:
    answer = upload(as_bob, PNG + b"0" * 5_000_000)
    assert answer.status_code == 422
    assert "5.0 MB" in answer.json()["message"]


@pytest.mark.parametrize("name", ["x.png", "..%2f..%2fsecret_key", f"{'0' * 32}.png", f"{'0' * 32}.svg"])
def test_other_names_lead_nowhere(client: Client, name: str) -> None:
    assert client.get(f"/campaigns/images/{name}").status_code == 404


def test_who_may_not_write_campaigns_uploads_nothing(as_charlie: Client) -> None:
    assert upload(as_charlie, PNG).status_code == 403
