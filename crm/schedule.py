"""What beat does, and how often. A task named here repairs or wakes; nothing depends on it running on the second.

Add a line: name, the task's name, seconds between two runs. Words are dropped, not piled up, when no worker takes
them in time (`expires`).
"""

from typing import Any


def every(seconds: float, task: str, *, queue: str) -> dict[str, Any]:
    """A schedule entry: `task` (dotted name) each `seconds`, by the workers of `queue`."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": max(seconds, 10)}}


SCHEDULE: dict[str, dict[str, Any]] = {}
