"""Keys that are made on the first start and kept in the data folder, when the environment gives none."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def kept_key(path: Path, make: Callable[[], str]) -> str:
    """The key in `path`; made and written with mode 0600 if there is none yet.

    Safe when several processes start at once: the first to link its file wins and all read that one.
    A folder that cannot be written gives a key for this process only; the check `crm.E004` then tells why.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError:
        return make()
    return _keep(path, make())


def _keep(path: Path, key: str) -> str:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_text().strip()
        finally:
            draft.unlink()
    except OSError:
        return key
    return key


def new_secret_key() -> str:
    """Fifty URL-safe characters or more, as Django's check security.W009 asks."""
    return secrets.token_urlsafe(48)


def new_encryption_key() -> str:
    """A Fernet key: 32 random bytes in URL-safe base64."""
    return Fernet.generate_key().decode()
