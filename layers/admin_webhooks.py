"""Administration of webhooks: addresses, the events each is told of, what was sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from layers.catalog.webhooks import EVENTS, Webhook, WebhookDelivery


class WebhookForm(forms.ModelForm):
    """A neighbour: its address must be one of the web, its events among those we send."""

    events = forms.MultipleChoiceField(
        label=_("Peristiwa"),
        choices=[(name, format_lazy("{}: {}", name, _(words))) for name, words in EVENTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Webhook
        fields = (
            "name", "address", "events", "secret", "secret_before", "local_allowed", "is_on",
        )  # fmt: skip
        labels = {
            "name": _("nama tetangga"), "address": _("alamat yang diberi tahu"),
            "secret": _("rahasia penanda tangan"), "secret_before": _("rahasia sebelumnya"),
            "local_allowed": _("boleh di jaringan setempat"), "is_on": _("dipakai"),
        }  # fmt: skip
        help_texts = {
            "address": _("https://…; pengalihan tidak diikuti"),
            "secret_before": _("masih menandatangani selama rahasianya diganti"),
            "local_allowed": _("alamatnya boleh di jaringan setempat"),
        }

    def clean_address(self) -> str:
        """Refuse anything but http and https without a name and password inside."""
        given = str(self.cleaned_data["address"])
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or parts.username or parts.password:
            raise forms.ValidationError(_("Alamat harus diawali https:// tanpa nama atau sandi."))
        return given


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    """Neighbours and how they do."""

    form = WebhookForm
    list_display = ("name", "address", "is_on", "failing_since")
    ordering = ("name",)

    def title(self) -> str:
        """What the table is called."""
        return gettext("Tetangga yang diberi tahu (webhook)")

    def save_model(self, request: Any, obj: Webhook, form: WebhookForm, change: bool) -> None:
        """Turned on again, a neighbour has five days anew."""
        if obj.is_on and "is_on" in form.changed_data:
            obj.failing_since = None
        super().save_model(request, obj, form, change)


@admin.register(WebhookDelivery)
class DeliveryAdmin(admin.ModelAdmin):
    """The outbox: read, never written by hand."""

    list_display = ("event", "webhook", "state", "attempts", "answer", "made_at")
    list_filter = ("state", "event")
    ordering = ("-id",)

    def title(self) -> str:
        """What the table is called."""
        return gettext("Pesan kepada tetangga")

    def has_add_permission(self, request: Any) -> bool:
        """Only events make messages."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """What was sent stays as it was."""
        return False
