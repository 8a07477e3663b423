"""Django app: who sits where."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class PlatformConfig(AppConfig):
    """Who sits where."""

    name = "gis_platform"
    verbose_name = "Platform"

    def ready(self) -> None:
        """Load the checks."""
        from gis_platform import checks  # noqa: F401


class ServedFiles(StaticFilesConfig):
    """Static files without the vendors' source maps, types and development builds."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*.map",
        "*.d.ts",
        "*-dev.*",
        "*.amd.js",
        "*.cjs.js",
        "*.esm*.js",
    ]
