"""Boot the test card, wait until it has drawn, take its picture; the second half of scripts/demo.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, List

GUEST = ['-M', 'virt', '-m', '128', '-display', 'none', '-device', 'bochs-display',
         '-kernel', 'build/firmware/testcard/testcard.bin', '-append', '1280x800']

BY_HAND = '''
The same by hand:
  build/vitrine {guest} \\
      -serial stdio -qmp unix:qmp.sock,server=on,wait=off
and from another terminal (socat is a Debian package):
  socat - UNIX-CONNECT:qmp.sock
  {{"execute": "qmp_capabilities"}}
  {{"execute": "screendump", "arguments": {{"filename": "{png}", "format": "png"}}}}
  {{"execute": "quit"}}
At the human monitor: scripts/demo --hmp, then 'help'.'''


class Steps:
    """Prints how long each step took."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def done(self, what: str) -> None:
        """Close a step."""
        now = time.monotonic()
        print(f'   {what}: {now - self.last:.3f} s', flush=True)
        self.last = now


def connect(path: str, process: 'subprocess.Popen[bytes]') -> socket.socket:
    """Connect to a socket of a process that is starting."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(60)
    while True:
        try:
            sock.connect(path)
            return sock
        except (FileNotFoundError, ConnectionRefusedError):
            if process.poll() is not None:
                sys.exit('vitrine did not start')
            time.sleep(0.001)


def execute(stream: Any, command: str, **arguments: Any) -> Any:
    """Run a QMP command; events that come meanwhile are passed over."""
    stream.write(json.dumps({'execute': command, 'arguments': arguments}).encode() + b'\n')
    stream.flush()
    while True:
        reply = json.loads(stream.readline())
        if 'error' in reply:
            sys.exit(f'{command}: {reply["error"]["desc"]}')
        if 'return' in reply:
            return reply['return']


def take_picture(directory: str) -> None:
    """Start the machine, wait for its picture, save it."""
    steps = Steps()
    qmp_path, serial_path = f'{directory}/qmp', f'{directory}/serial'
    arguments: List[str] = ['build/vitrine', *GUEST,
                            '-qmp', f'unix:{qmp_path},server=on,wait=off',
                            '-serial', f'unix:{serial_path},server=on,wait=on']
    print('== ' + ' '.join(arguments), flush=True)
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
    try:
        serial = connect(serial_path, process).makefile('rb')
        qmp = connect(qmp_path, process).makefile('rwb')
        json.loads(qmp.readline())
        execute(qmp, 'qmp_capabilities')
        steps.done('start until QMP answers')
        for line in serial:
            if line.startswith(b'testcard: ready'):
                print(f'   the guest says: {line.decode().strip()}')
                break
        else:
            sys.exit('the guest did not draw')
        steps.done('firmware and guest until it has drawn')
        picture = os.path.abspath('demo.png')
        execute(qmp, 'screendump', filename=picture, format='png')
        steps.done('screendump')
        execute(qmp, 'quit')
        process.wait(10)
        steps.done('quit')
        print(f'demo.png: {os.path.getsize(picture)} bytes')
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    print(BY_HAND.format(guest=' '.join(GUEST), png=picture))


def main() -> None:
    """Take the picture, or become the machine with its console."""
    if sys.argv[1:] == ['--hmp']:
        arguments = ['build/vitrine', *GUEST, '-monitor', 'stdio']
        print('== ' + ' '.join(arguments))
        print("Try: info status, info registers, screendump demo.ppm, stop, cont, help, quit",
              flush=True)
        os.execv(arguments[0], arguments)
    with tempfile.TemporaryDirectory(prefix='vitrine-demo-') as directory:
        take_picture(directory)


if __name__ == '__main__':
    main()
