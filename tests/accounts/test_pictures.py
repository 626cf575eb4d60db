"""What is taken for a picture, and what is kept of it."""

import pytest

from accounts.errors import PictureInvalid
from accounts.profiles.pictures import MAX_BYTES, read_picture
from tests.builders.pictures import JPEG, WEBP, chunk, photographed, png, webp_with

PLACE = b"52.5200N 13.4050E "
SCRIPT = b"<script>alert(1)</script>"


@pytest.mark.parametrize(("data", "extension"), [(png(), "png"), (JPEG, "jpg"), (WEBP, "webp")])
def test_a_picture_is_known_by_its_bytes_and_kept_as_it_is(data: bytes, extension: str):
    picture = read_picture(data)
    assert (picture.extension, picture.width, picture.height) == (extension, 40, 32)
    assert picture.data == data


@pytest.mark.parametrize(
    "data",
    [png(40, 32, chunk(b"tEXt", PLACE), chunk(b"eXIf", PLACE)), photographed(PLACE), webp_with(PLACE)],
    ids=["png", "jpg", "webp"],
)
def test_where_it_was_taken_and_what_comes_behind_it_is_not_kept(data: bytes):
    kept = read_picture(data + SCRIPT).data
    assert PLACE.strip() not in kept
    assert SCRIPT not in kept
    assert read_picture(kept).data == kept


def test_a_camera_that_was_held_upright_is_not_forgotten():
    turned = read_picture(photographed(PLACE, orientation=6)).data
    assert turned[:6] == b"\xff\xd8\xff\xe1\x00\x22"
    assert turned.replace(turned[2:38], b"") == JPEG
    assert read_picture(photographed(PLACE, orientation=1)).data == JPEG
    assert read_picture(photographed(PLACE, orientation=900)).data == JPEG


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(60),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        SCRIPT + png(),
        png()[:-20],
        png()[:20],
        png()[:8] + chunk(b"IEND", b""),
        JPEG[:-60],
        JPEG[:4],
        JPEG[:2] + JPEG[-2:],
        WEBP[:-9],
        WEBP[:12],
        b"RIFF\x04\0\0\0WEBP",
        png(31, 64),
        png(64, 2049),
        png() + bytes(MAX_BYTES),
    ],
)
def test_anything_else_is_refused(data: bytes):
    with pytest.raises(PictureInvalid):
        read_picture(data)


@pytest.mark.parametrize("data", [png(), JPEG, photographed(PLACE), WEBP, webp_with(PLACE)])
def test_a_picture_that_is_cut_anywhere_is_refused_or_read_and_nothing_else(data: bytes):
    for length in range(len(data)):
        try:
            read_picture(data[:length])
        except PictureInvalid:
            continue
