"""One connection of a switchboard, and what it is busy with."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from messaging.outbox.items import Item
from messaging.smtp.connection import Talk
from messaging.transports import Answer, Conversing


@dataclass(eq=False, slots=True)
class Caller:
    """One connection: the message it hands over, and the one that its server has been told comes next."""

    transport: Conversing
    permit: str
    item: Item | None = None
    following: Item | None = None
    talk: Talk[Answer] | None = None
    # While it talks: whether it waits to write, and until when.
    writes: bool = False
    until: float = 0.0
    began: float = 0.0
    # Since when it has nothing to do.
    idle_since: float = field(default_factory=time.monotonic)
    # What went wrong when the connection was opened.
    problem: Answer | None = None
    # The socket that is being listened to.
    fd: int = -1
    # Whether the connection has been used, and whether this message has already met a dead one.
    used: bool = False
    again: bool = False
