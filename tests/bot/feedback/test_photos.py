"""Photos are drawn anew: what is no pixel is gone, and what is no photo is refused with a sentence."""

from __future__ import annotations

import asyncio
import io
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps, PngImagePlugin

from bot.feedback.photos import (
    BROKEN,
    EMPTY,
    HEIF,
    LARGEST,
    LONGEST_SIDE,
    NOT_A_PHOTO,
    THUMBNAIL_SIDE,
    TOO_LARGE,
    TOO_MANY_PIXELS,
    TOO_SLOW,
    Cleaned,
    Cleaning,
    NoPhotoError,
    cleaned,
)

ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F
SCRIPT = b"<script>alert(document.cookie)</script>"
PHP = b"<?php system($_GET['c']); ?>"
MOST_MEMORY = 60_000  # kB
MEASURE = """
import sys
from pathlib import Path
from bot.feedback.photos import NoPhotoError, cleaned

def most():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


files = [Path(name).read_bytes() for name in sys.argv[1:]]
before = most()
for raw in files:
    try:
        cleaned(raw)
    except NoPhotoError:
        pass
print(most() - before)
"""
"""A process of its own: how much memory one has taken at most never goes down again."""


def a_photo(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """Red on the left, green on the right."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill=(30, 150, 30))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, pixels: bytes, *, depth: int = 8, kind: int = 2, more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def webp_of(width: int, height: int) -> bytes:
    """A moving WebP whose canvas is said to be so large; its one picture is small."""
    picture = saved(a_photo(16, 16), "WEBP")[12:]

    def part(name: bytes, data: bytes) -> bytes:
        return name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2)

    def number(value: int) -> bytes:
        return struct.pack("<I", value)[:3]

    canvas = part(b"VP8X", b"\x02\x00\x00\x00" + number(width - 1) + number(height - 1))
    frame = number(0) + number(0) + number(15) + number(15) + number(100) + b"\x00" + picture
    body = b"WEBP" + canvas + part(b"ANIM", b"\x00" * 6) + part(b"ANMF", frame)
    return part(b"RIFF", body)


def a_zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("evil.php", PHP.decode())
    return written.getvalue()


RED_IS_SEEN_THROUGH = a_photo().quantize(8)


def why_not(raw: bytes) -> str:
    with pytest.raises(NoPhotoError) as refusal:
        cleaned(raw)
    return refusal.value.reason


def memory_for(folder: Path, *raws: bytes) -> int:
    """How much more memory, in kB, a process takes at most when it cleans these files one after the other."""
    paths = [folder / str(number) for number, _ in enumerate(raws)]
    for path, raw in zip(paths, raws, strict=True):
        path.write_bytes(raw)
    command = [sys.executable, "-c", MEASURE, *map(str, paths)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)


def told_of(raw: bytes) -> str | None:
    """Why a file is refused; None when it is taken."""
    try:
        cleaned(raw)
    except NoPhotoError as refusal:
        return refusal.reason
    return None


def is_near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    seen = image.getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 25 for one, other in zip(seen, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_at_a_useful_size_with_a_small_one_beside_it(kind: str) -> None:
    kept = cleaned(saved(a_photo(4000, 3000), kind))
    assert (kept.width, kept.height) == (LONGEST_SIDE, 1200)
    for jpeg, size in ((kept.jpeg, (LONGEST_SIDE, 1200)), (kept.thumbnail, (THUMBNAIL_SIDE, 240))):
        image = opened(jpeg)
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size)
        assert is_near(image, (size[0] // 4, 100), (200, 30, 30))
        assert is_near(image, (size[0] * 3 // 4, 100), (30, 150, 30))


def test_a_small_photo_is_not_blown_up() -> None:
    kept = cleaned(saved(a_photo(100, 40)))
    assert (kept.width, kept.height) == (100, 40)
    assert opened(kept.thumbnail).size == (100, 40)


def test_where_and_with_what_it_was_taken_is_gone() -> None:
    # Given a photo that tells the place, the telephone, its colours and a comment, in every way that a JPEG has
    exif = Image.Exif()
    exif[MAKER] = "Máy của Lan"
    exif.get_ifd(GPS).update({1: "N", 2: (10.0, 46.0, 12.5), 3: "E", 4: (106.0, 42.0, 3.0)})
    raw = saved(
        a_photo(), exif=exif, comment=b"nha toi", icc_profile=b"profile of Lan", xmp=b"<x:xmpmeta>Lan</x:xmpmeta>"
    )
    assert dict(opened(raw).getexif().get_ifd(GPS))
    # When it is cleaned
    kept = cleaned(raw + b"after the end: 0912345678")
    # Then nothing of that is left, in the photo and the small one
    for jpeg in (kept.jpeg, kept.thumbnail):
        image = opened(jpeg)
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        for word in (b"Exif", b"Lan", b"nha toi", b"0912345678", b"xmp", b"ICC"):
            assert word not in jpeg


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_photo_stands_upright_however_the_telephone_was_held(turned: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    raw = saved(a_photo(800, 600), exif=exif)
    wanted = ImageOps.exif_transpose(opened(raw))  # the library's own way
    kept = opened(cleaned(raw).jpeg)
    assert kept.size == wanted.size
    for at in ((50, 50), (kept.width - 50, 50), (50, kept.height - 50), (kept.width - 50, kept.height - 50)):
        colour = wanted.getpixel(at)
        assert isinstance(colour, tuple)
        assert is_near(kept, at, (int(colour[0]), int(colour[1]), int(colour[2])))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # as the module has it where warnings are no errors
def test_exif_data_that_nobody_can_read_cost_no_photo() -> None:
    raw = saved(a_photo(), exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + b"\xff" * 40)
    assert opened(cleaned(raw).jpeg).size == (640, 480)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(saved(a_photo()) + a_zip(), id="a ZIP behind a JPEG"),
        pytest.param(saved(a_photo(), comment=SCRIPT) + PHP, id="PHP behind a JPEG, a script in its comment"),
        pytest.param(saved(a_photo(), "WEBP") + a_zip() + SCRIPT, id="a ZIP behind a WebP"),
        pytest.param(
            saved(a_photo(), "PNG")[:33] + chunk(b"tEXt", b"Title\x00" + SCRIPT) + saved(a_photo(), "PNG")[33:] + PHP,
            id="a script in a chunk of a PNG",
        ),
        pytest.param(
            saved(a_photo(), "PNG")[:33] + chunk(b"eViL", SCRIPT + PHP) + saved(a_photo(), "PNG")[33:],
            id="a chunk that nobody knows",
        ),
    ],
)
def test_of_two_files_in_one_only_the_pixels_are_left(raw: bytes) -> None:
    kept = cleaned(raw)
    for jpeg in (kept.jpeg, kept.thumbnail):
        assert jpeg.startswith(b"\xff\xd8\xff")
        assert jpeg.endswith(b"\xff\xd9")
        assert not zipfile.is_zipfile(io.BytesIO(jpeg))
        for told in (b"script", b"php", b"PK\x03\x04", b"evil"):
            assert told not in jpeg


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", EMPTY),
        (b"\x00" * (LARGEST + 1), TOO_LARGE),
        (a_zip(), NOT_A_PHOTO),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", NOT_A_PHOTO),
        (b"<html>" + SCRIPT, NOT_A_PHOTO),
        (b"%PDF-1.7 ...", NOT_A_PHOTO),
        (saved(a_photo(), "GIF"), NOT_A_PHOTO),
        (saved(a_photo(), "BMP"), NOT_A_PHOTO),
        (saved(a_photo(), "TIFF"), NOT_A_PHOTO),
        (b"MZ\x90\x00", NOT_A_PHOTO),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", HEIF),
        (saved(a_photo(), "AVIF"), HEIF),
        (b"\xff\xd8\xff", BROKEN),
        (b"\x89PNG\r\n\x1a\n", BROKEN),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(raw: bytes, why: str) -> None:
    assert why_not(raw) == why


def test_the_largest_file_is_still_taken() -> None:
    raw = saved(a_photo())
    assert cleaned(raw + b"\x00" * (LARGEST - len(raw))).width == 640
    assert why_not(raw + b"\x00" * (LARGEST - len(raw) + 1)) == TOO_LARGE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_broken(kind: str) -> None:
    raw = saved(Image.effect_noise((640, 480), 60).convert("RGB"), kind)
    assert why_not(raw[: len(raw) // 2]) == BROKEN


def test_the_ending_of_the_name_decides_nothing() -> None:
    assert cleaned(saved(a_photo(), "PNG")).width == 640  # as "anh.jpg" or whatever it was called: nobody asks


def test_a_bomb_is_refused_by_its_header_before_it_takes_memory(tmp_path: Path) -> None:
    rows = zlib.compressobj(9)
    packed = b"".join([*(rows.compress(b"\x00" * 60_000) for _ in range(6_000)), rows.flush()])
    bombs = [
        png(20_000, 6_000, packed, depth=8, kind=2),
        png(60_000, 60_000, packed, depth=1, kind=0),
        png(2**31 - 1, 2**31 - 1, packed),
        png(65_535, 1_000, packed, kind=6),
        saved(a_photo(100, 100)).replace(b"\x00\x64\x00\x64\x03", b"\xff\xff\xff\xff\x03"),  # sides of 65,535 in SOF
        webp_of(16_383, 16_383),
    ]
    for bomb in bombs:
        assert why_not(bomb) == TOO_MANY_PIXELS
    assert memory_for(tmp_path, *bombs) < MOST_MEMORY
    assert memory_for(tmp_path, saved(Image.new("RGB", (6_000, 4_000)), "PNG")) > MOST_MEMORY  # it is measured


def test_words_that_unpack_to_too_much_are_no_photo(tmp_path: Path) -> None:
    words = chunk(b"zTXt", b"a\x00\x00" + zlib.compress(b"x" * 200_000_000, 9))
    profile = chunk(b"iCCP", b"a\x00\x00" + zlib.compress(b"x" * 200_000_000, 9))
    plain = png(2, 2, zlib.compress(b"\x00" * 14))
    for bomb in (plain[:33] + words + plain[33:], plain[:33] + profile + plain[33:]):
        assert told_of(bomb) in {None, BROKEN}
        assert memory_for(tmp_path, bomb) < MOST_MEMORY


@pytest.mark.parametrize(
    ("raw", "colour"),
    [
        pytest.param(saved(a_photo(mode="CMYK")), (200, 30, 30), id="CMYK"),
        pytest.param(saved(a_photo(mode="L")), (81, 81, 81), id="grey"),
        pytest.param(saved(a_photo().quantize(8), "PNG"), (200, 30, 30), id="palette"),
        pytest.param(saved(a_photo(mode="RGBA"), "PNG"), (200, 30, 30), id="opaque RGBA"),
        pytest.param(saved(a_photo(mode="LA"), "PNG"), (81, 81, 81), id="grey with alpha"),
        pytest.param(saved(a_photo(mode="RGB"), "PNG", transparency=(200, 30, 30)), (255, 255, 255), id="colour key"),
        pytest.param(saved(Image.new("RGBA", (640, 480), (9, 9, 9, 0)), "PNG"), (255, 255, 255), id="transparent"),
        pytest.param(saved(Image.new("RGBA", (640, 480), (9, 9, 9, 0)), "WEBP"), (255, 255, 255), id="WebP"),
        pytest.param(
            saved(RED_IS_SEEN_THROUGH, "PNG", transparency=RED_IS_SEEN_THROUGH.getpixel((1, 1))),
            (255, 255, 255),
            id="palette with alpha",
        ),
        pytest.param(saved(Image.new("I;16", (640, 480), 40_000), "PNG"), (156, 156, 156), id="16 bits of grey"),
        pytest.param(
            png(640, 480, zlib.compress((b"\x00" + b"\xc8\x00\x1e\x00\x1e\x00" * 640) * 480), depth=16),
            (200, 30, 30),
            id="16 bits of colour",
        ),
        pytest.param(saved(Image.new("1", (640, 480), 1), "PNG"), (255, 255, 255), id="black and white"),
    ],
)
def test_every_kind_of_pixel_becomes_colour_on_white(raw: bytes, colour: tuple[int, int, int]) -> None:
    image = opened(cleaned(raw).jpeg)
    assert (image.mode, image.size) == ("RGB", (640, 480))
    assert is_near(image, (100, 100), colour)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO"])
def test_of_a_moving_picture_the_first_is_taken(kind: str) -> None:
    others = [Image.new("RGB", (640, 480), "blue") for _ in range(3)]
    raw = saved(a_photo(), kind, save_all=True, append_images=others)
    assert is_near(opened(cleaned(raw).jpeg), (100, 100), (200, 30, 30))


def test_a_very_narrow_picture_keeps_at_least_one_pixel() -> None:
    kept = cleaned(saved(a_photo(6_000, 1), "PNG"))
    assert (kept.width, kept.height) == (LONGEST_SIDE, 1)
    assert opened(kept.thumbnail).height == 1


_HEADS = (
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x20\x00\x00\x00WEBPVP8 ",
    b"RIFF\x20\x00\x00\x00WEBPVP8X",
)


@settings(max_examples=150)
@given(head=st.sampled_from(_HEADS), rest=st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_refusal(head: bytes, rest: bytes) -> None:
    assert told_of(head + rest) != ""


_WHOLE = tuple(saved(a_photo(64, 48), kind) for kind in ("JPEG", "PNG", "WEBP"))


@settings(max_examples=150)
@given(raw=st.sampled_from(_WHOLE), at=st.floats(0, 1), value=st.binary(min_size=1, max_size=6))
def test_no_damage_raises_anything_but_a_refusal(raw: bytes, at: float, value: bytes) -> None:
    start = int(at * len(raw))
    assert told_of(raw[:start] + value + raw[start + len(value) :]) != ""


def test_png_text_is_not_written_along() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "số nhà 12")
    words.add_itxt("XML:com.adobe.xmp", "nhà tôi")
    kept = cleaned(saved(a_photo(), "PNG", pnginfo=words))
    assert b"12" not in kept.jpeg[:300]
    assert "nhà".encode() not in kept.jpeg


async def test_photos_are_cleaned_beside_other_work_and_few_at_once() -> None:
    # Given cleaning that ends when it is told to
    may_end, two_run, running, most = threading.Event(), asyncio.Event(), 0, 0
    lock, loop = threading.Lock(), asyncio.get_running_loop()

    def slow(raw: bytes) -> Cleaned:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 2:
                loop.call_soon_threadsafe(two_run.set)
        may_end.wait(20)
        with lock:
            running -= 1
        return Cleaned(raw, raw, 1, 1)

    cleaning = Cleaning(at_once=2, seconds=20, clean=slow)
    # When five come at once
    waiting = [asyncio.create_task(cleaning(bytes([number]))) for number in range(5)]
    await two_run.wait()  # the loop goes on meanwhile
    may_end.set()
    done = await asyncio.gather(*waiting)
    # Then all are cleaned, never more than two at once
    assert [one.jpeg for one in done] == [bytes([number]) for number in range(5)]
    assert most == 2


async def test_whoever_waits_too_long_is_told_and_holds_nobody_up() -> None:
    may_end = threading.Event()

    def slow(raw: bytes) -> Cleaned:
        if raw == b"slow":
            may_end.wait(20)
        return Cleaned(raw, raw, 1, 1)

    cleaning = Cleaning(at_once=1, seconds=0, clean=slow)
    with pytest.raises(NoPhotoError) as refusal:
        await cleaning(b"slow")
    assert refusal.value.reason == TOO_SLOW
    may_end.set()
    assert (await Cleaning(at_once=1, clean=slow)(b"quick")).jpeg == b"quick"


async def test_a_refusal_comes_through_the_thread() -> None:
    with pytest.raises(NoPhotoError) as refusal:
        await Cleaning()(b"no photo")
    assert refusal.value.reason == NOT_A_PHOTO


def test_a_bomb_of_forty_megapixels_is_decoded_in_seconds() -> None:
    raw = saved(a_photo(7_000, 5_700))
    before = time.process_time()
    assert cleaned(raw).width == LONGEST_SIDE
    assert time.process_time() - before < 20
    assert Image.MAX_IMAGE_PIXELS == 40_000_000
