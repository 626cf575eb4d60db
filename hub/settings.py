"""The only reader of the environment: what differs between a laptop and a cluster is a variable here."""

import json
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from hub.embedded import config as embedded

BASE_DIR = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024


def flag(name: str, default: bool = False) -> bool:
    """Read a yes-or-no variable: 1, true, yes and on mean yes."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    """Read a whole number."""
    return int(os.environ.get(name) or default)


def pair(name: str, default: str) -> tuple[int, int]:
    """Read two whole numbers with a comma between them."""
    first, _, second = (os.environ.get(name) or default).partition(",")
    return int(first), int(second)


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Read IP networks (or single addresses) with commas between them."""
    try:
        return [ip_network(one.strip()) for one in (os.environ.get(name) or "").split(",") if one.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is a list of networks such as 10.1.0.0/16: {error}.") from error


def required(name: str, *, beside: str) -> str:
    """Read a variable that another one needs."""
    value = os.environ.get(name)
    if not value:
        raise ImproperlyConfigured(f"Set {name}, which goes with {beside}.")
    return value


def sign_on_providers(name: str) -> list[dict[str, Any]]:
    """Read a JSON list of OpenID Connect providers, each with id, name, client_id, secret and server_url."""
    needed = {"id", "name", "client_id", "secret", "server_url"}
    try:
        found = json.loads(os.environ.get(name) or "[]")
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no JSON: {error}.") from error
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and needed <= one.keys() for one in found
    ):
        raise ImproperlyConfigured(f"{name} is a JSON list of objects with {', '.join(sorted(needed))}.")
    return [
        {
            "provider_id": one["id"],
            "name": one["name"],
            "client_id": one["client_id"],
            "secret": one["secret"],
            "settings": {"server_url": one["server_url"]},
        }
        for one in found
    ]


PRODUCTION = flag("HUB_PRODUCTION")
DEBUG = False
HUB_DATA = Path(os.environ.get("HUB_DATA") or BASE_DIR / "var").resolve()
HUB_PORT = number("HUB_PORT", 8000)
HUB_BIND = os.environ.get("HUB_BIND") or "127.0.0.1"
HUB_WEB_PROCESSES = number("HUB_WEB_PROCESSES", 2)
HUB_WEB_THREADS = number("HUB_WEB_THREADS", 8)
# Behind a proxy the public address cannot be told from the request; without it links follow the request.
HUB_URL = (os.environ.get("HUB_URL") or "").rstrip("/")
LOCAL_URL = HUB_URL or f"http://127.0.0.1:{HUB_PORT}"

# --- the three stores: given by the environment, or embedded ------------------------------------
EMBEDDED = {
    "postgres": not os.environ.get("DATABASE_URL"),
    "redis": not os.environ.get("REDIS_URL"),
    "s3": not os.environ.get("S3_ENDPOINT_URL"),
}
NEEDS_SECRET = not os.environ.get("HUB_SECRET_KEY")
_services = embedded.load(HUB_DATA) if NEEDS_SECRET or any(EMBEDDED.values()) else None


def given(name: str, attribute: str) -> str:
    """The variable, or what the embedded services say."""
    return os.environ.get(name) or getattr(_services, attribute)


SECRET_KEY = given("HUB_SECRET_KEY", "secret_key")
DATABASES = {
    "default": dj_database_url.parse(
        given("DATABASE_URL", "database_url"),
        engine="hub.postgresql",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
REDIS_URL = given("REDIS_URL", "redis_url")
S3_ENDPOINT_URL = given("S3_ENDPOINT_URL", "s3_endpoint_url")
# The name under which browsers and clients reach the same store; presigned links are made for it.
S3_PUBLIC_ENDPOINT_URL = os.environ.get("S3_PUBLIC_ENDPOINT_URL") or S3_ENDPOINT_URL
if EMBEDDED["s3"]:
    S3_BUCKET, S3_REGION = os.environ.get("S3_BUCKET") or _services.s3_bucket, _services.s3_region
    S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY = _services.s3_access_key_id, _services.s3_secret_access_key
else:
    S3_BUCKET = os.environ.get("S3_BUCKET") or "hub"
    S3_REGION = os.environ.get("S3_REGION") or "us-east-1"
    S3_ACCESS_KEY_ID = required("S3_ACCESS_KEY_ID", beside="S3_ENDPOINT_URL")
    S3_SECRET_ACCESS_KEY = required("S3_SECRET_ACCESS_KEY", beside="S3_ENDPOINT_URL")

# Whether `If-None-Match: *` keeps every PUT from writing over an object, also one that began before there was
# any. Chunks are then verified where they arrive, and not copied away from their links first.
S3_CONDITIONAL_WRITES = flag("S3_CONDITIONAL_WRITES", default=EMBEDDED["s3"])

# --- limits and times, in bytes and seconds -----------------------------------------------------
INLINE_LIMIT = number("HUB_INLINE_LIMIT", 1 * MIB)
REGULAR_LIMIT = number("HUB_REGULAR_LIMIT", 1 * MIB)
VERIFY_INLINE_LIMIT = number("HUB_VERIFY_INLINE_LIMIT", 32 * MIB)
# One commit's small files are verified before it is answered only up to this much in all.
VERIFY_INLINE_TOTAL = number("HUB_VERIFY_INLINE_TOTAL", 256 * MIB)
# And for this long; the rest is left to the workers.
VERIFY_INLINE_SECONDS = number("HUB_VERIFY_INLINE_SECONDS", 20)
MULTIPART_THRESHOLD = number("HUB_MULTIPART_THRESHOLD", 32 * MIB)
PART_SIZE = number("HUB_PART_SIZE", 32 * MIB)
MAX_FILE_SIZE = number("HUB_MAX_FILE_SIZE", 5 * 1024 * 1024 * MIB)
# What a user or an organisation may keep when nobody set another limit; 0 is none.
STORAGE_LIMIT = number("HUB_STORAGE_LIMIT", 0)
MAX_COMMIT_BODY = number("HUB_MAX_COMMIT_BODY", 4096 * MIB)
MAX_COMMIT_OPERATIONS = number("HUB_MAX_COMMIT_OPERATIONS", 100_000)
# As long as S3 allows: a client gets the links of all parts before it sends the first.
UPLOAD_LINK_SECONDS = number("HUB_UPLOAD_LINK_SECONDS", 7 * 24 * 3600)
# A xorb has some 64 MiB at most, so nobody needs its link for long. Who brought it is remembered as long.
XORB_LINK_SECONDS = number("HUB_XORB_LINK_SECONDS", 24 * 3600)
# How long the answer to a shard waits for its xorbs to be verified before the client is told to ask again.
XET_SHARD_SECONDS = number("HUB_XET_SHARD_SECONDS", 40)
# How many chunks the files of one shard may be put together from; their hashes are computed while it waits.
XET_SHARD_CHUNKS = number("HUB_XET_SHARD_CHUNKS", 4 * MIB)
# How many bytes of files that one user registered by shards may wait to be read, unless one shard has more.
XET_UNREAD = number("HUB_XET_UNREAD", 2 * 1024 * 1024 * MIB)
DOWNLOAD_LINK_SECONDS = number("HUB_DOWNLOAD_LINK_SECONDS", 300)
# What is in chunks is also kept whole in S3 while it is taken by plain HTTP, until so many days after.
WHOLE_DAYS = number("HUB_WHOLE_DAYS", 7)
# Files in chunks that each web process puts together at once for slow or plain clients; each takes one of its
# threads and some 25 MiB. The others are for everybody else.
HUB_STREAMS = number("HUB_STREAMS", max(1, HUB_WEB_THREADS // 2))
# Shards that each web process lets wait for their xorbs to be verified; each takes one of its threads.
HUB_SETTLING = number("HUB_SETTLING", max(1, HUB_WEB_THREADS // 4))
# A client that takes no byte of an answer for so long is cut off.
HUB_STALL_SECONDS = number("HUB_STALL_SECONDS", 60)
# How long a pass to the chunk storage is good; clients fetch another one before its end.
XET_TOKEN_SECONDS = number("HUB_XET_TOKEN_SECONDS", 900)
# Files that one caller takes of one commit within so many seconds are one download.
DOWNLOAD_SECONDS = number("HUB_DOWNLOAD_SECONDS", 600)
RECHECK_AFTER = number("HUB_RECHECK_AFTER", 30)
SWEEP_SECONDS = number("HUB_SWEEP_SECONDS", 15)
# How many scans of content that was scanned before are begun in a minute, when a scanner has a new version.
RESCANS_PER_MINUTE = number("HUB_RESCANS_PER_MINUTE", 1200)
# The garbage collection goes through everything so often.
COLLECT_SECONDS = number("HUB_COLLECT_SECONDS", 24 * 3600)
# Content that no repository refers to is kept for so long after its upload was begun: its links must be dead
# by then. For half of the time it is said to be there.
COLLECT_UPLOADS_AFTER = number("HUB_COLLECT_UPLOADS_AFTER", UPLOAD_LINK_SECONDS + 3 * 24 * 3600)
# A xorb that no file uses is kept for so long after somebody was told of it.
COLLECT_XORBS_AFTER = number("HUB_COLLECT_XORBS_AFTER", 7 * 24 * 3600)
# What was found to be unused is deleted so much later, if nothing has used it again.
COLLECT_CONDEMNED_AFTER = number("HUB_COLLECT_CONDEMNED_AFTER", 24 * 3600)
# Objects in S3 that no row names are deleted at this age: no link lives and no verification takes as long.
COLLECT_ORPHANS_AFTER = number("HUB_COLLECT_ORPHANS_AFTER", UPLOAD_LINK_SECONDS + 3 * 24 * 3600)
# Other scanners, for the web servers and the workers alike: a clamd's socket (its path, or host:port) and how
# many bytes a file has that it gets; a folder with YARA rules.
CLAMD = os.environ.get("HUB_CLAMD") or ""
CLAMD_LIMIT = number("HUB_CLAMD_LIMIT", 100 * MIB)
YARA_RULES = os.environ.get("HUB_YARA_RULES") or ""
# What each web process may remember of trees, which never change.
TREE_MEMORY = number("HUB_TREE_MEMORY", 64 * MIB)

# --- how often somebody may ask -----------------------------------------------------------------
# In so many seconds; 0 sets no limit. For each address without a token or session; then for each of these.
RATE_WINDOW = number("HUB_RATE_WINDOW", 300)
RATE_LIMITS = {
    "api": pair("HUB_RATE_API", "5000,20000"),
    # A snapshot of 2,000 files is 4,000 of these; a folder of 10,000 large files is 10,000 writes and some.
    "resolvers": pair("HUB_RATE_RESOLVERS", "10000,50000"),
    "writes": pair("HUB_RATE_WRITES", "600,30000"),
    # Content in chunks: 50 GB are 800 xorbs with three calls each, and some thousand questions beside them.
    "chunks": pair("HUB_RATE_CHUNKS", "10000,50000"),
    "search": pair("HUB_RATE_SEARCH", "600,3000"),
    "pages": pair("HUB_RATE_PAGES", "3000,6000"),
    # Log-in, sign-up and passwords, always for each address.
    "login": pair("HUB_RATE_LOGIN", "100,100"),
    # Tokens and sessions that are none: after so many, an address counts as one without any.
    "failures": pair("HUB_RATE_FAILURES", "300,300"),
}

# How many comments, threads and reviews one person may write in an hour.
COMMENTS_PER_HOUR = number("HUB_COMMENTS_PER_HOUR", 300)
# How many attachments one person may upload in a day, and of how many bytes together.
ATTACHMENTS_PER_DAY = number("HUB_ATTACHMENTS_PER_DAY", 200)
ATTACHED_BYTES_PER_DAY = number("HUB_ATTACHED_BYTES_PER_DAY", 500 * MIB)
# An attachment that no comment refers to is kept for so long.
COLLECT_ATTACHMENTS_AFTER = number("HUB_COLLECT_ATTACHMENTS_AFTER", 7 * 24 * 3600)

# Networks that webhooks may be sent to beside the public one.
WEBHOOK_ALLOW = networks("HUB_WEBHOOK_ALLOW")
# To so many users' addresses something is sent at once; all by one process of the workers.
WEBHOOK_LANES = number("HUB_WEBHOOK_LANES", 4)

# --- Django -------------------------------------------------------------------------------------
if PRODUCTION and not os.environ.get("HUB_HOSTS"):
    raise ImproperlyConfigured("Set HUB_HOSTS to the host names of this hub, with commas between them.")
ALLOWED_HOSTS = (os.environ.get("HUB_HOSTS") or "*").split(",")
CSRF_TRUSTED_ORIGINS = [HUB_URL] if HUB_URL else []
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "storage",
    "hub",
    "contributions",
]
MIDDLEWARE = [
    "hub.http.middleware.RequestId",
    "hub.http.middleware.HeadersOnly",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hub.http.middleware.RawPath",
    "hub.http.languages.Languages",
    "hub.http.throttling.Throttle",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hub.http.web.csp.ContentSecurityPolicy",
]
ROOT_URLCONF = "hub.urls"
WSGI_APPLICATION = "hub.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "hub/http/web/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hub.http.web.context.page",
            ],
            "libraries": {"web": "hub.http.web.templatetags.web"},
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
# Each has a catalogue below hub/locale, in which tests/test_translations.py finds nothing missing.
LANGUAGES = [("en", "English"), ("de", "German"), ("zh-hans", "Simplified Chinese")]
LOCALE_PATHS = [BASE_DIR / "hub/locale"]
# What a visitor chose on a page is kept for a year.
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = HUB_DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "hub/http/web/static"]
# One machine serves straight from the checkout; production collects and fingerprints at build time.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
_s3_options = {
    "endpoint_url": S3_ENDPOINT_URL,
    "bucket_name": S3_BUCKET,
    "access_key": S3_ACCESS_KEY_ID,
    "secret_key": S3_SECRET_ACCESS_KEY,
    "region_name": S3_REGION,
    "location": "media",
    "querystring_expire": DOWNLOAD_LINK_SECONDS,
}
STORAGES = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3_options},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# What limits how often somebody tries to log in; in PostgreSQL, so that without Redis people still can.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
# Commits carry files inline; the commit door streams its body and counts it itself.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * MIB
# Clients ask about 1000 paths at once, and a few things beside them.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1100
# A form's files stay in memory, which bounds them; larger ones are read past. Weights never come this way.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 11 * MIB
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# Behind proxies everybody has a proxy's address; the one that the outermost of them saw is the visitor's.
ALLAUTH_TRUSTED_PROXY_COUNT = number("HUB_TRUST_PROXY", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
# Who ends TLS is the proxy before the hub: it redirects from http, and says for how long (HSTS).
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "hub.http.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = os.environ.get("HUB_EMAIL_VERIFICATION") or "optional"
# Reporting needs no account, so that how often somebody may is counted like attempts to log in; so are the
# codes that devices ask for, and the codes that somebody types for a device, who could be guessing.
ACCOUNT_RATE_LIMITS = {
    "report": "10/m/ip",
    # Of one account, wherever it comes from; the desk itself reports as much as it needs to.
    "report_by_user": "30/h/user",
    "device": "20/m/ip",
    "device_code": "10/5m/user",
    # Each request asks the time of a repository's people.
    "ask_access": "20/h/user",
    # Mails to people who did not ask for any.
    "invitation": "30/h/user",
}
# Whoever owns an account is told by mail when its password, its addresses or its second factors change.
ACCOUNT_EMAIL_NOTIFICATIONS = True
# No mail goes to an address that nobody here has, whoever types it in.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# A hub without a mail server verifies no address, and its people shall have second factors all the same.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_ADAPTER = "hub.http.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "hub.http.web.key_forms.AddKeyForm",
    "login_webauthn": "hub.http.web.key_forms.LoginKeyForm",
    "authenticate_webauthn": "hub.http.web.key_forms.FactorKeyForm",
    "reauthenticate_webauthn": "hub.http.web.key_forms.ConfirmKeyForm",
}
# Browsers give keys to https alone, and to http on localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
SOCIALACCOUNT_ADAPTER = "hub.http.adapters.SignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"APPS": sign_on_providers("HUB_SIGN_ON"), "OAUTH_PKCE_ENABLED": True}
}
# Everybody chooses a name of their own here, since it becomes part of addresses.
SOCIALACCOUNT_AUTO_SIGNUP = False
DEFAULT_FROM_EMAIL = os.environ.get("HUB_MAIL_FROM") or "hub@localhost"
# Without a mail server, mails are files below HUB_DATA, so that nothing said to a person is lost.
EMAIL_HOST = os.environ.get("HUB_SMTP_HOST") or ""
EMAIL_PORT = number("HUB_SMTP_PORT", 587)
EMAIL_HOST_USER = os.environ.get("HUB_SMTP_USER") or ""
EMAIL_HOST_PASSWORD = os.environ.get("HUB_SMTP_PASSWORD") or ""
EMAIL_USE_TLS = flag("HUB_SMTP_TLS", default=bool(EMAIL_HOST))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
# In seconds: a worker must not wait for ever for a mail server that does not answer.
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = HUB_DATA / "mail"

# --- the API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["hub.http.authentication.HubAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hub.http.parsers.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "hub.http.negotiation.OwnForm",
    "DEFAULT_SCHEMA_CLASS": "hub.http.schema.describe.HubSchema",
    "EXCEPTION_HANDLER": "hub.http.huggingface.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Allmende",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "",
    "PATH_CONVERTER_OVERRIDES": dict.fromkeys(("kind", "segment", "filepath", "prefix"), "str"),
    "PREPROCESSING_HOOKS": ["hub.http.schema.endpoints.served"],
    "POSTPROCESSING_HOOKS": ["hub.http.schema.endpoints.completed"],
    "SORT_OPERATION_PARAMETERS": False,
    "TAGS": [
        {"name": name}
        for name in (
            *("Repositories", "Files", "History", "Publishing", "Git LFS", "Chunk storage"),
            *("Identity", "People", "Likes", "Collections", "Gated access", "Licences"),
            *("Discussions and pull requests", "Webhooks", "Transparency"),
        )
    ],
}

# --- the workers --------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_WORKER_CONCURRENCY = number("HUB_WORKER_PROCESSES", 2)
# A worker told to stop finishes what takes no longer than this and gives the rest back to the queue.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request must not wait for an absent broker: one short try, and the beat sweep does the rest.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "visibility_timeout": 6 * 3600,
    "queue_order_strategy": "priority",
}
# A file written whole for plain HTTP is wanted soon, and takes long; scans name their queues themselves.
CELERY_TASK_ROUTES = {
    "hub.downloads.tasks.keep_whole": {"queue": "wholes"},
    # Whoever answers them may be slow.
    "hub.webhooks.tasks.deliver": {"queue": "webhooks"},
    # What follows a base to thousands of others waits for whatever somebody else waits for. A sweep only asks
    # for others, among them checks that were lost, and does not wait for that; nor does a licence that was
    # registered, whose first stretch tells whether it concerns a few or many (`hub.licensing.descent`).
    **dict.fromkeys(
        (f"hub.licensing.tasks.{name}" for name in ("descend", "descend_all", "adopt", "renew")),
        {"queue": "descents"},
    ),
}
CELERY_BEAT_SCHEDULER = "hub.background:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(HUB_DATA / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": SWEEP_SECONDS}
    for name in (
        "hub.revisions.tasks.sweep",
        "hub.scanning.tasks.sweep",
        "hub.licensing.tasks.sweep",
        "hub.compute.tasks.sweep",
        "hub.gates.tasks.sweep",
        "hub.webhooks.tasks.sweep",
        "contributions.moderation.tasks.sweep",
        "contributions.notifications.tasks.sweep",
        "hub.downloads.tasks.flush",
        "accounts.ledger.tasks.seal",
    )
} | {
    # They read much of the catalogue, and nobody minds ten minutes.
    name: {"task": name, "schedule": 40 * SWEEP_SECONDS}
    for name in (
        "hub.downloads.tasks.refresh_trending",
        "hub.downloads.tasks.drop_wholes",
        "hub.webhooks.tasks.forget_old",
        "contributions.activity.tasks.sweep",
        "contributions.attachments.tasks.collect",
        "hub.repos.tasks.count_tags",
        # Once a day it reads the whole log.
        "accounts.ledger.tasks.verify",
        # Once in COLLECT_SECONDS it does something.
        "hub.revisions.tasks.collect",
    )
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
