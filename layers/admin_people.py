"""People in the administrators' pages: their roles, and the agencies they work for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
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


class PersonForm(UserChangeForm[User]):
    """Django's own form of a login, which leaves the city an administrator."""

    def clean(self) -> dict[str, Any]:
        """Refuse to take the last active administrator away."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        stays = found.get("is_superuser") and found.get("is_active")
        if is_last_administrator(self.instance) and not stays:
            raise ValidationError(
                _("Ini administrator terakhir; angkat yang lain dahulu, lalu cabut yang ini.")
            )
        return found


def is_last_administrator(person: User) -> bool:
    """True when nobody else who may sign in is an administrator."""
    held = User.objects.filter(is_superuser=True, is_active=True)
    return set(held.values_list("pk", flat=True)[:2]) == {person.pk}


class PersonAdmin(UserAdmin[User]):
    """Django's own page of a login, with what a role means here."""

    inlines = (PostInline,)
    form = PersonForm

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never of the last administrator. Who leaves is made inactive rather than deleted."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and is_last_administrator(obj))

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
