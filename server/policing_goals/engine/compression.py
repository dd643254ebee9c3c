"""Content codings (RFC 9110, 8.4.1): gzip and zstd.

Workers compress results, so that it counts against the limits of the query; the cache has them compressed.
"""

import gzip
from contextlib import AbstractContextManager
from io import BytesIO
from typing import IO, Any

import zstandard

from policing_goals.engine.spool import SpoolingWriter

# In order of preference.
CODINGS = ("zstd", "gzip")
# A smaller body fits into one packet anyway.
MIN_BYTES = 1024


def encode(plain: SpoolingWriter, coding: str, compressed: SpoolingWriter) -> None:
    """Compress the content of one writer into another; the same bytes each time."""
    with _compressor(coding, compressed) as stream:
        for piece in plain.pieces():
            stream.write(piece)


def compress(content: bytes, coding: str) -> bytes:
    """Content in a coding; the same bytes each time."""
    packed = BytesIO()
    with _compressor(coding, packed) as stream:
        stream.write(content)
    return packed.getvalue()


def _compressor(coding: str, output: IO[bytes]) -> AbstractContextManager[IO[bytes] | Any]:
    if coding == "zstd":
        return zstandard.ZstdCompressor().stream_writer(output, closefd=False)
    return gzip.GzipFile(fileobj=output, mode="wb", compresslevel=6, mtime=0)
