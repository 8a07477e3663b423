"""All settings; each value comes from the environment through a typed reader (see .env.example)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gis_platform import env
from layers.geography import read_city

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")
CITY_DIR = env.folder("CITY_DIR", BASE_DIR / "fixtures" / "geodata" / "ternate")
CITY = read_city(CITY_DIR)

DEBUG = env.flag("DEBUG", False)
PRODUCTION = env.flag("PRODUCTION", False)
SECRET_KEY = env.kept_secret("SECRET_KEY", VAR_DIR / "secret_key")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "gis_platform.apps.PlatformConfig",
    "tile_service",
    "spatial_analysis",
    "layers",
    "layers.admin_site.LayersAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "gis_platform.apps.ServedFiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tile_service.publish.origins.shared_with_origins",
    "gis_platform.middleware.private_by_default",
    "gis_platform.replica.visitors_read_the_replica",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "gis_platform.accounts.second_factor.SecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gis_platform.middleware.PlainText",
    "gis_platform.http_errors.ErrorsToAnswers",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
ROOT_URLCONF = "gis_platform.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "gis_platform.pages.context.city_and_roles",
            ],
        },
    },
]
WSGI_APPLICATION = "gis_platform.wsgi.application"

DATABASES = {
    "default": env.database("DATABASE_URL", "postgres:///gis?host=/tmp&user=gis")
    | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "application_name": "gis_platform",
            "options": f"-c statement_timeout={env.number('STATEMENT_TIMEOUT_MS', 30_000)}",
        },
    }
}
if env.text("REPLICA_URL", ""):  # same names and logins as the primary, only read
    DATABASES["replica"] = (
        DATABASES["default"] | env.database("REPLICA_URL", "") | {"TEST": {"MIRROR": "default"}}
    )
    DATABASE_ROUTERS = ["gis_platform.replica.Router"]
REPLICA_MOST_BEHIND_S = env.number("REPLICA_MOST_BEHIND_S", 10, least=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
GDAL_LIBRARY_PATH = env.text("GDAL_LIBRARY_PATH", "") or env.wheel_library("pyogrio", "libgdal")

TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default"],
    }
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "gis_platform.pages.faults.stale_form"
LOGIN_URL = "masuk"
LOGIN_REDIRECT_URL = "beranda"
LOGOUT_REDIRECT_URL = "beranda"

SECOND_FACTOR = env.flag("SECOND_FACTOR", PRODUCTION)
AXES_ENABLED = env.flag("SIGN_IN_LIMIT", PRODUCTION)
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_CLIENT_IP_CALLABLE = "gis_platform.accounts.address.address_of"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
OTP_TOTP_ISSUER = CITY.name

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "gis_platform" / "locale"]
FORMAT_MODULE_PATH = "gis_platform.locale"
TIME_ZONE = CITY.time_zone
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    ("vendor/maplibre-gl", NODE_MODULES / "maplibre-gl" / "dist"),
    ("vendor/htmx", NODE_MODULES / "htmx.org" / "dist"),
]
WHITENOISE_MAX_AGE = 0 if DEBUG else 300
WHITENOISE_MIMETYPES = {".mjs": "text/javascript"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "media"
RASTER_DIR = VAR_DIR / "rasters"
UPLOAD_DIR = VAR_DIR / "uploads"
DOWNLOAD_DIR = VAR_DIR / "downloads"
PMTILES_DIR = VAR_DIR / "pmtiles"
# HSTS only where the certificate is publicly trusted (HSTS_SECONDS).
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W005", "security.W021"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 5
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 0)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

TILE_TOKEN_LIFETIME_S = 900
TILE_STORE_DIR = env.folder("TILE_STORE_DIR", VAR_DIR / "tiles")
MAP_ORIGINS = env.names("MAP_ORIGINS", "")
STUDY_MOST_S = env.number("STUDY_MOST_S", 900, least=1)
STUDY_MOST_MB = env.number("STUDY_MOST_MB", 1500, least=100)
TILE_STORE_MB = env.number("TILE_STORE_MB", 512, least=1)
TILE_MEMORY_MB = env.number("TILE_MEMORY_MB", 96, least=1)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "gis_platform.logs.JsonLines" if PRODUCTION else "gis_platform.logs.Lines"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"gis_platform": {"level": env.text("LOG_LEVEL", "INFO")}},
}
