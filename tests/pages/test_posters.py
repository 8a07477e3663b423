"""Posters read back by a decoder that is not ours, as telephones meet them on walls."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image, ImageDraw

from layers.catalog.wifi import WifiHotspot
from tests.pages.planning_page import drawn
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db
DPI = 150
HOST = "https://peta.contoh.go.id"


@pytest.fixture
def desk(client_of) -> Client:
    """A planner before the toy city, in which both hotspots work."""
    toy_city.build()
    WifiHotspot.objects.filter(code="east").update(status="weak")
    return client_of("planner")


def pages(pdf: bytes) -> list[Image.Image]:
    """Every page as a grey picture, 150 dots an inch."""
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        return [page.render(scale=DPI / 72).to_pil().convert("L") for page in document]


def said(picture: Image.Image) -> list[str]:
    """What the decoder reads."""
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def stained(picture: Image.Image) -> Image.Image:
    """A dark stain over 15 % of the code's width and height, off its corners."""
    spoiled = picture.copy()
    wide, high = spoiled.size
    side = round(110 / 25.4 * DPI * 0.15)
    left, top = wide // 2, round(high * 0.36)
    ImageDraw.Draw(spoiled).rectangle((left, top, left + side, top + side), fill=60)
    return spoiled


HURT: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as printed": lambda picture: picture,
    "two thirds": lambda picture: picture.resize([round(side * 0.66) for side in picture.size]),
    "a third": lambda picture: picture.resize([round(side * 0.33) for side in picture.size]),
    "a fifth": lambda picture: picture.resize([round(side * 0.2) for side in picture.size]),
    "turned": lambda picture: picture.rotate(10, expand=True, fillcolor=255),
    "pale print": lambda picture: picture.point(lambda ink: 120 + ink // 3),
    "stained": stained,
}


def test_every_poster_is_read_back_small_turned_pale_and_stained(desk: Client) -> None:
    answer = desk.get("/rencana/wifi/poster.pdf")
    assert answer["Content-Type"] == "application/pdf"
    found = pages(answer.content)
    expected = ["http://testserver/q/west", "http://testserver/q/east"]  # Barat before Timur
    for name, hurt in HURT.items():
        assert [said(hurt(page)) for page in found] == [[one] for one in expected], name


def test_a_stain_is_really_on_the_code_and_too_much_of_it_is_not_read(desk: Client) -> None:
    page = pages(desk.get("/rencana/wifi/poster/west.pdf").content)[0]
    assert stained(page).tobytes() != page.tobytes()
    gone = page.copy()
    wide, high = gone.size
    ImageDraw.Draw(gone).rectangle((0, 0, wide, high * 0.45), fill=255)
    assert said(gone) == []


def test_the_code_opens_the_page_of_its_hotspot(desk: Client, client: Client) -> None:
    address = said(pages(desk.get("/rencana/wifi/poster/west.pdf").content)[0])[0]
    answer = client.get(address.removeprefix("http://testserver"), follow=True)
    assert answer.redirect_chain[-1][0] == "/wifi/west/"
    assert "west" in answer.content.decode()


def test_the_command_writes_the_posters_of_a_part_of_the_city(desk: Client, tmp_path: Path) -> None:
    out = tmp_path / "posters.pdf"

    def codes(*options: str) -> list[str]:
        call_command("posters", out, "--address", HOST, *options)
        return [said(page)[0] for page in pages(out.read_bytes())]

    assert codes() == [f"{HOST}/q/west", f"{HOST}/q/east"]
    assert codes("--kelurahan", "timur") == [f"{HOST}/q/east"]
    assert codes("--island", "big", "--kelurahan", "1.1") == [f"{HOST}/q/west"]
    WifiHotspot.objects.filter(code="west").update(status="off")
    assert codes() == [f"{HOST}/q/east"]
    assert codes("--all") == [f"{HOST}/q/west", f"{HOST}/q/east"]
    with pytest.raises(CommandError, match="nama pulau"):
        codes("--island", "small")
    with pytest.raises(CommandError, match="no address"):
        call_command("posters", out, "--address", "peta.contoh.go.id")


def test_a_planned_site_has_a_poster_that_promises_nothing_yet(
    desk: Client, tmp_path: Path
) -> None:
    WifiHotspot.objects.filter(code="east").update(status="planned")
    assert "Poster untuk titik yang direncanakan (1)" in desk.get("/rencana/wifi").content.decode()
    (page,) = pages(desk.get("/rencana/wifi/poster.pdf?rencana=1").content)
    assert said(page) == ["http://testserver/q/east"]
    call_command("posters", tmp_path / "p.pdf", "--address", HOST, "--planned")
    words = drawn((tmp_path / "p.pdf").read_bytes())
    assert "Segera: WiFi gratis" in words
    assert "Scan to see whether it works yet." in words
    assert "Laporkan" not in words
    (one,) = pages(desk.get("/rencana/wifi/poster.pdf").content)
    assert said(one) == ["http://testserver/q/west"]


def test_an_island_without_posters_says_what_to_do(desk: Client) -> None:
    answer = desk.get("/rencana/wifi/poster.pdf?pulau=small")
    assert 400 <= answer.status_code < 500
    assert "nama pulau" in answer.content.decode()


def test_forty_posters_stay_small(desk: Client, tmp_path: Path) -> None:
    spot = WifiHotspot.objects.get(code="west")
    for number in range(38):
        spot.pk, spot.code, spot.name = None, f"w{number}", f"Titik {number}"
        spot.save()
    call_command("posters", tmp_path / "p.pdf", "--address", HOST)
    made = (tmp_path / "p.pdf").read_bytes()
    assert made.count(b"/Type /Page\n") == 40
    assert math.log2(len(made)) < 21  # two megabytes
