"""Settings of the tests: those of the product, in a data folder of this run's own, with quick password hashes.

The folder is made here, before anything is started, and its name put into the environment, so that worker and web
processes started by tests find the same servers. tests/fixtures/servers.py starts these when a test needs them.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _own_folder() -> str:
    folder, owner = tempfile.mkdtemp(prefix="relay-test-"), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not in a fork of ours
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


if "RELAY_TEST_DIR" not in os.environ:
    os.environ["RELAY_TEST_DIR"] = _own_folder()
_OURS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "DEBUG", "ALLOWED_HOSTS")
for _name in (*_OURS, "METRICS_TOKEN"):
    os.environ.pop(_name, None)
Path(os.environ["RELAY_TEST_DIR"], "static").mkdir(exist_ok=True)  # whitenoise warns where there is none
os.environ["RELAY_ENV_FILE"] = os.devnull
os.environ["RELAY_DATA_DIR"] = os.environ["RELAY_TEST_DIR"]
os.environ["BASE_URL"] = os.environ.get("RELAY_TEST_BASE_URL", "http://testserver")
# No address to send to: nobody is asked, and at once. The fixture `dns_server` is asked instead.
os.environ["DNS_SERVERS"] = "127.0.0.1:0"
# Playwright runs an event loop in the test's thread, where Django would refuse the ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from crm.settings import *  # noqa: E402, F403
from crm.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
ACCOUNT_RATE_LIMITS = False  # tests sign in more often than people; tests/crm/test_sign_in.py turns them on
# Processes that tests start work on pytest's test database.
if name := os.environ.get("RELAY_TEST_DATABASE"):
    DATABASES["default"]["NAME"] = name
