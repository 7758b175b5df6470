"""Floor 6: the project. Importing it makes the Celery app the current one, which `shared_task` needs."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]
