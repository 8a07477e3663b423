"""The administrators' site: a table may give itself a title in the reader's words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest


class LayersAdminSite(admin.AdminSite):
    """Lists a table by its admin class's `title()` where it has one, else by its model's name."""

    def _build_app_dict(self, request: HttpRequest, label: Any = None) -> Any:
        """Django's lists of one app or of all, with the names that the tables give themselves."""
        apps = super()._build_app_dict(request, label)
        for app in [apps] if label else apps.values():
            for table in app.get("models", ()):
                named = getattr(self.get_model_admin(table["model"]), "title", None)
                table["name"] = named() if named else table["name"]
        return apps


class LayersAdminConfig(AdminConfig):
    """Django's admin with the site above."""

    default_site = "layers.admin_site.LayersAdminSite"
