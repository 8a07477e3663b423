"""Pages for what Django itself refuses: an unknown address, a stale form, a broken page."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_platform.http_errors import answer, refusal, wants_json
from layers.errors import NotAllowed, NotFound
from layers.geography import city


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No address of the platform: 404."""
    return answer(request, NotFound())


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Somebody may not do this: 403."""
    return answer(request, NotAllowed())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that Django does not take, as one that is too large: 400."""
    sentence = _("Permintaan ini tidak dapat dibaca.")
    return refusal(request, sentence, 400, todo=_("Muat ulang laman, lalu coba sekali lagi."))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is not this session's: 403, with the way back to the form."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    here = came_from.netloc == request.get_host()
    back = "/" + came_from.path.lstrip("/") if here else ""  # "//else.where" is another host
    return refusal(
        request, _("Formulir ini sudah kedaluwarsa; tidak ada yang terkirim."), 403, back=back,
        todo=_(
            "Biasanya karena Anda masuk atau keluar di tab lain, atau peramban menolak kuki."
            " Kembali ke formulirnya, muat ulang, lalu kirim lagi."
        ),
    )  # fmt: skip


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed in our house: 500, drawn without the database."""
    if wants_json(request):
        title = _("Ada yang rusak di sisi kami")
        body = {"title": title, "status": 500, "code": "BROKEN"}
        return JsonResponse(body, status=500, content_type="application/problem+json")
    context = {"city": city(), "at": timezone.localtime()}
    return HttpResponse(render_to_string("errors/broken.html", context), status=500)
