"""Capture: mail is kept to be looked at and nothing leaves. The default of a new machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from messaging.providers.kind import ProviderKind, Secrets, TestMessage, TestResult


class CaptureConfig(BaseModel):
    """Nothing to set."""


class Capture(ProviderKind):
    """Keeps mail in the database."""

    key = "capture"
    label = _("Capture")
    summary = _("Mail is kept here to be looked at. Nothing leaves this machine.")
    Config = CaptureConfig
    leaves = False

    def check(self, stored: Mapping[str, Any], secrets: Secrets) -> None:
        """There is nothing that could be wrong."""

    def test(self, stored: Mapping[str, Any], secrets: Secrets, message: TestMessage | None) -> TestResult:
        """Always well: there is nobody to talk to."""
        return TestResult(True, str(_("Mail will be kept under Captured mail; nothing leaves this machine.")))


KIND = Capture()
