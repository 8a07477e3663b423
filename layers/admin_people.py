"""People in the administrators' pages: their roles, and the agencies they work for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db import models
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from layers.catalog.reports.work import Post


class PostInline(admin.TabularInline[Post, User]):
    """A person's posts; without one, somebody of the role `agency` finds an empty inbox."""

    model = Post
    extra = 0
    verbose_name = _("Jabatan di instansi")
    verbose_name_plural = _("Jabatan di instansi")


class PersonAdmin(UserAdmin[User]):
    """Django's own page of a login, with what a role means here."""

    inlines = (PostInline,)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        """Say beside the groups that they are the roles."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            field.label = _("Peran")
            field.help_text = _(
                "operator: meja laporan; planner: rencana; crew: rute sendiri; agency: tugas"
                " instansinya. Administrator halaman ini: centang status superuser."
            )
        return field


admin.site.unregister(User)
admin.site.register(User, PersonAdmin)
