# SPDX-License-Identifier: GPL-2.0-or-later
"""A screen's pixels as a picture for the documentation: a binary PPM, cut to what is written on it, as PNG."""

from __future__ import annotations

import struct
import zlib

MARGIN = 16  # pixels


def read(ppm: bytes) -> tuple[int, int, bytes]:
    """Width, height, and three bytes a pixel."""
    magic, size, depth, pixels = ppm.split(b"\n", 3)
    width, height = map(int, size.split())
    assert (magic, depth, len(pixels)) == (b"P6", b"255", width * height * 3)
    return width, height, pixels


def cut(ppm: bytes) -> tuple[int, list[bytes]]:
    """The width in pixels, and the rows, up to the last one that is not black, and a margin."""
    width, height, pixels = read(ppm)
    rows = [pixels[at : at + width * 3] for at in range(0, len(pixels), width * 3)]
    lit = [number for number, row in enumerate(rows) if any(row)]
    assert lit, "the screen is black"
    right = max(len(rows[number].rstrip(b"\0")) for number in lit)
    columns, lines = min(width, -(-right // 3) + MARGIN), min(height, lit[-1] + 1 + MARGIN)
    return columns, [row[: columns * 3] for row in rows[:lines]]


def png(ppm: bytes) -> bytes:
    """PNG specification, 5: signature, header, one stream of filtered rows, end."""
    columns, rows = cut(ppm)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", columns, len(rows), 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
