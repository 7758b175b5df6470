"""System checks: one for each way to misconfigure Relay, each with a hint what to do.

`manage.py check` runs those about settings; `manage.py check --deploy` also asks the servers.
"""

import os
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import redis
from cryptography.fernet import Fernet
from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

Found = list[CheckMessage]
Apps = Sequence[AppConfig] | None

OURS = ("localhost", "127.0.0.1", "::1", "testserver")
BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps", "memory")


@register(Tags.urls)
def base_url(app_configs: Apps, **kwargs: Any) -> Found:
    """BASE_URL is an address people can follow: it stands in every mail."""
    parts = urlsplit(settings.BASE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        hint = "Set BASE_URL to scheme and host only, such as https://crm.example.com"
        return [Error(f"BASE_URL is not a web address: {settings.BASE_URL!r}", hint=hint, id="crm.E001")]
    return []


@register(Tags.security, deploy=True)
def base_url_public(app_configs: Apps, **kwargs: Any) -> Found:
    """What leaves this machine must be reachable, and by https."""
    parts = urlsplit(settings.BASE_URL)
    if parts.hostname in OURS:
        hint = "Set BASE_URL to the address that recipients can reach: links, images and unsubscribing depend on it."
        return [Caution("BASE_URL names this machine only.", hint=hint, id="crm.W002")]
    if parts.scheme == "http":
        hint = "Put a proxy that ends TLS in front and set BASE_URL to https://…; RFC 8058 requires https."
        return [Caution("BASE_URL is not https.", hint=hint, id="crm.W003")]
    return []


@register(Tags.files)
def data_folder(app_configs: Apps, **kwargs: Any) -> Found:
    """The data folder can be written."""
    folder = settings.DATA_DIR
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    hint = "Give the folder to the user that runs Relay, or set RELAY_DATA_DIR to another one."
    return [Error(f"The data folder {folder} cannot be written.", hint=hint, id="crm.E004")]


@register(Tags.security)
def debug_in_public(app_configs: Apps, **kwargs: Any) -> Found:
    """DEBUG shows settings and data to whoever meets an error."""
    if settings.DEBUG and urlsplit(settings.BASE_URL).hostname not in OURS:
        hint = "Remove DEBUG from the environment and from .env."
        return [Error("DEBUG is on, and BASE_URL is not this machine.", hint=hint, id="crm.E005")]
    return []


@register(Tags.security)
def encryption_keys(app_configs: Apps, **kwargs: Any) -> Found:
    """Each encryption key is a Fernet key."""
    hint = (
        "Each key is 32 bytes in URL-safe base64. Make one: "
        'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
    )
    if not settings.ENCRYPTION_KEYS:
        return [Error("ENCRYPTION_KEYS is empty.", hint=hint, id="crm.E006")]
    bad = [number for number, key in enumerate(settings.ENCRYPTION_KEYS, 1) if not _is_fernet(key)]
    return [Error(f"Key {number} of ENCRYPTION_KEYS is no key.", hint=hint, id="crm.E006") for number in bad]


@register(Tags.compatibility)
def addresses_of_servers(app_configs: Apps, **kwargs: Any) -> Found:
    """REDIS_URL and BROKER_URL are of a kind we can speak to; the database is PostgreSQL."""
    found: Found = []
    if urlsplit(settings.REDIS_URL).scheme not in ("redis", "rediss", "unix"):
        hint = "Such as redis://localhost:6379/0, rediss://… for TLS, or unix:///path/redis.sock?db=0"
        found.append(Error("REDIS_URL is not the address of a Redis server.", hint=hint, id="crm.E007"))
    if urlsplit(settings.CELERY_BROKER_URL).scheme not in BROKERS:
        hint = "Leave BROKER_URL out to use Redis, or give amqp://user:password@host/vhost"
        found.append(Error("BROKER_URL is not the address of a broker.", hint=hint, id="crm.E008"))
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        hint = "Set DATABASE_URL to postgres://user:password@host:5432/name, or leave it out for the embedded server."
        found.append(Error("The database is not PostgreSQL.", hint=hint, id="crm.E009"))
    return found


@register(Tags.compatibility, deploy=True)
def redis_keeps_everything(app_configs: Apps, **kwargs: Any) -> Found:
    """Redis answers, never evicts, and writes to disk: queues and buffered opens and clicks live there."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
            append_only = client.config_get("appendonly").get("appendonly")
    except redis.RedisError as error:
        hint = "Start it, or correct REDIS_URL; ./bin/run starts one where REDIS_URL is not set."
        return [Error(f"Redis does not answer ({type(error).__name__}).", hint=hint, id="crm.E010")]
    found: Found = []
    if policy != "noeviction":
        hint = "Set `maxmemory-policy noeviction` in redis.conf, and use another server for caches that may forget."
        found.append(Error(f"Redis may throw queued work away (maxmemory-policy {policy}).", hint=hint, id="crm.E011"))
    if append_only == "no":
        hint = "Set `appendonly yes` in redis.conf. The database repairs what is lost, but later."
        found.append(Caution("Redis forgets queued work when it is restarted.", hint=hint, id="crm.W012"))
    return found


@register(Tags.compatibility, deploy=True)
def broker_answers(app_configs: Apps, **kwargs: Any) -> Found:
    """The broker's port can be reached, where it is not Redis itself."""
    parts = urlsplit(settings.CELERY_BROKER_URL)
    if not parts.scheme.startswith("amqp"):
        return []
    try:
        socket.create_connection((parts.hostname or "localhost", parts.port or 5672), timeout=3).close()
    except OSError as error:
        hint = "Start the broker, or correct BROKER_URL."
        return [Error(f"The broker does not answer ({error.strerror or error}).", hint=hint, id="crm.E013")]
    return []


# Those that need no server; `up` refuses to start where one of them finds something.
OF_SETTINGS = (base_url, data_folder, debug_in_public, encryption_keys, addresses_of_servers)


def _is_fernet(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
