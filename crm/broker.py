"""What kombu's Redis transport does not get right by itself."""

from typing import Any

from kombu.transport import virtual
from kombu.transport.redis import Channel, QoS


class LettingGo(QoS):
    """Counts a task as done with, whether or not Redis could be told.

    kombu notes that a task was acknowledged only after Redis has heard so. When Redis is away at that moment, Celery
    logs it and goes on, and the task takes up a place of the worker's prefetch for ever: a worker with as many of
    them as processes takes nothing more, and looks well. Redis hands such a task out again after the visibility
    timeout; ours do not mind (docs/delivery.md, "Tasks are hints").
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        finally:
            self._let_go(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        finally:
            self._let_go(delivery_tag)

    def _let_go(self, delivery_tag: Any) -> None:
        virtual.QoS.ack(self, delivery_tag)  # a set: twice is once


def let_go_of_tasks() -> None:
    """Have all connections to Redis keep count in this way."""
    Channel.QoS = LettingGo
