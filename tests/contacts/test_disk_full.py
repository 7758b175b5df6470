"""A disk that takes no more: said in words, and nothing half-written is left."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.models import Job

pytestmark = pytest.mark.django_db
FILE = b"email,name\n" + b"".join(b"person%d@example.com,Person %d\n" % (n, n) for n in range(20_000))


@pytest.fixture
def small_files() -> Iterator[None]:
    """This process may write no file larger than 100 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, heard)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 kB. Only root may make one."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def refused(client: Client, folder: Path) -> str:
    """The page that refuses an upload; nothing of it is left."""
    answer = client.post(reverse("contacts:import"), {"file": SimpleUploadedFile("people.csv", FILE)})
    assert answer.status_code == 200
    assert not Job.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]
    return answer.content.decode()


def test_an_upload_to_a_full_disk_is_refused_in_words(as_bob: Client, settings: Any, small_disk: Path) -> None:
    settings.MEDIA_ROOT = small_disk
    page = refused(as_bob, small_disk)
    assert "could not be kept on the server: No space left on device. Nothing was imported." in page


def test_an_upload_that_is_too_large_for_the_file_system_is_refused_in_words(
    as_bob: Client, settings: Any, tmp_path: Path, small_files: None
) -> None:
    settings.MEDIA_ROOT = tmp_path
    page = refused(as_bob, tmp_path)
    assert "could not be kept on the server: File too large. Nothing was imported." in page
