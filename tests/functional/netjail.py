"""Run a program in a network of its own, whose name server is the test and may keep silent.

As a script: netjail.py PATH PROGRAM ARGUMENT... within unshare(1). It hands the sockets to whoever
listens at PATH.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from typing import Any, List, Optional, Tuple

UNSHARE = ('unshare', '--map-root-user', '--net', '--mount')
TIMEOUT = 60
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
TYPE_A = 1
FILES = {
    # One attempt, and one that is waited for longer than any test.
    '/etc/resolv.conf': 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n',
    '/etc/nsswitch.conf': 'hosts: dns\n',
}


def is_possible() -> bool:
    """Return whether this system lets us have a network of our own."""
    return subprocess.run([*UNSHARE, 'true'], capture_output=True, check=False).returncode == 0


class Jail:
    """What a test has of the network that a program runs in."""

    def __init__(self, directory: str) -> None:
        self.handover = socket.socket(socket.AF_UNIX)
        self.handover.bind(os.path.join(directory, 'handover'))
        self.handover.listen()
        self.argv = (*UNSHARE, sys.executable, __file__, self.handover.getsockname())
        self.names: Optional[socket.socket] = None  # the name server's
        self.server: Optional[socket.socket] = None  # listens
        self.clients: List[socket.socket] = []

    def enter(self) -> None:
        """Take the sockets, once the program is being started."""
        self.handover.settimeout(TIMEOUT)
        connection, _ = self.handover.accept()
        connection.settimeout(TIMEOUT)
        _, fds, _, _ = socket.recv_fds(connection, 1, 2)
        self.names, self.server = (socket.socket(fileno=fd) for fd in fds)
        self.names.settimeout(TIMEOUT)
        connection.close()

    def port(self) -> str:
        """Return where the server listens."""
        assert self.server
        return str(self.server.getsockname()[1])

    def query(self) -> Tuple[bytes, Any]:
        """Wait for a question to the name server, and let it wait."""
        assert self.names
        question: Tuple[bytes, Any] = self.names.recvfrom(512)
        return question

    def answer(self, question: Tuple[bytes, Any]) -> None:
        """Say that a name is 127.0.0.1, and has no other address."""
        assert self.names
        text, client = question
        name_end = text.index(b'\0', 12) + 1
        kind, = struct.unpack('>H', text[name_end:name_end + 2])
        address = struct.pack('>HHHIH4B', 0xc00c, TYPE_A, 1, 0, 4, 127, 0, 0, 1)
        header = text[:2] + struct.pack('>5H', 0x8180, 1, kind == TYPE_A, 0, 0)
        self.names.sendto(header + text[12:name_end + 4] + (address if kind == TYPE_A else b''),
                          client)

    def has_client(self) -> bool:
        """Return whether somebody has connected to the server, which then keeps silent."""
        assert self.server
        self.server.settimeout(0)
        try:
            self.clients.append(self.server.accept()[0])
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Close the sockets."""
        for sock in (self.handover, self.names, self.server, *self.clients):
            if sock:
                sock.close()


def put_files(directory: str) -> None:
    """Have names looked up at the test alone."""
    for path, text in FILES.items():
        ours = os.path.join(directory, os.path.basename(path))
        with open(ours, 'w', encoding='ascii') as file:
            file.write(text)
        subprocess.run(['mount', '--bind', ours, path], check=True)


def main(handover: str, program: List[str]) -> None:
    """Prepare the network, hand over the sockets, and become the program."""
    put_files(os.path.dirname(handover))
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(names, SIOCSIFFLAGS, struct.pack('16sh14x', b'lo', IFF_UP))
    names.bind(('127.0.0.1', 53))
    server = socket.create_server(('127.0.0.1', 0))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(handover)
        socket.send_fds(connection, [b'x'], [names.fileno(), server.fileno()])
    os.execv(program[0], program)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
