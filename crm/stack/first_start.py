"""The first person who can sign in, and something to look at."""

import io
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from django.contrib.auth.hashers import make_password
from django.core.management import call_command, get_commands

from contacts.models import Role, User
from crm.keys import kept_key

ADMINISTRATOR = "admin@localhost"


@dataclass(frozen=True)
class Login:
    """Words for the terminal: who can sign in, with which password."""

    email: str
    password: str


def is_first() -> bool:
    """Whether nobody can sign in yet."""
    return not User.objects.exists()


def first_login(data: Path, *, demo: bool) -> Login | None:
    """Make the demo data or an administrator where nobody can sign in yet; the login, while its password still holds.

    The password is made here, for this installation only, and kept readable in the data folder until it is changed.
    The demo's team all have it: whoever reads our source must not know a way into somebody's installation.
    """
    path = data / "first_password"
    if is_first():
        if demo and "load_demo" in get_commands():
            call_command("load_demo", stdout=io.StringIO())
        else:
            User.objects.create_superuser(ADMINISTRATOR)
        User.objects.update(password=make_password(kept_key(path, lambda: token_urlsafe(9))))
    return _login(path) if path.exists() else None


def _login(path: Path) -> Login | None:
    user, password = _administrator(), path.read_text().strip()
    if user is None or not user.check_password(password):
        path.unlink()
        return None
    return Login(user.email, password)


def _administrator() -> User | None:
    return User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("id").first()
