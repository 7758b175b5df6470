"""What can keep a campaign's action from being done. All are expected, and say why in words for the user."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from campaigns.checks import Finding


class WrongStatus(Exception):
    """The campaign is not in a status in which this can be done; `status` is the one it is in."""

    permanent = True

    def __init__(self, status: str, words: str) -> None:
        super().__init__(_("This cannot be done: the campaign is %s.") % words.lower())
        self.status = status


class CampaignNotReady(Exception):
    """Checks that block; `findings` lists them."""

    permanent = True

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(finding.message for finding in findings))
        self.findings = list(findings)


class ContentChanged(Exception):
    """Somebody else saved the content since it was loaded."""

    permanent = True

    def __init__(self) -> None:
        super().__init__(_("Somebody else has changed this content meanwhile. Reload the page to see it."))
