"""Makes or renews .venv from a lock file, with nothing but Python's own library. Called by bin/run and bin/test.

    make_environment.py requirements.lock | requirements-dev.lock

A copy of the lock file in .venv tells what is installed, so an unchanged one costs nothing. Two calls at once wait
for each other.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
VENV = TOP / ".venv"
PYTHON = VENV / "bin" / "python"
# Pure Python whose authors publish no wheel. Everything else comes ready made: no compiler is asked for.
SOURCE_ONLY = ("dkimpy",)


def main() -> int:
    lock = TOP / sys.argv[1]
    with (TOP / ".venv.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not installed(lock):
            make(lock)
    return 0


def installed(lock: Path) -> bool:
    """Whether .venv works and was made from this very lock file."""
    copy = VENV / lock.name
    return works() and copy.exists() and copy.read_bytes() == lock.read_bytes()


def works() -> bool:
    """Whether .venv's Python starts and has pip; a folder that was moved or copied here may not."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0


def make(lock: Path) -> None:
    """Make .venv if it does not work, then install what the lock names, each file by its hash."""
    if not works():
        print("Making .venv ...", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        if subprocess.run([sys.executable, "-m", "venv", VENV]).returncode:
            sys.exit("Python's venv module does not work here. On Debian and Ubuntu: apt install python3-venv")
    print(f"Installing {lock.name} ...", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
    command += ["--only-binary", ":all:", "--no-binary", ",".join(SOURCE_ONLY), "--requirement", str(lock)]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    if subprocess.run(command, env=environment).returncode:
        sys.exit("The packages could not be installed: see pip's words above.")
    # The development lock holds all that the other one holds, in the same versions.
    for each in (TOP / "requirements.lock", lock):
        shutil.copyfile(each, VENV / each.name)


if __name__ == "__main__":
    raise SystemExit(main())
