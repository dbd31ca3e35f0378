"""Reading the pictures that screendump writes, with nothing but the standard library.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import struct
import zlib
from typing import Tuple

Picture = Tuple[int, int, bytes]


def read_ppm(path: str) -> Picture:
    """Return width, height and RGB bytes of a binary PPM (P6)."""
    with open(path, 'rb') as file:
        data = file.read()
    magic, size, depth, pixels = data.split(b'\n', 3)
    assert magic == b'P6' and depth == b'255', data[:20]
    width, height = (int(word) for word in size.split())
    assert len(pixels) == width * height * 3, len(pixels)
    return width, height, pixels


def unfilter(kind: int, line: bytearray, above: bytes, step: int) -> None:
    """Undo a PNG filter (PNG specification, section 9) in place."""
    if kind == 0:
        return
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        up = above[i]
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            predicted = left
        elif kind == 2:
            predicted = up
        elif kind == 3:
            predicted = (left + up) // 2
        else:
            estimate = left + up - corner
            distances = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
            predicted = (left, up, corner)[distances.index(min(distances))]
        line[i] = (value + predicted) & 0xff


def read_png(path: str) -> Picture:
    """Return width, height and RGB bytes of an 8-bit RGB(A) PNG without interlace."""
    with open(path, 'rb') as file:
        data = file.read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n', data[:8]
    position, compressed, width, height = 8, b'', 0, 0
    ended, channels = False, 0
    while not ended:
        length, kind = struct.unpack('>I4s', data[position:position + 8])
        body = data[position + 8:position + 8 + length]
        crc, = struct.unpack('>I', data[position + 8 + length:position + 12 + length])
        assert crc == zlib.crc32(kind + body), kind
        if kind == b'IHDR':
            width, height, depth, colour, _, _, interlace = struct.unpack('>IIBBBBB', body)
            channels = {2: 3, 6: 4}[colour]
            assert (depth, interlace) == (8, 0), body
        elif kind == b'IDAT':
            compressed += body
        ended = kind == b'IEND'
        position += 12 + length
    assert position == len(data)
    raw = zlib.decompress(compressed)
    stride = width * channels
    assert len(raw) == (stride + 1) * height
    above, rows = bytes(stride), []
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(raw[start + 1:start + 1 + stride])
        if raw[start] == 2:
            # The common one, fast: whole rows as one integer sum a byte.
            line = bytearray((a + b) & 0xff for a, b in zip(line, above))
        else:
            unfilter(raw[start], line, above, channels)
        above = bytes(line)
        rows.append(above)
    pixels = bytearray(b''.join(rows))
    if channels == 4:
        del pixels[3::4]
    return width, height, bytes(pixels)


def pixel(picture: Picture, x: int, y: int) -> Tuple[int, int, int]:
    """Return the colour at a place."""
    width, _, pixels = picture
    at = (y * width + x) * 3
    return pixels[at], pixels[at + 1], pixels[at + 2]
