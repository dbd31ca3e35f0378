"""Lines of the human monitor that are not what was meant, and so are not executed.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import socket
from typing import Dict, List

from harness import TIMEOUT, VmTest, main
from qmp import QmpError, connect

PROMPT = b'(qemu) '


class FaultsTest(VmTest):
    """What a line cannot have: it is refused whole, and the next one is executed."""

    def setUp(self) -> None:
        directory = self.directory()
        self.target = os.path.join(directory, 'target')
        self.paths = [os.path.join(directory, name) for name in ('edited', 'plain')]
        edited, plain = self.paths
        self.machine = self.vm('-S', '-monitor', f'unix:{edited},server=on,wait=off', '-chardev',
                               f'socket,id=plain,path={plain},server=on,wait=off', '-mon',
                               'plain', serial=False)

    def left(self) -> List[str]:
        """Return the files in the directory of those that commands write."""
        directory, name = os.path.split(self.target)
        return [file for file in os.listdir(directory) if file.startswith(name)]

    def answers(self, path: str, lines: List[bytes]) -> List[bytes]:
        """Send lines as a program does, all at once; return what was printed for each."""
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        sock.settimeout(TIMEOUT)
        connect(sock, path)
        sock.sendall(b'\n'.join(lines) + b'\n')
        sock.shutdown(socket.SHUT_WR)
        seen = b''
        while chunk := sock.recv(65536):
            seen += chunk
        # A line that was scrolled is written again when it is finished.
        parts = seen.replace(b'\r\x1b[K' + PROMPT, b'').split(PROMPT)
        self.assertEqual(len(parts), len(lines) + 2, seen[-800:])
        return parts[1:-1]

    def test_refused(self) -> None:
        save = b'pmemsave 0x1000 4 "%s%%s"' % self.target.encode()
        faults: Dict[bytes, str] = {
            save % b'a\0b': 'a NUL byte',
            b'\0' + save % b'a': 'a NUL byte',
            save % b'a\xffb': 'bytes that are not UTF-8',
            save % b'a\xc3': 'bytes that are not UTF-8',
            save % b'a\xe2\x82': 'bytes that are not UTF-8',
            save % b'a\xed\xa0\x80': 'bytes that are not UTF-8',
            save % b'a\xc0\xafb': 'bytes that are not UTF-8',
            save % b'a\xc2\x85b': 'a character that cannot be printed',
            save % b'a\xe2\x80\x8bb': 'a character that cannot be printed',
            save % (b'a' * 4096): 'more than 4096 bytes',
            b'\xcc\x81' + save % b'a': 'a combining mark at its beginning',
            b'quit\0': 'a NUL byte',
        }
        for path in self.paths:
            lines = [line for fault in faults for line in (fault, b'print 6*7')]
            answers = self.answers(path, lines)
            for line, answer, after in zip(faults, answers[::2], answers[1::2]):
                with self.subTest(path, line=line):
                    self.assertIn(f'\nError: the line has {faults[line]}, and was not executed\r\n'
                                  .encode(), b'\n' + answer)
                    self.assertIn(b'0x2a', after)
            self.assertEqual(self.left(), [])

    def test_taken(self) -> None:
        """All else may be in a file's name."""
        names = ['ä', '中', 'e\u0301', 'a b', '\U0001f600', "'", '#', '�', '\u00a0']
        for path in self.paths:
            lines = [f'pmemsave 0x1000 4 "{self.target}{name}"'.encode() for name in names]
            for answer in self.answers(path, lines):
                self.assertNotIn(b'Error', answer)
            self.assertCountEqual(self.left(), ['target' + name for name in names])
            for name in names:
                os.unlink(self.target + name)

    def test_through_qmp(self) -> None:
        qmp = self.machine.qmp
        for line in ('quit\0', '\0', f'pmemsave 0x1000 4 "{self.target}\0b"'):
            with self.assertRaisesRegex(QmpError, "'command-line' expects a string without NUL"):
                qmp.hmp(line)
        qmp.send_raw(b'{"execute": "human-monitor-command", "arguments": {"command-line": '
                     b'"pmemsave 0x1000 4 %s\xff"}}' % self.target.encode())
        self.assertIn('stray byte 0xFF', qmp.receive()['error']['desc'])
        self.assertEqual(self.left(), [])


if __name__ == '__main__':
    main()
