"""Every setting is documented, and what is kept for the user is kept well."""

import os
import re
import stat
import tomllib
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.conf import settings

from crm.keys import kept_key, new_encryption_key, new_secret_key
from crm.stack.arguments import into_environment
from crm.stack.places import Places

READ = re.compile(r"""env(?:iron)?\.(?:str|int|bool|list|db|url|float|get)\(\s*["']([A-Z_]+)["']""")
# Said by our own programs to each other, not by people.
INTERNAL = {"BASE_URL_DEFAULT", "RELAY_ENV_FILE"}


def test_each_setting_is_in_the_example() -> None:
    files = [settings.BASE_DIR / "crm" / "settings.py", *(settings.BASE_DIR / "crm" / "stack").glob("*.py")]
    read = {name for path in files for name in READ.findall(path.read_text())} - INTERNAL
    documented = set(re.findall(r"^#?([A-Z_]+)=", (settings.BASE_DIR / ".env.example").read_text(), re.MULTILINE))
    assert {"DATABASE_URL", "WEB_THREADS"} <= read
    assert read == documented


def test_each_dependency_has_its_reason() -> None:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    declared = [re.split(r"[^a-z0-9-]", line, maxsplit=1)[0] for line in lines]
    reasons = (settings.BASE_DIR / "docs" / "dependencies.md").read_text()
    missing = [name for name in declared if name not in reasons and not name.startswith("types-")]
    assert not missing


def test_the_locks_pin_by_hash_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (settings.BASE_DIR / name).read_text()
        assert "://" not in text
        packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert len(packages) > 50
        assert all("==" in package and "--hash=sha256:" in package for package in packages)


def test_a_key_is_made_once_and_for_its_user_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret_key"
    key = kept_key(path, new_secret_key)
    assert len(key) >= 50
    assert kept_key(path, new_secret_key) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_at_once_agree_on_a_key(tmp_path: Path) -> None:
    with get_context("spawn").Pool(4) as pool:
        keys = set(pool.map(_key, [tmp_path / "encryption_key"] * 16))
    assert len(keys) == 1


def _key(path: Path) -> str:
    return kept_key(path, new_encryption_key)


def test_sockets_have_names_that_fit() -> None:
    assert Places(Path("/srv/relay/var")).run == Path("/srv/relay/var/run")
    long = Places(Path("/srv") / ("x" * 120))
    assert len(os.fsencode(long.postgres_run / ".s.PGSQL.5432.lock")) < 108
    assert long.run != Places(Path("/srv") / ("y" * 120)).run


@pytest.mark.parametrize(
    "arguments", [["--data", "here", "--port=8123"], ["--port", "8123", "--no-demo", "--data=here"]]
)
def test_the_command_line_reaches_the_settings(arguments: list[str]) -> None:
    environment: dict[str, str] = {}
    into_environment(arguments, environment)
    assert environment == {
        "RELAY_DATA_DIR": str(Path.cwd() / "here"),
        "BASE_URL_DEFAULT": "http://localhost:8123",
    }
