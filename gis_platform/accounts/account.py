"""A person's own page: tokens for QGIS and scripts, and the end of all their sessions."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from tile_service.models import PersonalToken
from tile_service.publish import personal, withdrawing

LIVES = ((30, _("30 hari")), (90, _("90 hari")), (365, _("Satu tahun")))


class TokenForm(forms.Form):
    """What a token is for, and how long it lasts."""

    label = forms.CharField(label=_("Untuk apa"), max_length=60)
    days = forms.TypedChoiceField(label=_("Berlaku"), choices=LIVES, coerce=int)


class SignOut(LogoutView):
    """Sign out, and withdraw the tile tokens of this session at once."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Withdraw first: a session that is gone no longer says which tokens were its own."""
        if request.user.is_authenticated and request.session.session_key:
            withdrawing.withdraw(withdrawing.session_holder(request.session.session_key))
            withdrawing.forget_old_sessions()
        return super().post(request, *args, **kwargs)


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Tokens of the person; a new one is shown this once, on the answer to its form."""
    form, made = TokenForm(request.POST or None), ""
    if form.is_valid():
        made = personal.make(
            person=request.user,
            label=form.cleaned_data["label"],
            at=timezone.now(),
            life=timedelta(days=form.cleaned_data["days"]),
        )
        form = TokenForm()
    held = PersonalToken.objects.filter(person=request.user.pk)
    context = {"form": form, "made": made, "held": held, "now": timezone.now()}
    return render(request, "accounts/account.html", context)


@require_POST
def withdraw_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw one token."""
    personal.withdraw(person=request.user, pk=pk)
    return redirect("akun")


@require_POST
def end_my_sessions(request: HttpRequest) -> HttpResponse:
    """End every session of the person, this one too."""
    withdrawing.end_sessions(request.user)
    return redirect("masuk")
