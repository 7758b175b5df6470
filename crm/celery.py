"""The Celery app. A task carries ids only; the work itself lives in PostgreSQL rows (ARCHITECTURE: "One outbox")."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("relay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
