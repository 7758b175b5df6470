"""PostgreSQL never runs as root, and reaches its files wherever root may have put them."""

import os
import subprocess
from pathlib import Path

import pytest

from crm.stack.failures import CannotStart
from crm.stack.privileges import unprivileged

PROGRAM = """
import os, sys
assert os.geteuid() != 0
assert os.access(sys.argv[1], os.X_OK), "access(2) says no"
open(sys.argv[1]).close()
"""


def test_it_is_not_root_and_passes_through_folders_that_only_root_may_enter(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    program = tmp_path / "closed" / "program"
    program.touch(mode=0o755)
    before, owner = unprivileged(tmp_path / "data")
    if os.geteuid() != 0:
        assert (before, owner) == ([], None)
        return
    ended = subprocess.run([*before, "/usr/bin/env", "python3", "-c", PROGRAM, str(program)], capture_output=True)
    assert ended.returncode == 0, ended.stderr
    assert owner != 0


def test_the_owner_of_the_data_is_who_runs_it(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 1, 1)
        assert unprivileged(tmp_path)[1] == 1
    else:
        assert unprivileged(tmp_path)[1] is None


def test_root_without_the_means_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("crm.stack.privileges.shutil.which", lambda name: None)
    with pytest.raises(CannotStart, match="DATABASE_URL"):
        unprivileged(tmp_path)
