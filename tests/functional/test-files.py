"""Files that commands write: links, descriptors in sets, and nothing left behind by who gave up.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import resource
import select
import socket
import time
from typing import Callable, List

from harness import TIMEOUT, VmTest, main
from qmp import Qmp, QmpError

RAM = 0x80000000
MIB = 1 << 20
LARGE = 2048 * MIB


def wait_until(condition: Callable[[], bool]) -> None:
    """Fail if it takes for ever."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError('waited in vain')
        time.sleep(0.001)


class FilesTest(VmTest):
    """A machine with much memory, so that there is time to give up."""

    def setUp(self) -> None:
        self.machine = self.vm('-S', '-m', str(LARGE // MIB), '-device', 'bochs-display',
                               serial=False)
        self.qmp = self.machine.qmp
        self.path = self.machine.path

    def write(self, name: str, content: bytes) -> str:
        """Make a file."""
        with open(self.path(name), 'wb') as file:
            file.write(content)
        return self.path(name)

    def content(self, name: str) -> bytes:
        """Return the beginning of a file."""
        with open(self.path(name), 'rb') as file:
            return file.read(100)

    def temporary(self) -> List[str]:
        """Return the files that are not finished."""
        return [name for name in os.listdir(self.machine.dir) if name.startswith('.vitrine-')]

    def dump_and_leave(self, name: str, meanwhile: Callable[[], None]) -> None:
        """Begin to dump the memory into a file, do something, and hang up."""
        client = self.machine.connect()
        client.send('dump-guest-memory', {'paging': False, 'protocol': f'file:{self.path(name)}'})
        wait_until(lambda: bool(self.temporary()))
        meanwhile()
        client.close()
        wait_until(lambda: not self.temporary())

    def test_link_to_a_file(self) -> None:
        self.write('real', b'old')
        os.symlink('real', self.path('link'))
        self.dump_and_leave('link', lambda: None)
        self.assertEqual(self.content('real'), b'old')
        self.qmp.command('dump-guest-memory', paging=False, begin=RAM, length=4096,
                         protocol=f'file:{self.path("link")}')
        self.assertEqual(os.readlink(self.path('link')), 'real')
        self.assertEqual(self.content('real')[:4], b'\x7fELF')

    def test_link_to_nothing(self) -> None:
        os.mkdir(self.path('dir'))
        os.symlink('dir/link', self.path('link'))
        os.symlink('../new', self.path('dir/link'))
        self.dump_and_leave('link', lambda: None)
        self.assertFalse(os.path.exists(self.path('new')))
        self.qmp.command('screendump', filename=self.path('link'))
        self.assertEqual(self.content('new')[:2], b'P6')
        self.assertEqual(os.readlink(self.path('link')), 'dir/link')

    def test_loop_of_links(self) -> None:
        os.symlink('loop', self.path('loop'))
        for name in ('loop', 'loop/x', 'missing/x', 'missing/'):
            with self.assertRaisesRegex(QmpError, name):
                self.qmp.command('screendump', filename=self.path(name))

    def test_link_is_changed_meanwhile(self) -> None:
        """What somebody else put there is neither written nor removed."""
        self.write('precious', b'precious')
        os.symlink('new', self.path('link'))

        def change() -> None:
            os.symlink('precious', self.path('other'))
            os.rename(self.path('other'), self.path('link'))

        self.dump_and_leave('link', change)
        self.assertEqual(self.content('precious'), b'precious')
        self.assertFalse(os.path.exists(self.path('new')))

    def test_target_is_replaced_meanwhile(self) -> None:
        self.write('foreign', b'foreign')
        self.dump_and_leave('core', lambda: os.rename(self.path('foreign'), self.path('core')))
        self.assertEqual(self.content('core'), b'foreign')

    def test_memory_that_is_not_wanted_any_more(self) -> None:
        """A file that was made for it goes; one that somebody else made does not."""
        for command in ('pmemsave', 'memsave'):
            for name in ('made', 'foreign'):
                client = self.machine.connect()
                client.send(command, {'val': RAM, 'size': LARGE, 'filename': self.path('made')})
                wait_until(lambda: os.path.exists(self.path('made')))
                if name == 'foreign':
                    os.rename(self.write('foreign', b'foreign'), self.path('made'))
                client.close()
                wait_until(lambda: not self.running(command))
                if name == 'foreign':
                    self.assertEqual(self.content('made'), b'foreign')
                    os.unlink(self.path('made'))
                wait_until(lambda: not os.path.exists(self.path('made')))

    def running(self, command: str) -> bool:
        """Whether somebody's command runs."""
        return any(item['command'] == command
                   for item in self.qmp.command('query-commands-in-flight'))

    def test_dump_that_is_cancelled(self) -> None:
        """Half a file is not left behind by a client that stays, either."""
        self.write('core', b'old')
        arguments = {'paging': False, 'protocol': f'file:{self.path("core")}'}
        client = self.machine.connect()
        client.send('dump-guest-memory', arguments, id='dump')
        wait_until(lambda: bool(self.temporary()))
        flying, = (info for info in self.qmp.command('query-commands-in-flight') if 'id' in info)
        self.qmp.command('cancel-command', id='dump', session=flying['session'])
        self.assertIn('by cancel-command', client.receive_reply()['error']['desc'])
        wait_until(lambda: not self.temporary())
        # The time-out is to come after the file was begun, and before it is whole.
        timeout, cancelled, begun = 20, False, False
        while not (begun and cancelled):
            begun = False
            client.send('dump-guest-memory', arguments, timeout=timeout)
            while not begun and not select.select([client.sock], [], [], 0.001)[0]:
                begun = bool(self.temporary())
            cancelled = 'error' in (reply := client.receive_reply())
            if cancelled:
                self.assertIn('its timeout is over', reply['error']['desc'])
                timeout *= 2
            else:
                timeout = 20
                self.write('core', b'old')
        wait_until(lambda: not self.temporary())
        self.assertEqual(self.content('core'), b'old')

    def test_no_room_for_memory(self) -> None:
        """What was there is kept, and what was not does not come into being."""
        old = self.write('old', b'old')
        pid = self.machine.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (MIB, resource.RLIM_INFINITY))
        for command in ('pmemsave', 'memsave'):
            for path in (old, self.path('new')):
                with self.assertRaisesRegex(QmpError, f"'{path}': File too large"):
                    self.qmp.command(command, val=RAM, size=2 * MIB, filename=path)
        self.assertEqual(self.content('old'), b'old')
        self.assertFalse(os.path.exists(self.path('new')))

    def test_set_of_descriptors(self) -> None:
        with open(self.path('file'), 'wb') as file:
            assert self.qmp.pending is not None
            self.qmp.pending.append('add-fd')
            request = {'execute': 'add-fd', 'arguments': {'fdset-id': 7}}
            socket.send_fds(self.qmp.sock, [json.dumps(request).encode()], [file.fileno()])
            self.qmp.take_reply()
        self.qmp.command('screendump', filename='/dev/fdset/7')
        self.assertEqual(self.content('file')[:2], b'P6')
        with self.assertRaisesRegex(QmpError, '/dev/fdset/8'):
            self.qmp.command('screendump', filename='/dev/fdset/8')
        self.qmp.command('remove-fd', fdset_id=7)

    def test_many_that_wait_for_a_reader(self) -> None:
        """They hold up each other as little as anybody else who needs a worker."""
        fifo = self.path('fifo')
        os.mkfifo(fifo)
        clients: List[Qmp] = []
        for _ in range(80):
            clients.append(self.machine.connect())
            clients[-1].send('pmemsave', {'val': RAM, 'size': 16, 'filename': fifo})
        self.qmp.command('screendump', filename=self.path('picture'))
        self.qmp.command('pmemsave', val=RAM, size=16, filename=self.path('memory'))
        for client in clients:
            client.close()


if __name__ == '__main__':
    main()
