"""Photos as they are kept: only the pixels of what somebody sent, drawn anew.

Whatever else a file may carry (where and with what it was taken, comments, colour profiles, a second file behind or
inside the first) is not copied, so it is gone. A file is opened only as one of three formats, its size is looked at
before any pixel is decoded, and what is broken or too large gets a sentence that tells the resident what to do.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from PIL import Image

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of a file that is taken."""
LONGEST_SIDE: Final = 1600
THUMBNAIL_SIDE: Final = 320
_MOST_PIXELS: Final = {"JPEG": 40_000_000, "MPO": 40_000_000, "PNG": 25_000_000, "WEBP": 16_000_000}
"""Pixels that a picture may have, by what decoding needs: a JPEG is decoded small at once, a WebP several times over.
MPO is a JPEG with more pictures behind it, as some telephones write it; the first one is taken."""
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = 80
_THUMBNAIL_QUALITY: Final = 72
_GAP: Final = 2.0  # how much larger than wanted a picture may be before the slow, good way of making it smaller
_HEIF: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_ORIENTATION: Final = 0x0112  # EXIF 2.3, table 4: how the picture is turned
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# The library's own guard against bombs stands behind ours. Filters are set once, since they belong to the process and
# photos are decoded in threads.
Image.MAX_IMAGE_PIXELS = max(_MOST_PIXELS.values())
warnings.filterwarnings("ignore", module=r"PIL\.")  # of metadata that it cannot read, which nobody wants
warnings.simplefilter("error", Image.DecompressionBombWarning)


class NoPhotoError(Exception):
    """A file is not taken as a photo. `reason` is told to whoever sent it, in Vietnamese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


EMPTY: Final = "Tệp ảnh bạn gửi không có nội dung. Bạn chụp lại hoặc chọn ảnh khác giúp."
TOO_LARGE: Final = "Ảnh này lớn hơn 10 MB nên chưa nhận được. Bạn gửi ảnh nhỏ hơn, hoặc chụp màn hình ảnh đó rồi gửi."
TOO_MANY_PIXELS: Final = (
    "Ảnh này có kích thước quá lớn nên chưa nhận được. Bạn chụp màn hình ảnh đó rồi gửi, hoặc chọn ảnh khác."
)
NOT_A_PHOTO: Final = "Tệp này không phải ảnh JPEG, PNG hoặc WebP. Bạn chụp lại hoặc chọn ảnh khác giúp."
HEIF: Final = (
    "Ảnh dạng HEIC hoặc AVIF chưa mở được ở đây. Bạn chụp màn hình ảnh đó rồi gửi, "
    "hoặc đổi máy ảnh sang dạng JPEG (“Tương thích nhất”)."
)
BROKEN: Final = "Ảnh này bị hỏng hoặc tải lên chưa hết nên không mở được. Bạn gửi lại ảnh giúp."
TOO_SLOW: Final = "Ảnh này chưa xử lý được lúc này. Bạn đợi một lát rồi gửi lại."


@dataclass(frozen=True)
class Cleaned:
    """A photo as it is kept: two JPEGs without metadata, and the size of the larger one in pixels."""

    jpeg: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)
    width: int
    height: int


def cleaned(raw: bytes) -> Cleaned:
    """Return a photo drawn anew from the pixels of a file. Raises `NoPhotoError`.

    Takes JPEG, PNG and WebP of at most 10 MB, of a moving one the first picture. The result stands upright, has at
    most 1600 pixels on its longer side, and white where there was nothing.
    """
    if not raw:
        raise NoPhotoError(EMPTY)
    if len(raw) > LARGEST:
        raise NoPhotoError(TOO_LARGE)
    if _is_heif(raw):
        raise NoPhotoError(HEIF)
    with _opened(raw) as image:
        if image.width * image.height > _MOST_PIXELS.get(image.format or "", 0):
            raise NoPhotoError(TOO_MANY_PIXELS)
        try:
            upright = _small(image)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise NoPhotoError(TOO_MANY_PIXELS) from None
        except Exception:  # decoders raise whatever their format's oddities lead to
            raise NoPhotoError(BROKEN) from None
    thumbnail = upright.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=_GAP)
    return Cleaned(_jpeg(upright, _QUALITY), _jpeg(thumbnail, _THUMBNAIL_QUALITY), upright.width, upright.height)


class Cleaning:
    """Cleans photos in threads, few at a time: one may take 300 MB of memory while it is decoded.

    A thread cannot be ended from outside. So whoever waits is told after `seconds` that it took too long, and the
    place is free again only when the thread has really ended.
    """

    def __init__(self, *, at_once: int = 2, seconds: float = 10.0, clean: Callable[[bytes], Cleaned] = cleaned) -> None:
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="photo")
        self._seconds = seconds
        self._clean = clean

    async def __call__(self, raw: bytes) -> Cleaned:
        """Return the photo drawn anew. Raises `NoPhotoError`, also when it was not done in time."""
        working = asyncio.get_running_loop().run_in_executor(self._threads, partial(self._clean, raw))
        try:
            async with asyncio.timeout(self._seconds):
                return await working
        except TimeoutError:  # one that was not begun is cancelled with the wait for it
            raise NoPhotoError(TOO_SLOW) from None


def _is_heif(raw: bytes) -> bool:
    return raw[4:8] == b"ftyp" and raw[8:12] in _HEIF


def _opened(raw: bytes) -> Image.Image:
    """Read the header. Raises `NoPhotoError`."""
    try:
        return Image.open(io.BytesIO(raw), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NoPhotoError(TOO_MANY_PIXELS) from None
    except Exception:  # not only UnidentifiedImageError: chunks that unpack to too much, impossible sizes, …
        raise NoPhotoError(NOT_A_PHOTO if not _looks_right(raw) else BROKEN) from None


def _looks_right(raw: bytes) -> bool:
    return raw.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (raw[:4] == b"RIFF" and raw[8:12] == b"WEBP")


def _small(image: Image.Image) -> Image.Image:
    """Decode the first picture, make it small, upright and RGB. Raises whatever the decoder raises."""
    turn = _TURNS.get(_orientation(image))
    larger = max(image.size) / LONGEST_SIDE
    image.draft("RGB", (int(image.width / larger), int(image.height / larger)))  # a JPEG is decoded smaller at once
    image.load()
    small = _reducible(image)
    if (factor := int(max(small.size) / (LONGEST_SIDE * _GAP))) > 1:
        small = small.reduce(factor)
    if small.mode == "I":
        small = small.point(lambda value: value / 256).convert("L")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    upright = _on_white(small)
    return upright.transpose(turn) if turn is not None else upright


def _reducible(image: Image.Image) -> Image.Image:
    """The picture in a mode whose pixels can be averaged, with as few copies of the whole as possible."""
    if image.mode.startswith("I"):  # 16 bits of grey: converted at once to 8, all that is not black would be cut off
        return image.convert("I")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, (255, 255, 255))
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _orientation(image: Image.Image) -> int:
    """How the picture is turned; upright where its EXIF data cannot be read."""
    try:
        turned = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # it is written by whoever made the file
        return 1
    return turned if isinstance(turned, int) else 1


def _jpeg(image: Image.Image, quality: int) -> bytes:
    bare = Image.new("RGB", image.size)
    bare.paste(image)  # nothing but pixels: what a picture carries beside them would be written along
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
    return written.getvalue()
