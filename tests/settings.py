"""Settings of the tests: those of the product, in a data folder of this run's own, with quick password hashes.

The folder is made here, before anything is started, and its name put into the environment, so that worker and web
processes started by tests find the same servers. tests/conftest.py starts the servers and removes the folder.
"""

import os
import tempfile

if "RELAY_TEST_DIR" not in os.environ:
    os.environ["RELAY_TEST_DIR"] = tempfile.mkdtemp(prefix="relay-test-")
    os.environ["RELAY_TEST_OWNER"] = str(os.getpid())
for _name in ("DATABASE_URL", "REDIS_URL", "BASE_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "DEBUG"):
    os.environ.pop(_name, None)
os.environ["RELAY_ENV_FILE"] = os.devnull
os.environ["RELAY_DATA_DIR"] = os.environ["RELAY_TEST_DIR"]
os.environ["BASE_URL"] = os.environ.get("RELAY_TEST_BASE_URL", "http://testserver")

from crm.settings import *  # noqa: E402, F403
from crm.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
ACCOUNT_RATE_LIMITS = False  # tests sign in more often than people; tests/crm/test_sign_in.py turns them on
# Processes beside pytest work on pytest's test database.
if name := os.environ.get("RELAY_TEST_DATABASE"):
    DATABASES["default"]["NAME"] = name
