"""Each caller gets an encoding it takes; what is kept in memory stays within its bytes."""

from __future__ import annotations

import gzip
import time

import brotli
import pytest
import zstandard

from tile_service.serve import encodings
from tile_service.serve.cache import Cache, Kept
from tile_service.serve.errors import NotAcceptable

DATA = b"0123456789" * 100
DECODE = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
    "identity": bytes,
}


@pytest.mark.parametrize(
    ("header", "best"),
    [
        (None, "identity"), ("", "identity"), ("gzip", "gzip"), ("gzip, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"), ("gzip;q=1, br;q=0.5", "gzip"), ("*", "zstd"),
        ("gzip;q=0", "identity"), ("gzip;q=0, *;q=0.1", "zstd"), ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"), ("deflate", "identity"), ("GZIP", "gzip"),
        ("identity;q=0, gzip", "gzip"), ("br;q=x, gzip", "gzip"),
    ],
)  # fmt: skip
def test_accept_encoding_table(header, best):
    assert encodings.acceptable(header)[0] == best


@pytest.mark.parametrize("header", ["identity;q=0", "*;q=0", "deflate, *;q=0"])
def test_nobody_is_sent_what_they_refuse(header):
    with pytest.raises(NotAcceptable):
        encodings.acceptable(header)


@pytest.mark.parametrize("encoding", DECODE)
def test_every_encoding_gives_the_bytes_back(encoding):
    assert DECODE[encoding](encodings.encode(DATA, encoding)) == DATA


def test_short_answers_stay_plain_where_that_is_allowed():
    assert encodings.chosen(["zstd", "identity"], 100) == "identity"
    assert encodings.chosen(["zstd"], 100) == "zstd"
    assert encodings.chosen(["zstd", "identity"], 1000) == "zstd"


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", DECODE)
def test_a_tile_in_each_encoding_is_the_same_tile(server, encoding):
    from tests.tile_service.test_tiles import address, version_of

    right = address("wifi-hotspots", "pub", 12, version_of("wifi-hotspots"))
    plain = server.get(right)
    packed = server.get(right, accept_encoding=encoding)
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers.get("content-encoding", "identity") == encoding
    assert DECODE[encoding](packed.body) == plain.body
    assert packed.headers["etag"][:-2] == plain.headers["etag"][:-2]
    again = server.get(right, accept_encoding=encoding, if_none_match=packed.headers["etag"])
    assert again.status == 304
    if encoding != "identity":
        assert server.get(right, if_none_match=packed.headers["etag"]).status == 200


def test_the_least_used_answer_makes_room():
    cache = Cache(most_bytes=3000)
    for name in ("a", "b"):
        cache.put((name,), Kept(plain=bytes(1000)))
    assert cache.get(("a",))
    cache.put(("c",), Kept(plain=bytes(1000)))
    assert cache.get(("b",)) is None
    assert cache.get(("a",)) and cache.get(("c",))
    assert cache.bytes <= 3000
    kept = cache.get(("c",))
    cache.add_encoding(("c",), kept, "gzip", bytes(500))
    assert cache.bytes == sum(one.size for one in cache.kept.values()) <= 3000


@pytest.mark.django_db
def test_what_is_asked_for_often_is_sent_smaller_under_its_own_etag(server):
    from tests.tile_service.test_tiles import address, version_of

    right = address("wifi-hotspots", "pub", 11, version_of("wifi-hotspots"))
    first = server.get(right, accept_encoding="gzip, br")
    ends = time.monotonic() + 5
    answer = first
    while not answer.headers["etag"].endswith('-s"') and time.monotonic() < ends:
        answer = server.get(right, accept_encoding="gzip, deflate, br, zstd")
        time.sleep(0.02)
    assert answer.headers["etag"][-3:] == '-s"'
    assert answer.headers["content-encoding"] == first.headers["content-encoding"] == "br"
    assert answer.body == brotli.compress(brotli.decompress(first.body), quality=11)
    for tag in (first.headers["etag"], answer.headers["etag"]):
        assert server.get(right, accept_encoding="br", if_none_match=tag).status == 304
    assert server.get(right, accept_encoding="gzip, br;q=0.5").headers["etag"][-3:] == '-g"'
    assert server.app.cache.bytes == sum(one.size for one in server.app.cache.kept.values())
