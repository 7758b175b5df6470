"""Settings. Everything that differs between installations comes from the environment (.env.example says what)."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE
from django.templatetags.static import static

from crm.keys import kept_key, new_encryption_key, new_secret_key
from crm.logs import logging_config
from crm.schedule import LANES as LANES
from crm.schedule import SCHEDULE
from crm.stack.places import Places

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(env.str("RELAY_ENV_FILE", default=str(BASE_DIR / ".env")))

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("RELAY_DATA_DIR", default=str(BASE_DIR / "var"))).expanduser().resolve()
PLACES = Places(DATA_DIR)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()

# Secrets ----------------------------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_key(DATA_DIR / "secret_key", new_secret_key)
# Fernet keys for secrets at rest (passwords of providers and mailboxes), newest first: the first encrypts, all decrypt.
ENCRYPTION_KEYS: list[str] = env.list("ENCRYPTION_KEYS", default=[]) or [
    kept_key(DATA_DIR / "encryption_key", new_encryption_key)
]

# Addresses --------------------------------------------------------------------------------------------------------
# `up` knows the port; it says so by BASE_URL_DEFAULT, which a BASE_URL of the environment or of .env overrules.
BASE_URL = env.str("BASE_URL", default=env.str("BASE_URL_DEFAULT", default="http://localhost:8000")).rstrip("/")
_base = urlsplit(BASE_URL)
_https = _base.scheme == "https"
ALLOWED_HOSTS = sorted(
    {"localhost", "127.0.0.1", "[::1]", _base.hostname or "localhost", *env.list("ALLOWED_HOSTS", default=[])}
)
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"] if _base.netloc else []
# Behind a proxy that ends TLS and overwrites this header; off by default, since a client could set it otherwise.
if env.bool("TRUST_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # whose X-Forwarded-For names the client, for the limits on sign-in

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600 if _https else 0)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # previews of mail are shown in frames of our own

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        # The nonce is for Trix, which adds one style element of its own.
        "style-src": ["'self'", NONCE],
        "img-src": ["'self'", "data:", "https:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

# Private networks and hosts that mail may be handed to, and provider APIs be asked at (messaging/hosts.py).
RELAY_ALLOW_PRIVATE_HOSTS = env.list("RELAY_ALLOW_PRIVATE_HOSTS", default=["127.0.0.0/8", "::1/128", "localhost"])

# Whom to ask about TXT records (messaging/dns_text.py): addresses, each with a port behind a colon or without.
# Empty: the machine's own resolver.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])

# Application ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",  # before the admin, whose templates it replaces
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "contacts",
    "deals",
    "messaging",
    "campaigns",
    "automations",
    "crm",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.middleware.RequestLogContext",
    "messaging.middleware.AnswerHits",  # before all that opens and clicks have no use for
    "csp.middleware.CSPMiddleware",
    "crm.middleware.AdminContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "crm.middleware.UserTimeZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "crm.shell.shell",
            ],
        },
    },
]

# People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "contacts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "crm.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # users are invited by an administrator; the invitation proves the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody can make us write to a stranger
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or second factor is told to its owner
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Whatever the product has to say leaves through the outbox (crm.accounts); Django's own way out leads nowhere.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
ACCOUNT_PRESERVE_USERNAME_CASING = False
MFA_ADAPTER = "crm.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Relay"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _base.hostname in ("localhost", "127.0.0.1")

# Data -------------------------------------------------------------------------------------------------------------
EMBEDDED_POSTGRES = not env.str("DATABASE_URL", default="")
EMBEDDED_REDIS = not env.str("REDIS_URL", default="")
DATABASES = {
    "default": {
        **(
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "relay",
                "USER": "relay",
                "HOST": str(PLACES.postgres_run),
            }
            if EMBEDDED_POSTGRES
            else env.db("DATABASE_URL")
        ),
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
REDIS_URL = PLACES.redis_url if EMBEDDED_REDIS else env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "relay:cache",
    }
}
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "media/"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = (
    12 * 1024 * 1024
)  # a page of mail with its images; files go to disk and have limits of their own
# How large an imported CSV file may be, in MiB: a million rows have about 150.
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", default=200)

# Words and time ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Work in the background -------------------------------------------------------------------------------------------
# kombu has its own name for Redis on a Unix socket.
CELERY_BROKER_URL = env.str("BROKER_URL", default="") or REDIS_URL.replace("unix://", "redis+socket://", 1).replace(
    "?db=", "?virtual_host=", 1
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Longer than any task may run: Redis hands a task out again after this, and a task in two workers at once costs
# claims that find nothing. Tasks are stopped at 55 minutes, before that happens.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_keepalive": True, "health_check_interval": 30}
CELERY_TASK_TIME_LIMIT = 3300
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_RESULT_BACKEND = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE

# A worker renews its hold on messages every quarter of this time. Who has not for the whole of it is taken for dead,
# and the sweep judges what it held: shorter means sooner, and a machine that was only slow is judged more often.
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=60)

# /metrics answers to who shows this token (Authorization: Bearer …); without one there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Logs -------------------------------------------------------------------------------------------------------------
LOGGING = logging_config(level=LOG_LEVEL, pretty=DEBUG)

# Admin ------------------------------------------------------------------------------------------------------------
# The accent of static/css/tokens.css, and greys without a tint, so that the admin looks like the rest.
UNFOLD = {
    "SITE_TITLE": "Relay",
    "SITE_HEADER": "Relay",
    "SITE_URL": "/",
    "SITE_SYMBOL": "bolt",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/relay.svg")}],
    "SHOW_HISTORY": True,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "base": {
            "50": "oklch(98.5% 0 0)",
            "100": "oklch(96.7% .001 286)",
            "200": "oklch(92% .004 286)",
            "300": "oklch(87.1% .006 286)",
            "400": "oklch(70.5% .015 286)",
            "500": "oklch(55.2% .016 286)",
            "600": "oklch(44.2% .017 286)",
            "700": "oklch(37% .013 286)",
            "800": "oklch(27.4% .006 286)",
            "900": "oklch(21% .006 286)",
            "950": "oklch(14.1% .005 286)",
        },
        "primary": {
            "50": "oklch(96.2% .018 272)",
            "100": "oklch(93% .034 272)",
            "200": "oklch(87% .065 274)",
            "300": "oklch(78.5% .115 274)",
            "400": "oklch(67.3% .182 276)",
            "500": "oklch(58.5% .233 277)",
            "600": "oklch(51.1% .262 276)",
            "700": "oklch(45.7% .24 277)",
            "800": "oklch(39.8% .195 277)",
            "900": "oklch(35.9% .144 278)",
            "950": "oklch(25.7% .09 281)",
        },
    },
}
