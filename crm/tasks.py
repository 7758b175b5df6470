"""Tasks of the project floor."""

from celery import shared_task

from crm import health


@shared_task(name="crm.heartbeat")
def heartbeat(lane: str) -> None:
    """Answer for a lane: the word came through its queue, and a worker took it."""
    health.note_heartbeat(lane)
