"""The bytes of a text file, as UTF-8.

In: a file of any encoding that can be told apart with certainty. Out: UTF-8 without a BOM.
UTF-8, UTF-16 and UTF-32 (the latter two by their BOM) and Western European (Windows-1252, the
superset of Latin-1) are read; anything else is an error rather than a guess.
"""

import codecs
import re
from pathlib import Path

from clearprop.errors import DataError

# UTF-32's little-endian BOM begins with UTF-16's, so it is tried first.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# In Western European text letters beyond ASCII stand alone or in pairs; a longer run means a
# Cyrillic, Greek or East Asian encoding, which Windows-1252 would silently turn into nonsense.
FOREIGN = re.compile(rb"[\x80-\xff]{4}")
HEAD = 1 << 16


def utf8_bytes(path: Path) -> bytes:
    """Return a text file's bytes as UTF-8, with line ends that have a line feed.

    Raises
    ------
    DataError: the file is not text, or its encoding cannot be told.
    """
    data = _decoded(path, path.read_bytes())
    if b"\0" in data or CONTROL.search(data, 0, HEAD):
        raise DataError(
            f"{path} is not a text table: it holds binary data;"
            " CSV and TSV (best as UTF-8), Parquet and NPZ files can be read"
        )
    if b"\r" in data and b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return data


def _decoded(path: Path, data: bytes) -> bytes:
    for mark, codec in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _reencoded(path, data[len(mark) :], codec)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if b"\0" in data or CONTROL.search(data, 0, HEAD):
            return data  # binary: utf8_bytes says so
        if FOREIGN.search(data):
            raise _unknown(path) from None
        return _reencoded(path, data, "cp1252")
    return data


def _reencoded(path: Path, data: bytes, codec: str) -> bytes:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise _unknown(path) from None
    return data if codec == "utf-8" else text.encode("utf-8")


def _unknown(path: Path) -> DataError:
    return DataError(
        f"{path} is written in an encoding that cannot be told with certainty"
        " (not UTF-8, UTF-16 or Western European); save it as UTF-8"
    )
