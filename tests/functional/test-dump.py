"""dump-guest-memory: what is in the core, and that nobody but its caller waits for it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import threading
import time
from typing import Any, Dict, List, Tuple

from harness import Vm, VmTest, main
from qmp import Message, Qmp, QmpError

RAM = 0x80000000
GDB = shutil.which('gdb-multiarch')
READELF = shutil.which('readelf')


def load_segments(core: bytes) -> List[Tuple[int, int, int]]:
    """Return physical address, offset and size of each PT_LOAD."""
    phoff, = struct.unpack_from('<Q', core, 32)
    count, = struct.unpack_from('<H', core, 56)
    found = []
    for i in range(count):
        kind, _, offset, vaddr, paddr, size, mem_size, _ = struct.unpack_from(
            '<IIQQQQQQ', core, phoff + i * 56)
        if kind == 1:
            assert (vaddr, size) == (paddr, mem_size)
            found.append((paddr, offset, size))
    return found


def read_file(path: str) -> bytes:
    """Return the contents of a file."""
    with open(path, 'rb') as file:
        return file.read()


class DumpTest(VmTest):
    """Dumps of a machine."""

    def dump(self, qmp: Qmp, path: str, **arguments: Any) -> None:
        """Dump into a file and wait."""
        qmp.command('dump-guest-memory', paging=False, protocol='file:' + path, **arguments)

    def dump_fails(self, qmp: Qmp, path: str, *parts: str) -> None:
        """Dump in vain."""
        with self.assertRaises(QmpError) as caught:
            self.dump(qmp, path)
        for part in (path, *parts):
            self.assertIn(part, caught.exception.desc)

    def result(self, qmp: Qmp) -> Message:
        """Return the data of the next DUMP_COMPLETED."""
        data: Message = qmp.wait_event('DUMP_COMPLETED')['data']
        return data

    def wait_active(self, qmp: Qmp) -> None:
        """Wait until a dump of another session is being written."""
        deadline = time.monotonic() + 20
        while qmp.command('query-dump')['status'] != 'active':
            self.assertLess(time.monotonic(), deadline)

    def fifo(self, machine: Vm) -> str:
        """Make a FIFO that nobody reads."""
        path = machine.path('fifo')
        os.mkfifo(path)
        return path

    def test_contents(self) -> None:
        machine = self.boot_testcard('640x480', '-smp', '2')
        qmp, core, ram = machine.qmp, machine.path('core'), machine.path('ram')
        self.assertEqual(qmp.command('query-dump'), {'status': 'none', 'completed': 0, 'total': 0})
        self.assertEqual(qmp.hmp('info dump').split(), ['Status:', 'none'])
        self.assertEqual(qmp.command('query-dump-guest-memory-capability'), {'formats': ['elf']})
        qmp.command('stop')
        self.dump(qmp, core, format='elf')
        qmp.command('pmemsave', val=RAM, size=64 << 20, filename=ram)
        result = self.result(qmp)
        self.assertNotIn('error', result)
        self.assertEqual(result['result'], qmp.command('query-dump'))
        self.assertEqual(qmp.command('query-status'), {'running': False, 'status': 'paused'})
        contents = read_file(core)
        segments = load_segments(contents)
        self.assertEqual(sum(size for _, _, size in segments), result['result']['total'])
        self.assertEqual(result['result']['completed'], result['result']['total'])
        (offset, size), = [(offset, size) for addr, offset, size in segments if addr == RAM]
        self.assertEqual(size, 64 << 20)
        self.assertTrue(contents[offset:offset + size] == read_file(ram), 'core and RAM differ')
        self.assertEqual(stat.S_IMODE(os.stat(core).st_mode), 0o600)
        # Untouched memory costs no disk.
        self.assertLess(os.stat(core).st_blocks * 512, 48 << 20)
        self.check_gdb(qmp, core, contents, offset)

    def registers(self, text: str) -> List[Dict[str, int]]:
        """Return the registers of each hart as printed by `info registers -a`."""
        harts = []
        for part in text.split('CPU#')[1:]:
            pairs = re.findall(r' (\S+)\s+([0-9a-f]{16})\b', part)
            harts.append({name.split('/')[-1]: int(value, 16) for name, value in pairs})
        return harts

    def check_gdb(self, qmp: Qmp, core: str, contents: bytes, offset: int) -> None:
        """Compare what gdb and readelf see with what the monitor shows."""
        if not GDB or not READELF:
            self.skipTest('no gdb-multiarch or no readelf here')
        notes = subprocess.run([READELF, '-hnW', core], check=True, capture_output=True,
                               text=True).stdout
        self.assertIn('RISC-V', notes)
        self.assertEqual(notes.count('NT_PRSTATUS'), 2)
        harts = self.registers(qmp.hmp('info registers -a'))
        self.assertEqual(len(harts), 2)
        names = ['pc', 'ra', 'sp', 's1', 'a0', 't6', 'fcsr']
        argv = [GDB, '-nx', '-batch', '-c', core]
        for thread in (1, 2):
            for name in names:
                argv += ['-ex', f'thread apply {thread} -q printf "{thread} {name} %#lx\\n", '
                                f'(unsigned long)${name}']
        argv += ['-ex', f'printf "memory %#lx\\n", *(unsigned long*){RAM + 0x200000}']
        seen = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
        for number, hart in enumerate(harts, 1):
            for name in names:
                match = re.search(rf'^{number} {name} (\S+)$', seen, re.M)
                assert match, f'{number} {name} not in {seen}'
                self.assertEqual(int(match[1], 0), hart[name], f'{name} of hart {number - 1}')
        word, = struct.unpack_from('<Q', contents, offset + 0x200000)
        self.assertIn(f'memory {word:#x}', seen)
        self.assertNotEqual(word, 0)

    def test_stops_and_goes_on(self) -> None:
        machine = self.vm()
        self.dump(machine.qmp, machine.path('core'))
        self.assertEqual([e['event'] for e in machine.qmp.events],
                         ['STOP', 'DUMP_COMPLETED', 'RESUME'])
        self.assertTrue(machine.qmp.command('query-status')['running'])

    def test_part(self) -> None:
        machine = self.vm('-S')
        qmp, core = machine.qmp, machine.path('core')
        self.dump(qmp, core, begin=RAM + 0x1001, length=5)
        (addr, _, size), = load_segments(read_file(core))
        self.assertEqual((addr, size), (RAM + 0x1001, 5))
        self.assertEqual(self.result(qmp)['result']['total'], 5)
        self.assertEqual(qmp.hmp(f'dump-guest-memory "{core}" {RAM} 4096'), '')
        self.assertEqual([size for _, _, size in load_segments(read_file(core))], [4096])
        self.assertEqual(qmp.hmp('info dump').split(), ['Status:', 'completed'])

    def test_refused(self) -> None:
        machine = self.vm()
        qmp, core = machine.qmp, machine.path('core')
        good: Dict[str, Any] = {'paging': False, 'protocol': 'file:' + core}
        cases: List[Tuple[Dict[str, Any], str]] = [
            ({'paging': True}, "'paging' expects false"),
            ({'protocol': 'fd:'}, "or 'fd:' and a name given by getfd"),
            ({'protocol': 'fd:dump'}, "named 'dump' has not been found"),
            ({'protocol': core}, "'protocol' expects 'file:'"),
            ({'protocol': 'file:'}, "'protocol' expects 'file:'"),
            ({'begin': RAM}, "'length' is missing"),
            ({'length': 1}, "'begin' is missing"),
            ({'begin': RAM, 'length': 0}, "'length' expects"),
            ({'begin': 0, 'length': 16}, 'no guest memory'),
            ({'format': 'kdump-zlib'}, 'accepted: elf'),
        ]
        for arguments, part in cases:
            with self.subTest(arguments=arguments), self.assertRaises(QmpError) as caught:
                qmp.command('dump-guest-memory', **{**good, **arguments})
            self.assertIn(part, caught.exception.desc)
        self.assertFalse(os.path.exists(core))
        self.assertTrue(qmp.command('query-status')['running'])
        bare = self.vm(machine='none', serial=False)
        with self.assertRaises(QmpError) as caught:
            bare.qmp.command('dump-guest-memory', **good)
        self.assertIn('no memory', caught.exception.desc)

    def test_unwritable(self) -> None:
        machine = self.vm()
        qmp, core = machine.qmp, machine.path('core')
        with open(core, 'w', encoding='ascii') as file:
            file.write('old')
        self.dump_fails(qmp, '/dev/full', 'No space left on device')
        self.assertTrue(stat.S_ISCHR(os.stat('/dev/full').st_mode))
        self.dump_fails(qmp, machine.path('no/such/core'), 'No such file or directory')
        self.dump_fails(qmp, machine.dir, 'Is a directory')
        for _ in range(3):
            result = self.result(qmp)
            self.assertEqual(result['result']['status'], 'failed')
            self.assertTrue(result['error'])
        subprocess.run(['prlimit', f'--pid={machine.process.pid}', '--fsize=100000'], check=True)
        self.dump_fails(qmp, core, 'File too large')
        self.assertEqual(read_file(core), b'old')
        self.assertEqual([n for n in os.listdir(machine.dir) if n.endswith('.tmp')], [])
        self.assertTrue(qmp.command('query-status')['running'])

    def test_detached(self) -> None:
        machine = self.vm()
        qmp, other, fifo = machine.qmp, machine.connect(), self.fifo(machine)
        self.dump(qmp, fifo, detach=True)
        self.assertEqual(qmp.command('query-dump')['status'], 'active')
        self.assertIn('active', qmp.hmp('info dump'))
        self.assertEqual(other.command('query-status'), {'running': False, 'status': 'save-vm'})
        for refused in ('cont', 'dump-guest-memory'):
            arguments: Dict[str, Any] = {}
            if refused != 'cont':
                arguments = {'paging': False, 'protocol': 'file:/dev/null'}
            with self.assertRaises(QmpError) as caught:
                other.command(refused, **arguments)
            self.assertIn('There is a dump in process', caught.exception.desc)
        # A reset waits for the end of the dump.
        other.send('system_reset')
        self.assertEqual(qmp.command('query-dump')['status'], 'active')
        self.assertEqual([e['event'] for e in qmp.events], ['STOP'])
        contents: List[bytes] = []
        reader = threading.Thread(target=lambda: contents.append(read_file(fifo)))
        reader.start()
        result = self.result(qmp)
        reader.join()
        self.assertEqual(result['result']['status'], 'completed')
        self.assertEqual(sum(size for _, _, size in load_segments(contents[0])),
                         result['result']['total'])
        self.assertIn('return', other.receive_reply())
        qmp.wait_event('RESET')
        qmp.wait_event('RESUME')

    def test_stop_meanwhile(self) -> None:
        machine = self.vm()
        qmp, fifo = machine.qmp, self.fifo(machine)
        self.dump(qmp, fifo, detach=True)
        qmp.command('stop')
        self.assertEqual(qmp.command('query-status'), {'running': False, 'status': 'paused'})
        read_file(fifo)
        self.result(qmp)
        self.assertEqual(qmp.command('query-status'), {'running': False, 'status': 'paused'})
        qmp.command('cont')
        self.assertTrue(qmp.command('query-status')['running'])

    def test_client_that_leaves_cancels(self) -> None:
        machine = self.vm()
        qmp, leaving, fifo = machine.qmp, machine.connect(), self.fifo(machine)
        leaving.send('dump-guest-memory', {'paging': False, 'protocol': 'file:' + fifo})
        self.wait_active(qmp)
        start = time.monotonic()
        for _ in range(100):
            qmp.command('query-status')
        self.assertLess(time.monotonic() - start, 20)
        leaving.close()
        result = self.result(qmp)
        self.assertEqual(result['result']['status'], 'failed')
        self.assertIn('cancelled', result['error'])
        qmp.wait_event('RESUME')
        self.assertTrue(stat.S_ISFIFO(os.stat(fifo).st_mode))
        self.dump(qmp, machine.path('core'), begin=RAM, length=4096)

    def test_quit_meanwhile(self) -> None:
        """Neither a FIFO that nobody reads nor a file half written holds up the end."""
        machine = self.vm()
        self.dump(machine.qmp, self.fifo(machine), detach=True)
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)
        machine = self.vm('-m', '1024')
        self.dump(machine.qmp, machine.path('core'), detach=True)
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)
        self.assertEqual([n for n in os.listdir(machine.dir) if n.endswith('.tmp')], [])

    def descriptor(self, qmp: Qmp) -> int:
        """Hand over the write end of a pipe as "dump"; return the other end."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        qmp.getfd('dump', writer)
        os.close(writer)
        return reader

    def read_to_end(self, fd: int) -> bytes:
        """Read until nobody has the other end open any more."""
        chunks = []
        while chunk := os.read(fd, 1 << 20):
            chunks.append(chunk)
        return b''.join(chunks)

    def test_descriptor(self) -> None:
        machine = self.boot_testcard('640x480', '-smp', '2')
        qmp, core, ram = machine.qmp, machine.path('core'), machine.path('ram')
        qmp.command('stop')
        qmp.command('pmemsave', val=RAM, size=64 << 20, filename=ram)
        reader = self.descriptor(qmp)
        qmp.command('dump-guest-memory', paging=False, protocol='fd:dump', detach=True)
        contents = self.read_to_end(reader)
        self.assertEqual(self.result(qmp)['result']['status'], 'completed')
        (offset, size), = [(offset, size) for addr, offset, size in load_segments(contents)
                           if addr == RAM]
        self.assertTrue(contents[offset:offset + size] == read_file(ram), 'core and RAM differ')
        with open(core, 'wb') as file:
            file.write(contents)
        self.check_gdb(qmp, core, contents, offset)

    def test_descriptor_of_a_file(self) -> None:
        """Written from where it stands; the flags are the client's."""
        machine = self.vm('-S')
        qmp, path = machine.qmp, machine.path('core')
        with open(path, 'wb', buffering=0) as file:
            file.write(b'head')
            qmp.getfd('dump', file.fileno())
            qmp.command('dump-guest-memory', paging=False, protocol='fd:dump', begin=RAM,
                        length=4096)
            self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_CUR), os.stat(path).st_size)
            self.assertTrue(os.get_blocking(file.fileno()))
        self.assertEqual(read_file(path)[:8], b'head\x7fELF')
        left, right = socket.socketpair()
        with left, right:
            qmp.getfd('dump', left.fileno())
            left.close()
            qmp.command('dump-guest-memory', paging=False, protocol='fd:dump', begin=RAM,
                        length=4096)
            self.assertEqual(self.read_to_end(right.fileno()), read_file(path)[4:])

    def test_descriptor_is_closed_on_failure(self) -> None:
        """Else its other end would never see the end."""
        machine = self.vm()
        qmp = machine.qmp
        good: Dict[str, Any] = {'paging': False, 'protocol': 'fd:dump'}
        cases: List[Dict[str, Any]] = [{'begin': 0, 'length': 16}, {'paging': True}, {'begin': 1}]
        for arguments in cases:
            reader = self.descriptor(qmp)
            with self.assertRaises(QmpError):
                qmp.command('dump-guest-memory', **{**good, **arguments})
            self.assertEqual(self.read_to_end(reader), b'')
            with self.assertRaises(QmpError) as caught:
                qmp.command('closefd', fdname='dump')
            self.assertIn("'dump' not found", caught.exception.desc)
        with open('/dev/full', 'wb') as full:
            qmp.getfd('dump', full.fileno())
        with self.assertRaises(QmpError) as caught:
            qmp.command('dump-guest-memory', **good)
        self.assertIn('fd:dump', caught.exception.desc)
        self.assertIn('No space left on device', caught.exception.desc)
        reader, writer = os.pipe()
        qmp.getfd('dump', writer)
        os.close(reader)
        os.close(writer)
        with self.assertRaises(QmpError) as caught:
            qmp.command('dump-guest-memory', **good)
        self.assertIn('Broken pipe', caught.exception.desc)
        self.assertTrue(qmp.command('query-status')['running'])

    def test_descriptor_that_nobody_reads(self) -> None:
        """Its caller alone waits, and gives up when it wants to."""
        machine = self.vm()
        qmp, other = machine.qmp, machine.connect()
        reader = self.descriptor(qmp)
        qmp.send('dump-guest-memory', {'paging': False, 'protocol': 'fd:dump'}, id='d',
                 timeout=200)
        self.wait_active(other)
        reply = qmp.receive_reply()
        self.assertIn('cancelled', reply['error']['desc'])
        self.assertEqual(self.result(qmp)['result']['status'], 'failed')
        self.read_to_end(reader)
        # Detached, nobody can but the end of the process.
        reader = self.descriptor(qmp)
        qmp.command('dump-guest-memory', paging=False, protocol='fd:dump', detach=True)
        self.wait_active(other)
        qmp.command('quit')
        self.assertEqual(machine.wait(), 0)

    def test_memory_files_never_wait(self) -> None:
        """memsave and pmemsave: a FIFO nobody reads, a full disk, a size limit; in place."""
        machine = self.vm('-S')
        qmp, fifo, path = machine.qmp, self.fifo(machine), machine.path('memory')
        for command in ('memsave', 'pmemsave'):
            waiting = machine.connect()
            waiting.send(command, {'val': RAM, 'size': 1 << 20, 'filename': fifo})
            qmp.command('query-status')
            waiting.close()
            self.assert_fails(qmp, command, '/dev/full', 'No space left on device')
            with open(path, 'w+b') as file:
                file.write(b'old and longer')
                file.flush()
                file.seek(0)
                qmp.command(command, val=RAM, size=8, filename=path)
                self.assertEqual(len(file.read()), 8, 'not written in place')
        subprocess.run(['prlimit', f'--pid={machine.process.pid}', '--fsize=1000'], check=True)
        for command in ('memsave', 'pmemsave'):
            self.assert_fails(qmp, command, path, 'File too large')

    def assert_fails(self, qmp: Qmp, command: str, path: str, part: str) -> None:
        """Save memory in vain."""
        with self.assertRaises(QmpError) as caught:
            qmp.command(command, val=RAM, size=4096, filename=path)
        self.assertIn(path, caught.exception.desc)
        self.assertIn(part, caught.exception.desc)


if __name__ == '__main__':
    main()
