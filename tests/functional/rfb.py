"""A small VNC viewer: RFB 3.3 to 3.8 (RFC 6143), raw pixels, changes of size, passwords.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import socket
import struct
from typing import List, Optional, Tuple, Union

from pictures import Picture

ENCODING_RAW = 0
ENCODING_DESKTOP_SIZE = -223

SECURITY_NONE, SECURITY_VNC = 1, 2

Rect = Tuple[int, int, int, int]
Address = Union[str, Tuple[str, int], socket.socket]


class Refused(Exception):
    """The server did not let us in."""


def encrypt(password: str, challenge: bytes) -> bytes:
    """Return the answer to a challenge: DES with the key's bits reversed."""
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    padded = password.encode()[:8].ljust(8, b'\0')
    key = bytes(int(f'{byte:08b}'[::-1], 2) for byte in padded)
    # Three times the same key is plain DES.
    cipher = Cipher(algorithms.TripleDES(key * 3), modes.ECB(), default_backend())
    encryptor = cipher.encryptor()
    return encryptor.update(challenge) + encryptor.finalize()


class Viewer:
    """A connection, here or made elsewhere; everything is waited for, up to a time limit."""

    def __init__(self, address: Address, timeout: float = 60) -> None:
        if isinstance(address, socket.socket):
            self.sock = address
        else:
            family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
            self.sock = socket.socket(family, socket.SOCK_STREAM)
            self.sock.settimeout(timeout)
            self.sock.connect(address)
        self.width = self.height = 0
        self.name = ''
        self.pixels = bytearray()
        self.challenge = b''

    def close(self) -> None:
        """Hang up."""
        self.sock.close()

    def read(self, length: int) -> bytes:
        """Return so many bytes."""
        data = bytearray()
        while len(data) < length:
            chunk = self.sock.recv(min(length - len(data), 1 << 20))
            if not chunk:
                raise EOFError(f'the server hung up after {len(data)} of {length} bytes')
            data += chunk
        return bytes(data)

    def number(self) -> int:
        """Return the next 32 bits."""
        value: int = struct.unpack('>I', self.read(4))[0]
        return value

    def send(self, form: str, *values: object) -> None:
        """Send big-endian numbers."""
        self.sock.sendall(struct.pack('>' + form, *values))

    # ---- the handshake ----

    def negotiate(self, minor: int = 8) -> List[int]:
        """Agree on a version; return the security types that are offered."""
        version = self.read(12)
        assert version == b'RFB 003.008\n', version
        self.sock.sendall(b'RFB 003.%03d\n' % minor)
        if minor < 7:
            return [self.number()]
        types = list(self.read(self.read(1)[0]))
        assert types
        return types

    def prove(self, types: List[int], password: Optional[str], minor: int = 8) -> None:
        """Choose the first security type and pass it, or raise Refused."""
        if minor >= 7:
            self.send('B', types[0])
        if types[0] == SECURITY_VNC:
            self.challenge = self.read(16)
            answer = self.challenge if password is None else encrypt(password, self.challenge)
            self.sock.sendall(answer)
        elif minor < 8:
            return
        if self.number() != 0:
            reason = self.read(self.number()).decode() if minor >= 8 else ''
            assert not self.sock.recv(1)
            raise Refused(reason)

    def initialize(self, shared: bool = True) -> None:
        """Say whether others may look as well; learn what the screen is like."""
        self.send('B', shared)
        self.width, self.height = struct.unpack('>HH', self.read(4))
        pixel_format = self.read(16)
        assert pixel_format[:3] == bytes((32, 24, 0)) and pixel_format[3], pixel_format
        assert pixel_format[4:13] == bytes((0, 255, 0, 255, 0, 255, 16, 8, 0)), pixel_format
        self.name = self.read(self.number()).decode()
        self.pixels = bytearray(self.width * self.height * 4)

    def start(self, password: Optional[str] = None, minor: int = 8, shared: bool = True) -> None:
        """Go through the whole handshake."""
        self.prove(self.negotiate(minor), password, minor)
        self.initialize(shared)

    # ---- messages ----

    def set_encodings(self, *encodings: int) -> None:
        """Say what we understand."""
        self.send(f'BxH{len(encodings)}i', 2, len(encodings), *encodings)

    def request(self, incremental: bool = False) -> None:
        """Ask for an update of the whole screen."""
        self.send('BBHHHH', 3, incremental, 0, 0, self.width, self.height)

    def key(self, keysym: int, down: bool) -> None:
        """Press or release a key."""
        self.send('BBxxI', 4, down, keysym)

    def pointer(self, buttons: int, x: int, y: int) -> None:
        """Move the pointer and press buttons."""
        self.send('BBHH', 5, buttons, x, y)

    def draw(self, rect: Rect) -> None:
        """Read the pixels of a rectangle."""
        x, y, width, height = rect
        assert x + width <= self.width and y + height <= self.height, rect
        data = self.read(width * height * 4)
        for row in range(height):
            start = ((y + row) * self.width + x) * 4
            self.pixels[start:start + width * 4] = data[row * width * 4:(row + 1) * width * 4]

    def update(self) -> List[Rect]:
        """Read an update; return what was drawn: nothing if only the size changed."""
        kind, count = struct.unpack('>BxH', self.read(4))
        assert kind == 0, kind
        drawn: List[Rect] = []
        for _ in range(count):
            x, y, width, height, encoding = struct.unpack('>HHHHi', self.read(12))
            if encoding == ENCODING_DESKTOP_SIZE:
                self.width, self.height = width, height
                self.pixels = bytearray(width * height * 4)
            else:
                assert encoding == ENCODING_RAW, encoding
                self.draw((x, y, width, height))
                drawn.append((x, y, width, height))
        return drawn

    def refresh(self) -> None:
        """Ask for all of the screen and read it, whatever size it has become."""
        self.request()
        while not self.update():
            self.request()

    def picture(self) -> Picture:
        """Return what we see."""
        rgb = bytearray(self.width * self.height * 3)
        for channel in range(3):
            rgb[channel::3] = self.pixels[2 - channel::4]
        return self.width, self.height, bytes(rgb)


def free_display() -> int:
    """Return the number of a display whose port nobody listens at."""
    for display in range(100 + os.getpid() % 800, 2000):
        with socket.socket() as sock:
            try:
                sock.bind(('127.0.0.1', 5900 + display))
                return display
            except OSError:
                pass
    raise AssertionError('no free port')
