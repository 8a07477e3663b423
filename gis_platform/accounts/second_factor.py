"""The second factor: operators, planners and administrators prove themselves by a code as well.

In force where SECOND_FACTOR is set (production). A session that has only the password reaches
nothing but the page that asks for the code; that holds for every address Django answers, so
no token for tiles or events is handed out before.
"""

from __future__ import annotations

from collections.abc import Callable

import django_otp
import segno
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from layers.access import Role, roles_of

BOUND = frozenset({Role.OPERATOR, Role.PLANNER, Role.ADMIN})
OPEN_PATHS = ("/masuk/", "/keluar/", "/bahasa/", "/static/")


def must_prove(request: HttpRequest) -> bool:
    """True when this session still owes its code."""
    user = request.user
    proven = getattr(user, "is_verified", bool)()
    if not settings.SECOND_FACTOR or not user.is_authenticated or proven:
        return False
    return bool(roles_of(user) & BOUND)


class SecondFactor:
    """Middleware: send half-proven sessions to the page that asks for the code."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(OPEN_PATHS) and must_prove(request):
            return redirect(
                f"{reverse('masuk-kode')}?{urlencode({'next': request.get_full_path()})}"
            )
        return self.get_response(request)


class CodeForm(forms.Form):
    """Six digits from the person's own device."""

    code = forms.CharField(
        label=_("Kode enam angka"),
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


def _device(request: HttpRequest) -> TOTPDevice:
    confirmed = TOTPDevice.objects.filter(user=request.user, confirmed=True).first()
    if confirmed is not None:
        return confirmed
    return TOTPDevice.objects.get_or_create(
        user=request.user, confirmed=False, defaults={"name": "telepon"}
    )[0]


@login_required
def ask_for_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; a person without a device is shown the secret to scan once."""
    device = _device(request)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if device.verify_token(form.cleaned_data["code"]):
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            django_otp.login(request, device)
            return redirect(_next(request))
        form.add_error("code", _("Kode salah atau sudah lewat; tunggu kode berikutnya."))
    picture = "" if device.confirmed else segno.make(device.config_url).svg_data_uri(scale=5)
    context = {"form": form, "picture": picture, "next": _next(request)}
    return render(request, "accounts/second_factor.html", context)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe else "/"
