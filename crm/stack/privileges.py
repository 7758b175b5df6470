"""PostgreSQL refuses to run as root: here is how it runs as somebody else when we are root."""

import os
import pwd
import shutil
from pathlib import Path

from crm.stack.failures import CannotStart

# Bits of the masks in /proc/self/status (capabilities(7)).
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SETUID, CAP_SETPCAP = 1, 2, 7, 8


def unprivileged(folder: Path) -> tuple[list[str], int | None]:
    """What to put before a command that must not be root, and the user id it then has (None: our own).

    `folder` is the command's data folder: who owns it runs it, and `nobody` where root does. The clone and its data
    often lie below folders that only root may enter (mode 0700), so the one capability to pass through folders is
    kept; opening those folders to everybody would be worse. Raises CannotStart where root lacks what this takes.
    """
    if os.geteuid() != 0:
        return [], None
    tool = shutil.which("setpriv")
    pass_through = _capability()
    if tool is None or pass_through is None:
        raise CannotStart(
            "PostgreSQL does not run as root, and this machine gives no way to start it as another user "
            "(setpriv from util-linux, and the capabilities setuid, setpcap and dac_read_search). "
            "Start Relay as a normal user, or set DATABASE_URL to a server of your own."
        )
    owner = folder.stat().st_uid if folder.exists() else 0
    user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    words = [tool, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs"]
    # access(2), by which initdb looks for its programs, sets capabilities aside without this bit (capabilities(7)).
    words += ["--securebits=+no_setuid_fixup"]
    words += [f"--inh-caps=+{pass_through}", f"--ambient-caps=+{pass_through}", "--pdeathsig=INT", "--"]
    return words, user.pw_uid


def _capability() -> str | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    permitted = next(int(line.split()[1], 16) for line in status.read_text().splitlines() if line.startswith("CapPrm"))
    if not (permitted >> CAP_SETUID & 1 and permitted >> CAP_SETPCAP & 1):
        return None
    # Containers often withhold the weaker one and give the stronger.
    for bit, name in ((CAP_DAC_READ_SEARCH, "dac_read_search"), (CAP_DAC_OVERRIDE, "dac_override")):
        if permitted >> bit & 1:
            return name
    return None
