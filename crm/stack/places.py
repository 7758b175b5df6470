"""Where the embedded stack keeps things, worked out from the data folder alone, so that any process finds it."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

# sun_path holds 108 bytes with the final NUL (unix(7)); the longest name we put into the folder is
# "/postgres/.s.PGSQL.5432" with ".lock" behind it.
SOCKET_FOLDER_MAX = 107 - len("/postgres/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Places:
    """Paths under one data folder."""

    data: Path

    @property
    def run(self) -> Path:
        """Folder of the sockets: in the data folder, or in the temporary folder if that name is too long for a socket.

        The second is named after the data folder and the user, so that `manage.py shell` finds it too.
        """
        inside = self.data / "run"
        if len(os.fsencode(inside)) <= SOCKET_FOLDER_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"relay-{os.getuid()}-{digest}"

    @property
    def postgres_data(self) -> Path:
        return self.data / "postgres"

    @property
    def postgres_run(self) -> Path:
        return self.run / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.data / "redis"

    @property
    def redis_socket(self) -> Path:
        return self.run / "redis.sock"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def lock(self) -> Path:
        return self.data / "up.lock"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}?db=0"
