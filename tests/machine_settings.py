"""Settings of processes on a stand (tests/fixtures/stand.py): those of the product, told by the environment as
production tells them; only the clock of repairs goes quicker, so that tests need not wait for it."""

import os

os.environ["RELAY_ENV_FILE"] = os.devnull

from crm.schedule import SCHEDULE
from crm.settings import *  # noqa: F403

QUICK = ("sweep-outbox", "start-due-campaigns", "watch-campaigns")
CELERY_BEAT_SCHEDULE = {**SCHEDULE, **{name: {**SCHEDULE[name], "schedule": 1.0} for name in QUICK}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
