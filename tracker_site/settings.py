"""Settings. Everything a host may change comes from the environment; docs/hosting.md lists the names.

Nothing configured: SQLite and an embedded broker, all data under one folder (PACELINE_DATA).
DATABASE_URL and REDIS_URL are enough for a team.
"""

from pathlib import Path

from environs import Env, validate

from tracker_site.databases import database_config
from tracker_site.file_storage import file_storage
from tracker_site.metrics import metrics_folder
from tracker_site.secret import secret_key
from tracker_site.sign_in import mail_settings, provider_variables, providers
from tracker_site.static_headers import open_to_frames

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("PACELINE_DATA", default="") or BASE_DIR / ".data").resolve()
DATABASE_URL = env.str("DATABASE_URL", default="")
SERIES_DATABASE_URL = env.str("SERIES_DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")

DEBUG = env.bool("PACELINE_DEBUG", default=False)
SECRET_KEY = env.str("PACELINE_SECRET_KEY", default="") or secret_key(DATA_DIR)
PUBLIC_URL = env.str("PACELINE_URL", default="").rstrip("/")
ALLOWED_HOSTS = env.list("PACELINE_HOSTS", default=["*"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 86_400 if HTTPS else 0
TRUSTED_PROXIES = env.int("PACELINE_PROXIES", default=0)  # that append to X-Forwarded-For before a request is here
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tracker_site",
    "apps.core",
    "apps.accounts",
    "apps.history",
    "apps.console",
    "apps.runs",
    "apps.artifacts",
    "apps.tables",
    "apps.rendering",
    "apps.comments",
    "apps.ingest",
    "apps.panels",
    "apps.comparison",
    "apps.transfer",
    "apps.plots",
    "apps.custom_panels",
    "apps.evaluation",
    "apps.workspace",
    "apps.reports",
    "apps.hosting",
    "apps.sharing",
    "apps.provenance",
]

MIDDLEWARE = [
    "apps.core.requests.Requests",
    "apps.core.origin.NoteOrigin",
    "apps.core.security.ContentSecurityPolicy",
    "apps.artifacts.middleware.FilesHost",
    "apps.core.middleware.ErrorBody",
    "apps.core.rate_limits.RateLimits",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.people.Sessions",
    "django.middleware.common.CommonMiddleware",
    "apps.core.people.CsrfTokens",
    "apps.core.people.Users",
    "apps.core.people.Messages",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tracker_site.urls"
WSGI_APPLICATION = "tracker_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "frontend_templates"],
        "APP_DIRS": True,  # django-allauth's pages, which are drawn with our elements and layouts
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.look.look",
            ],
        },
    }
]

# --- Data: two planes (docs/architecture.md). "series" exists only when it is another database. ---
DATABASES = {"default": database_config(DATABASE_URL, DATA_DIR / "paceline.sqlite3")}
if SERIES_DATABASE_URL:
    DATABASES["series"] = database_config(SERIES_DATABASE_URL, DATA_DIR / "series.sqlite3")
DATABASE_ROUTERS = ["apps.core.planes.PlaneRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CSRF_FAILURE_VIEW = "apps.core.api_errors.csrf_failed"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Signing in: django-allauth (docs/teams.md) ---
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.PeopleBackend"]
PROVIDER_VARIABLES = provider_variables(env)
OIDC_URL = PROVIDER_VARIABLES["OpenID Connect"]["PACELINE_OIDC_URL"]
SIGNUP_DOMAINS: list[str] = env.list("PACELINE_SIGNUP_DOMAINS", default=[], subcast=str.lower)
MAIL_URL = env.str("PACELINE_MAIL_URL", default="")
MAIL_CONFIGURED = bool(MAIL_URL)
globals().update(mail_settings(MAIL_URL))
DEFAULT_FROM_EMAIL = env.str("PACELINE_MAIL_FROM", default="") or "paceline@localhost"
ACCOUNT_ADAPTER = "apps.accounts.adapters.AccountAdapter"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PUBLIC_URL.startswith("https:") else "http"
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_CONFIGURED
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Paceline] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_VERIFICATION = ("mandatory" if SIGNUP_DOMAINS else "optional") if MAIL_CONFIGURED else "none"
ACCOUNT_FORMS = {"signup": "apps.accounts.forms.SignUpForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_RATE_LIMITS = {"open_invitation": "60/h/ip", "make_invitation": "50/h/user"}  # beside django-allauth's own
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # for changing what one signs in with
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if MAIL_CONFIGURED else "email", "password1*"]
MFA_ADAPTER = "apps.accounts.adapters.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # sites without mail need second factors too, and nobody signs up uninvited
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Paceline"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
SOCIALACCOUNT_ADAPTER = "apps.accounts.adapters.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = providers(PROVIDER_VARIABLES, env.str("PACELINE_OIDC_NAME", default="") or "Single sign-on")

AUDIT_DAYS = env.int("PACELINE_AUDIT_DAYS", default=400)  # 0: for ever

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

SPOOL_DIR = DATA_DIR / "spool"  # exports and imports under way: files without a name, gone when their request ends
# --- Cache: what all processes must count together (sign-in attempts), on Redis or in files of the data folder ---
CACHES: dict[str, dict[str, object]]
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(DATA_DIR / "cache"),
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

CHART_MEMORY_BYTES = env.int("PACELINE_CHART_MEMORY_MB", default=256) * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # a URL may name 1,000 runs

STATIC_URL = "/static/"
WHITENOISE_ADD_HEADERS_FUNCTION = open_to_frames
STATIC_ROOT = Path(env.str("PACELINE_STATIC", default="") or BASE_DIR / "staticfiles")  # of the code, not of the data
FILES, FILES_INCOMING = file_storage(env.str("PACELINE_FILES", default=""), DATA_DIR)
FILES_URL = env.str("PACELINE_FILES_URL", default="").rstrip("/")
MAX_FILE_BYTES = env.int("PACELINE_FILE_MB", default=2_048) * 2**20
STORAGES = {
    "files": FILES,
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tracker_site.static_files.HashedStaticFiles"},
}


def rate_limits(*, embedded: bool) -> dict[str, int]:
    """Requests a minute that one key may send (an address four times as many); 0: as many as it likes."""
    writes, reads = (0, 0) if embedded else (60_000, 12_000)
    return {
        "writes": env.int("PACELINE_WRITES_PER_MINUTE", default=writes, validate=validate.Range(min=0)),
        "reads": env.int("PACELINE_READS_PER_MINUTE", default=reads, validate=validate.Range(min=0)),
    }


RATE_LIMITS = rate_limits(embedded=not (DATABASE_URL or PUBLIC_URL))
METRICS_DIR = Path(env.str("PACELINE_METRICS_DIR", default="") or metrics_folder(DATA_DIR))
METRICS_TOKEN = env.str("PACELINE_METRICS_TOKEN", default="")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "apps.core.logs.Lines"},
        "logfmt": {"()": "apps.core.logs.Logfmt"},
        "json": {"()": "apps.core.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": env.str(
                "PACELINE_LOG_FORMAT", default="text", validate=validate.OneOf(["text", "logfmt", "json"])
            ),
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("PACELINE_LOG_LEVEL", default="WARNING").upper()},
    "loggers": {"django.request": {"level": "ERROR"}},  # a refusal is the client's news, not the log's
}

# --- Celery: Redis when given, else files under the data folder ---
BROKER_DIR = DATA_DIR / "broker"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"visibility_timeout": 600}
else:
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
BEAT = env.bool("PACELINE_BEAT", default=False)  # `manage.py beat` runs: workers need not be the clock
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_QUEUES = {"series": {"exchange": "series", "routing_key": "series"}}
CELERY_TASK_DEFAULT_QUEUE = "series"
CELERY_TASK_DEFAULT_EXCHANGE = "series"
CELERY_TASK_DEFAULT_ROUTING_KEY = "series"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.ApiKeyAuthentication",
        "apps.accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.answers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.OrjsonParser"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.authentication.ScopeAllows"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api_errors.error_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Paceline",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "DEFAULT_GENERATOR_CLASS": "apps.core.openapi.RememberedSchema",
    "DESCRIPTION": "Runs and their metrics, in and out. docs/api.md has examples for curl.",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.ingest.openapi.document_history",
        "apps.ingest.console_openapi.document_console",
        "apps.ingest.class_table_openapi.document_class_tables",
        "apps.ingest.confusion_openapi.document_confusion_matrices",
        "apps.ingest.curves_openapi.document_curves",
        "apps.ingest.histogram_openapi.document_histograms",
        "apps.panels.openapi.document_series",
        "apps.panels.live_openapi.document_live",
        "apps.transfer.openapi.document_transfer",
        "apps.ingest.openapi.summarize",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RunState": "apps.runs.models.State",
        "ColumnKind": ["number", "text", "time", "took"],
        "ChangeKind": ["deleted", "closed", "archived", "edited"],
        "PlaceKind": ["run", "metric", "project", "report", "panel"],
    },
}
