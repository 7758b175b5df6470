"""Whether the stack is well, asked as anybody would: over HTTP, at /readyz."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings

from crm.health import heartbeat_key


@dataclass(frozen=True)
class State:
    """Ready, or why not."""

    ready: bool
    reason: str = ""


def ask(host: str, port: int) -> State:
    """Ask /readyz; ready means that every lane's worker has answered, not only one."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    request = urllib.request.Request(f"http://{name}:{port}/readyz", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # our own address
            facts: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        return State(False, error.read().decode(errors="replace")[:400])
    except (OSError, ValueError) as error:
        return State(False, f"the web server does not answer ({error})")
    silent = [lane for lane, age in facts["lanes"].items() if age is None]
    return State(not silent, f"no worker has answered yet for: {', '.join(silent)}" if silent else "")


def forget_heartbeats() -> None:
    """Remove the last run's heartbeats, which would vouch for workers that do not live yet."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(*(heartbeat_key(lane) for lane in settings.LANES))
