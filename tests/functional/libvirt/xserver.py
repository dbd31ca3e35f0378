"""An X server without a monitor: programs run on it, and what they show can be looked at.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from typing import Dict, List, Optional, Tuple

from harness import TIMEOUT
from pictures import Picture

WIDTH, HEIGHT = 1280, 1024
# The header of an X window dump: 25 numbers, of which these are used.
HEADER = '>25I'
HEADER_SIZE, BITS_PER_PIXEL, COLOURS = 0, 11, 19
COLOUR_SIZE = 12
PROGRAMS = {'Xvfb': 'xvfb', 'xdotool': 'xdotool', 'virt-viewer': 'virt-viewer'}


def missing_programs() -> str:
    """Return what is not installed, or an empty string."""
    names = [package for name, package in PROGRAMS.items() if not shutil.which(name)]
    return f'no viewer; missing: {" ".join(names)}' if names else ''


class XServer:
    """The server, and the programs on it."""

    def __init__(self) -> None:
        self.dir = tempfile.mkdtemp(prefix='vitrine-x-')
        self.processes: List['subprocess.Popen[bytes]'] = []
        self.environment: Dict[str, str] = dict(os.environ)
        server = self.start('Xvfb', '-displayfd', '1', '-screen', '0', f'{WIDTH}x{HEIGHT}x24',
                            '-fbdir', self.dir, '-nolisten', 'tcp')
        assert server.stdout
        display = server.stdout.readline().decode().strip()
        assert display, 'Xvfb does not start'
        self.environment = {**os.environ, 'DISPLAY': f':{display}', 'HOME': self.dir,
                            'XDG_RUNTIME_DIR': self.dir, 'GDK_BACKEND': 'x11',
                            'NO_AT_BRIDGE': '1'}

    def start(self, *command: str) -> 'subprocess.Popen[bytes]':
        """Start a program, which ends with the server."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, env=self.environment)
        self.processes.append(process)
        return process

    def xdotool(self, *args: str) -> str:
        """Point, type or look for windows."""
        return subprocess.run(['xdotool', *args], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=True, timeout=TIMEOUT, env=self.environment).stdout

    def wait_window(self, title: str) -> str:
        """Wait for a window; return its id."""
        return self.xdotool('search', '--sync', '--onlyvisible', '--name', title).split()[0]

    def rows(self) -> List[bytes]:
        """Return the rows of the screen, three bytes a pixel."""
        with open(os.path.join(self.dir, 'Xvfb_screen0'), 'rb') as file:
            data = file.read()
        header = struct.unpack_from(HEADER, data)
        assert header[BITS_PER_PIXEL] == 32
        pixels = data[header[HEADER_SIZE] + header[COLOURS] * COLOUR_SIZE:]
        rgb = bytearray(WIDTH * HEIGHT * 3)
        for channel in range(3):
            # In memory it is blue, green, red, and a byte that means nothing.
            rgb[2 - channel::3] = pixels[channel:WIDTH * HEIGHT * 4:4]
        return [bytes(rgb[y * WIDTH * 3:(y + 1) * WIDTH * 3]) for y in range(HEIGHT)]

    def find(self, picture: Picture) -> Optional[Tuple[int, int]]:
        """Return where on the screen a picture is shown, pixel by pixel."""
        width, height, pixels = picture
        wanted = [pixels[y * width * 3:(y + 1) * width * 3] for y in range(height)]
        rows = self.rows()
        for top in range(HEIGHT - height + 1):
            left = rows[top].find(wanted[0])
            if left >= 0 and all(rows[top + y].startswith(row, left)
                                 for y, row in enumerate(wanted)):
                return left // 3, top
        return None

    def wait_picture(self, picture: Picture) -> Tuple[int, int]:
        """Wait until a picture is shown; return where."""
        deadline = time.monotonic() + TIMEOUT
        while not (found := self.find(picture)):
            assert time.monotonic() < deadline, 'the picture is not on the screen'
            time.sleep(0.1)
        return found

    def close(self) -> None:
        """End all programs, the server last."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            process.wait(TIMEOUT)
            if process.stdout:
                process.stdout.close()
        shutil.rmtree(self.dir, ignore_errors=True)
