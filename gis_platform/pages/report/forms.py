"""The shape of a citizen's report; rules live in the action."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from layers.catalog.categories import Category
from layers.catalog.places import Kelurahan
from layers.catalog.reports.models import MOST_WORDS


def category_choices() -> list[tuple[str, str]]:
    """Categories in the reader's language, an empty line first."""
    return [
        ("", str(_("Pilih jenis"))),
        *((item.code, item.label) for item in Category.objects.all()),
    ]


class KelurahanChoice(forms.ModelChoiceField):
    """Kelurahan by island and name."""

    def label_from_instance(self, item: Any) -> str:
        """The name, with its island."""
        return f"{item.name} ({item.island.name})"


class ReportForm(forms.Form):
    """Six controls; the place may come from the phone, the list or a landmark."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    follow_key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    accuracy_m = forms.FloatField(required=False, widget=forms.HiddenInput)
    wifi = forms.SlugField(required=False, widget=forms.HiddenInput)
    photo = forms.FileField(
        required=False,
        label=_("Foto"),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}
        ),
    )
    category = forms.ChoiceField(
        label=_("Apa yang terjadi?"),
        choices=category_choices,
        error_messages={"required": _("Pilih jenis laporan.")},
    )
    kelurahan = KelurahanChoice(
        queryset=Kelurahan.objects.none(),
        required=False,
        label=_("Kelurahan"),
        empty_label=_("Pilih kelurahan"),
    )
    landmark = forms.CharField(required=False, max_length=200, label=_("Patokan (dekat apa?)"))
    words = forms.CharField(
        label=_("Ceritakan singkat"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Tulis sedikit tentang kejadiannya.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Kelurahan.objects.select_related("island").order_by("island__name", "name")
        cast(KelurahanChoice, self.fields["kelurahan"]).queryset = rows

    def names_a_place(self) -> bool:
        """Whether anything was filled in that may say where."""
        return any(self[name].value() for name in ("lon", "wifi", "kelurahan", "landmark"))

    @staticmethod
    def fresh() -> dict[str, str]:
        """A new id and follow key for a new page."""
        return {"client_id": str(uuid4()), "follow_key": uuid4().hex}
