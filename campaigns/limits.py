"""When a campaign pauses by itself: its figures say that going on would harm the sender's name. Pure."""

from __future__ import annotations

from django.utils.translation import gettext as _

# Below this many recipients a share says little.
ENOUGH = 200
# Mailbox providers distrust senders above these shares (Google and Yahoo, February 2024: complaints under 0.1 %).
MAX_HARD_BOUNCES = 0.05
MAX_COMPLAINTS = 0.001


def harm(*, handed_over: int, hard_bounces: int, complaints: int) -> str:
    """Why a campaign with these figures should stop, in words, or an empty string."""
    if handed_over < ENOUGH:
        return ""
    if hard_bounces / handed_over >= MAX_HARD_BOUNCES:
        return _("Paused by itself: %(n)s of %(all)s addresses do not exist (%(share)s %%). Check the list.") % {
            "n": hard_bounces,
            "all": handed_over,
            "share": round(hard_bounces * 100 / handed_over, 1),
        }
    if complaints / handed_over >= MAX_COMPLAINTS:
        return _("Paused by itself: %(n)s of %(all)s recipients reported it as spam. Check who is on the list.") % {
            "n": complaints,
            "all": handed_over,
        }
    return ""
