"""Imports in the administrators' pages: upload, look at the preview, then say yes or no."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from layers.errors import PlatformError
from layers.gate.whole import whole
from layers.ingest import load as loading
from layers.ingest import uploads
from layers.ingest.jobs import ImportJob, ImportState
from layers.ingest.stated import SUFFIXES, Stated, constants_of, format_of, rules_of
from layers.registry import all_layers, get


class UploadGone(PlatformError):
    """Berkas ini menunggu lebih dari sehari dan sudah dihapus; unggah lagi."""

    code = "UPLOAD_GONE"


class ImportForm(forms.Form):
    """A file, the layer it is for, and what the file does not say itself."""

    file = forms.FileField(label=gettext_lazy("Berkas (paling besar 50 MiB)"))
    layer = forms.ChoiceField(label=gettext_lazy("Lapisan"))
    format = forms.ChoiceField(label=gettext_lazy("Format"), required=False)
    crs = forms.CharField(
        label=gettext_lazy("Sistem koordinat, bila berkas tidak menyebutnya"),
        required=False,
        max_length=40,
        help_text="EPSG:4326",
    )
    encoding = forms.CharField(
        label=gettext_lazy("Pengodean huruf"), required=False, max_length=20, help_text="cp1252"
    )
    table = forms.CharField(
        label=gettext_lazy("Tabel di dalam berkas"), required=False, max_length=80
    )
    rules = forms.CharField(
        label=gettext_lazy("Pasangan kolom, satu per baris"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="kapasitas=capacity_l*1000",
    )
    constants = forms.CharField(
        label=gettext_lazy("Nilai tetap, satu per baris"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="status=works",
    )
    repair = forms.BooleanField(label=gettext_lazy("Perbaiki bentuk yang rusak"), required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        targets = [
            (la.slug, la.title_in(get_language()))
            for la in all_layers()
            if la.importable and la.natural_key
        ]
        by_name = [("", gettext_lazy("menurut nama berkas"))]
        self.fields["layer"].choices = targets  # type: ignore[attr-defined]
        self.fields["format"].choices = [  # type: ignore[attr-defined]
            *by_name,
            *((name, name) for name in sorted(set(SUFFIXES.values()))),
        ]

    def stated(self) -> Stated:
        """What the person said. Raises UnknownFormat or BadRule."""
        said = self.cleaned_data
        return Stated(
            format=format_of(said["file"].name, said["format"]),
            crs=said["crs"],
            encoding=said["encoding"],
            table=said["table"],
            rules=rules_of(said["rules"].split("\n") if said["rules"].strip() else []),
            constants=constants_of(said["constants"].splitlines()),
            repair=said["repair"],
            good_rows=True,
        )


@admin.register(ImportJob)
class ImportJobAdmin(admin.ModelAdmin[ImportJob]):
    """Past imports, and the way to a new one."""

    list_display = (
        "file_name", "target", "state", "rows", "accepted", "rejected", "inserted", "updated",
        "by", "at",
    )  # fmt: skip
    list_filter = ("state", "target")
    search_fields = ("file_name", "sha256")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Upload: the preview is made at once, and nothing is stored in the layer."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                job = preview(form, request.user)
                return HttpResponseRedirect(reverse("admin:layers_importjob_change", args=[job.pk]))
            except PlatformError as error:
                form.add_error(None, error.said())
        return self._page(request, "upload", _("Impor berkas"), {"form": form})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The preview with its yes and no; for a past import, what became of it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        job = get_object_or_404(ImportJob, pk=whole(object_id))
        if request.method == "POST" and job.stored_name:
            return self._answer(request, job)
        waiting = job.state == ImportState.PREVIEWED and bool(job.stored_name)
        context = {"job": job, "report": job.report, "waiting": waiting}
        return self._page(request, "preview", job.file_name, context)

    def title(self) -> str:
        """What the list is called."""
        return _("Impor berkas")

    def has_change_permission(self, request: HttpRequest, obj: ImportJob | None = None) -> bool:
        """Records of imports are read, never edited."""
        return False

    def _answer(self, request: HttpRequest, job: ImportJob) -> HttpResponse:
        if "no" in request.POST:
            discard(job)
            messages.info(request, _("Berkas dibuang; tidak ada yang disimpan."))
            return HttpResponseRedirect(reverse("admin:layers_importjob_changelist"))
        try:
            done = confirm(job, request.user, good_rows="good_rows" in request.POST)
        except PlatformError as error:
            messages.error(request, error.said())
            name, words = ("change", [job.pk]) if job.pk else ("changelist", [])
            return HttpResponseRedirect(reverse(f"admin:layers_importjob_{name}", args=words))
        told = messages.success if done.stored or done.already else messages.error
        told(request, loading.outcome(done, commit=True))
        return HttpResponseRedirect(reverse("admin:layers_importjob_changelist"))

    def _page(
        self, request: HttpRequest, name: str, title: str, context: dict[str, Any]
    ) -> TemplateResponse:
        whole = self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        return TemplateResponse(request, f"layers/import_{name}.html", whole | context)


def preview(form: ImportForm, user: Any) -> ImportJob:
    """Keep the upload and the account of what it would do. Raises what `load` raises."""
    stated = form.stated()
    sent = form.cleaned_data["file"]
    stored_name = uploads.keep(sent.chunks())
    try:
        done = loading.load(
            uploads.path(stored_name),
            get(form.cleaned_data["layer"]),
            stated,
            name=sent.name,
            by=user,
            at=timezone.now(),
            commit=False,
        )
    except PlatformError:
        uploads.forget(stored_name)
        raise
    if done.already and done.job is not None:
        uploads.forget(stored_name)
        return done.job
    return loading.waiting(done, stored_name)


def confirm(job: ImportJob, user: Any, *, good_rows: bool) -> loading.Loaded:
    """Load a previewed upload; the upload is then gone. Raises UploadGone, what `load` raises."""
    if not uploads.path(job.stored_name).exists():
        discard(job)
        raise UploadGone
    stated = Stated.from_json(job.stated | {"good_rows": good_rows})
    done = loading.load(
        uploads.path(job.stored_name),
        get(job.target),
        stated,
        name=job.file_name,
        by=user,
        at=timezone.now(),
        commit=True,
    )
    discard(job)
    return done


def discard(job: ImportJob) -> None:
    """Forget a previewed upload and its preview."""
    uploads.forget(job.stored_name)
    job.delete()
