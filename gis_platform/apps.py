"""Django app: who sits where."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Who sits where."""

    name = "gis_platform"
    verbose_name = "Platform"

    def ready(self) -> None:
        """Load the checks."""
        from gis_platform import checks  # noqa: F401
