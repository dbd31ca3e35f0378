"""The human monitor: on a socket with echo and editing, on a pty, and through QMP.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import signal
from typing import Any

from harness import TESTCARD, Stream, VmTest, main
from qmp import QmpError


# What a person sees of a command that takes its time, and how that is erased.
PROGRESS = re.compile(r'\r\x1b\[K([^\r]*\(Ctrl-C cancels\))?')


class HmpTest(VmTest):
    """What a person at the console sees."""

    def console(self, *args: str, **kwargs: Any) -> Stream:
        """Start a stopped machine and return its HMP console."""
        path = os.path.join(self.directory(), 'hmp')
        self.machine = self.vm('-S', '-monitor', f'unix:{path},server=on,wait=off', *args,
                               **kwargs)
        stream = Stream(path)
        stream.expect("type 'help' for more information")
        stream.expect('(qemu) ')
        return stream

    def run_line(self, stream: Stream, line: str) -> str:
        """Type a line; return what came up to the next prompt."""
        stream.send(line + '\r')
        return PROGRESS.sub('', stream.expect('(qemu) ')).replace('\r', '')

    def output(self, stream: Stream, line: str) -> str:
        """What a line printed, without itself and the prompt."""
        return self.run_line(stream, line).split('\n', 1)[1].removesuffix('(qemu) ')

    def test_info(self) -> None:
        stream = self.console('-device', 'bochs-display,id=screen', '-smp', '2')
        expected = {
            'info status': r'VM status: paused \(prelaunch\)',
            'info version': r'\d+\.\d+\.\d+',
            'info cpus': r'\* CPU #0: thread_id=\d+\n +CPU #1',
            'info mtree': r'0000000080000000-0000000087ffffff .*ram',
            'info qtree': 'bochs-display, id "screen"',
            'info registers': r'pc +0000000000001000',
            'info chardev': 'compat_monitor',
            'info uuid': '00000000-0000-0000-0000-000000000000',
            'info qom-tree': r'\n/machine \(virt-machine\)\n(.*\n)*'
                             r'  /peripheral \(container\)\n    /screen \(bochs-display\)\n',
            'info memory_size_summary': r'\nbase memory: 134217728\n',
            'info monitors': r'\ncompat_monitor0: QMP, access=full',
            'info qmp-latency': r'\ncommand +count',
            'info commands-in-flight': r'\n  mode: readline\n  command: info\n',
        }
        for line, pattern in expected.items():
            self.assertRegex(self.run_line(stream, line), pattern, line)
        listing = self.run_line(stream, 'info')
        for line in expected:
            self.assertIn(line, listing)

    def test_help(self) -> None:
        stream = self.console()
        text = self.run_line(stream, 'help')
        for command in ('info', 'x', 'xp', 'print', 'screendump', 'stop', 'cont', 'system_reset',
                        'system_powerdown', 'quit'):
            self.assertRegex(text, rf'(?m)^{command}\b')
        self.assertIn('screendump', self.run_line(stream, 'help screendump'))

    def test_memory_and_print(self) -> None:
        stream = self.console()
        self.assertRegex(self.run_line(stream, 'xp /2xw 0x1000'),
                         r'0000000000001000: 0x00000297 0x02828613')
        self.assertRegex(self.run_line(stream, 'x /1xw $pc'), r': 0x00000297')
        self.assertIn('0xfe', self.run_line(stream, 'print /x 2*(0x80-1)'))
        self.assertIn('-6', self.run_line(stream, 'print /d -13/2'))
        for line in ('print 1/0', 'print /d -9223372036854775808/-1', 'print 1+', 'print (1'):
            self.assertRegex(self.run_line(stream, line),
                             r'(?i)zero|does not fit|expected|expression',
                             line)

    def test_forwarded(self) -> None:
        """Commands that are an entry and nothing more: what they print, and their errors."""
        stream = self.console('-device', 'bochs-display,id=screen', '-smp', '2')
        picture = os.path.join(self.directory(), 'a picture.png')
        part = os.path.join(self.directory(), 'part')
        cases = {
            f'screendump "{picture}" -f png screen 0': '',
            f'pmemsave 0x1000 0x10 "{part}"': '',
            'memsave 0 10': 'memsave: filename expected\nTry "help memsave" for more information\n',
            f'memsave 0 0x1ffffffff "{part}"':
                'memsave: size: integer is for 32-bit values\n'
                'Try "help memsave" for more information\n',
            'system_reset now': 'system_reset: extraneous characters at the end of line\n'
                                'Try "help system_reset" for more information\n',
            'screendump x nowhere': "Error: Device 'nowhere' not found\n",
            'screendump x -f bmp':
                "Error: Parameter 'format' does not accept value 'bmp' (accepted: ppm, png)\n",
            'help screendump': 'screendump filename [-f format] [device [head]] -- '
                               'save a picture of a screen\n',
            'qom-get /machine type': 'virt-machine\n',
            'qom-get /machine/peripheral/screen vgamem': '16777216\n',
            'qom-get /nowhere type': "Error: Device '/nowhere' not found\n",
        }
        for line, expected in cases.items():
            with self.subTest(line):
                self.assertEqual(self.output(stream, line), expected)
        with open(picture, 'rb') as file:
            self.assertEqual(file.read(8), b'\x89PNG\r\n\x1a\n')
        with open(part, 'rb') as file:
            self.assertEqual(file.read(4), bytes.fromhex('97020000'))

    def test_memsave_of_the_session_s_cpu(self) -> None:
        """`cpu` chooses it for one session only."""
        stream = self.console('-smp', '2')
        path = os.path.join(self.directory(), 'part')
        self.run_line(stream, 'cpu 1')
        self.assertEqual(self.output(stream, f'memsave 0x1000 4 "{path}"'), '')
        self.assertIn('* CPU #1', self.run_line(stream, 'info cpus'))
        self.assertIn('* CPU #0', self.machine.qmp.hmp('info cpus'))
        self.assertEqual(os.path.getsize(path), 4)

    def test_gva2gpa(self) -> None:
        stream = self.console()
        self.assertEqual(self.output(stream, 'gva2gpa 0x80000010'), 'gpa: 0x80000010\n')
        self.assertEqual(self.output(stream, 'gva2gpa 0'), 'gpa: 0\n')

    def test_preconfig(self) -> None:
        """Only some commands run, and one of them leads out of it."""
        stream = self.console('--preconfig', serial=False)
        self.assertEqual(self.output(stream, 'cont'),
                         "Error: Command 'cont' not available until machine initialization has "
                         "completed.\n")
        self.assertEqual(self.output(stream, 'info memory_size_summary'),
                         'there is no machine yet\n')
        self.assertEqual(self.output(stream, 'exit_preconfig'), '')
        self.assertEqual(self.output(stream, 'info memory_size_summary'),
                         'base memory: 134217728\n')

    def test_qom(self) -> None:
        stream = self.console('-kernel', TESTCARD, '-append', 'first')
        self.assertIn('type (string)\n', self.run_line(stream, 'qom-list /machine'))
        self.assertEqual(self.output(stream, 'qom-list'), '/\n')
        self.assertIn("Device '/no' not found", self.run_line(stream, 'qom-list /no'))
        for line, message in (
                ('qom-set /machine append a b', "set property 'append' on the machine after it"),
                ('qom-set -j /machine append "\\"a\\""', "set property 'append' on the machine"),
                ('qom-set /machine append', "Parameter 'value' is missing"),
                ('qom-set -j /machine append {', 'JSON parse error'),
                ('qom-set /no append 1', "Device '/no' not found"),
                ('info qom-tree /no', "Device '/no' not found"),
                ('qom-set /machine nothing 1', "Property 'virt-machine.nothing' not found")):
            self.assertIn(message, self.run_line(stream, line))

    def test_completion_from_the_schema(self) -> None:
        stream = self.console()
        stream.send('screendump x -f pn\t')
        stream.expect('png ')
        stream.send('\x03')
        stream.expect('(qemu) ')
        stream.send('screendump x -f p\t')
        listing = stream.expect('(qemu) ')
        self.assertIn('png', listing)
        self.assertIn('ppm', listing)

    def test_quit(self) -> None:
        """It is the QMP command, and tells the same."""
        stream = self.console()
        stream.send('quit\r')
        event = self.machine.qmp.wait_event('SHUTDOWN')
        self.assertEqual(event['data'], {'guest': False, 'reason': 'host-qmp-quit'})
        self.assertEqual(self.machine.wait(), 0)

    def test_unknown_command_suggests(self) -> None:
        stream = self.console()
        text = self.run_line(stream, 'screndump x')
        self.assertIn("unknown command: 'screndump'", text)
        self.assertIn('screendump', text.split("unknown command: 'screndump'")[1])

        for line in ('info stauts', 'help info stauts'):
            self.assertEqual(self.output(stream, line), "unknown command: 'info stauts'\n"
                                                        "Did you mean 'info status'?\n")
        self.assertEqual(self.output(stream, 'help screndump'),
                         "unknown command: 'screndump'\nDid you mean 'screendump'?\n")
        self.assertEqual(self.output(stream, 'info zzz'), "unknown command: 'info zzz'\n")

    def test_others_have_their_turn(self) -> None:
        """Much that is pasted into one session holds no other up."""
        stream = self.console(machine='none', serial=False)
        self.run_line(stream, 'cont')
        process = self.machine.process
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        # Both are there when it looks again.
        stream.send('info status\r' * 340)
        self.machine.qmp.send('stop')
        process.send_signal(signal.SIGCONT)
        self.assertEqual(self.machine.qmp.take_reply(), {})
        stream.send('info status\r')
        text = stream.expect('VM status: paused')
        self.assertLess(text.count('VM status: running'), 20)

    def test_line_is_bounded(self) -> None:
        """A line takes 4096 bytes; what is typed beyond rings the bell."""
        stream = self.console()
        stream.send('print ' + '1' * 5000)
        stream.expect('\a')
        stream.send('\x03')
        stream.expect('(qemu) ')
        self.assertEqual(self.output(stream, 'print 6*7'), '0x2a\n')

    def test_editing_history_completion(self) -> None:
        stream = self.console()
        stream.send('prnt 11\x01\x1b[C\x1b[C' + 'i' + '\r')
        self.assertIn('11', stream.expect('(qemu) '))
        stream.send('\x1b[A\r')
        self.assertIn('11', stream.expect('(qemu) '))
        stream.send('info stat\t')
        stream.expect('us')
        stream.send('\r')
        stream.expect('VM status')

    def test_steering(self) -> None:
        stream = self.console()
        self.run_line(stream, 'cont')
        self.machine.expect('OpenSBI')
        self.assertIn('running', self.run_line(stream, 'info status'))
        self.run_line(stream, 's')
        self.assertIn('VM status: paused\n', self.run_line(stream, 'info status'))
        self.run_line(stream, 'c')
        self.run_line(stream, 'system_reset')
        self.machine.expect('OpenSBI')
        self.run_line(stream, 'system_powerdown')
        self.machine.qmp.wait_event('POWERDOWN')
        stream.send('quit\r')
        self.assertEqual(self.machine.wait(), 0)

    def test_pc_of_a_running_hart(self) -> None:
        """The hart stores what the console reads: for the thread sanitizer to look at."""
        stream = self.console('-kernel', TESTCARD, '-append', '64x64')
        self.run_line(stream, 'cont')
        for _ in range(50):
            self.assertRegex(self.run_line(stream, 'print $pc'), r'\n0x[0-9a-f]+\n')

    def pty(self, *args: str) -> int:
        """Start a stopped machine with its console on a pseudo terminal, and open that."""
        self.machine = self.vm('-S', '-chardev', 'pty,id=tty', '-mon', 'tty', *args)
        name = next(c['filename'] for c in self.machine.qmp.command('query-chardev')
                    if c['label'] == 'tty')
        fd = os.open(name.split(':', 1)[1], os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, fd)
        return fd

    def expect(self, fd: int, end: str) -> str:
        """Read up to @end, which must come last."""
        seen = b''
        while not seen.endswith(end.encode()):
            seen += os.read(fd, 1)
        return seen.decode()

    def test_on_a_pty(self) -> None:
        fd = self.pty()
        os.write(fd, b'info status\r')
        self.expect(fd, 'prelaunch')

    def fifo(self) -> str:
        path = os.path.join(self.directory(), 'fifo')
        os.mkfifo(path)
        return path

    def test_progress_on_a_pty(self) -> None:
        """A screendump that nobody takes: its prompt waits and says so, and Ctrl-C ends it."""
        fifo = self.fifo()
        fd = self.pty('-device', 'bochs-display')
        os.write(fd, f'screendump {fifo}\r'.encode())
        self.assertRegex(self.expect(fd, '(Ctrl-C cancels)'),
                         r'\r\x1b\[Kscreendump: after \d\.\d s, waiting for ')
        self.assertRegex(self.expect(fd, '(Ctrl-C cancels)'), r'^\r\x1b\[Kscreendump: after ')
        self.assertEqual(self.machine.qmp.hmp('info status'), 'VM status: paused (prelaunch)\r\n')
        flying, = self.machine.qmp.command('query-commands-in-flight')
        self.assertEqual((flying['mode'], flying['command'], flying['running']),
                         ('readline', 'screendump', True))
        self.assertGreater(flying['age'], 500)
        self.assertIn('waits-for', flying)
        self.assertIn(flying['session'], [s['session'] for m in
                                          self.machine.qmp.command('query-monitors')
                                          for s in m['sessions'] if m['mode'] == 'readline'])
        os.write(fd, b'\x03')
        self.assertRegex(self.expect(fd, '(qemu) '),
                         r'\r\x1b\[K\^C\r\nError: [^\r]*fifo[^\r]*cancel[^\r]*\r\n\(qemu\) $')
        self.assertEqual(self.machine.qmp.command('query-commands-in-flight'), [])

    def test_interrupt_behind_what_was_pasted(self) -> None:
        """Ctrl-C is seen while a command waits, and what was typed before is forgotten."""
        fifo = self.fifo()
        stream = self.console()
        stream.send(f'pmemsave 0x80000000 1 "{fifo}"\r')
        stream.expect('(Ctrl-C cancels)')
        stream.send('quit\r' * 10000)
        stream.send('\x03')
        self.assertIn('cancel', stream.expect('\n(qemu) '))
        self.assertEqual(self.output(stream, 'print 6*7'), '0x2a\n')

    def test_progress_of_a_dump(self) -> None:
        """It knows how much is done; the machine goes on when it was cancelled."""
        fifo = self.fifo()
        stream = self.console('-m', '64M')
        stream.send(f'dump-guest-memory {fifo}\r')
        self.assertRegex(stream.expect('(Ctrl-C cancels)'),
                         r'\x1b\[Kdump-guest-memory: 0 % after \d\.\d s, '
                         r'waiting for the file \(Ctrl-C')
        self.assertEqual(self.machine.qmp.command('query-dump')['status'], 'active')
        stream.send('\x03')
        self.assertIn('was cancelled: interrupted', stream.expect('(qemu) '))
        self.assertIn('VM status: paused (prelaunch)', self.run_line(stream, 'info status'))

    def test_long_listing(self) -> None:
        """It comes whole, however slow its reader is, and holds up nobody."""
        stream = self.console()
        stream.send('xp /1000000xb 0x80000000\r')
        for _ in range(20):
            self.machine.qmp.command('query-status')
        listing = stream.expect('(qemu) ')
        self.assertEqual(listing.count('\r\n'), 1 + 1000000 // 8)
        self.assertIn('00000000800f4238: 0x00', listing)
        stream.send('xp /1000000xb 0x80000000\r')
        self.machine.qmp.command('query-status')
        stream.send('\x03')
        self.assertTrue(stream.expect('(qemu) ').endswith('^C\r\n(qemu) '))
        # Where it is one reply it is bounded.
        text = self.machine.qmp.hmp('xp /1000000xb 0x80000000')
        self.assertLess(len(text), 5 << 20)
        self.assertTrue(text.endswith('(output too long, cut off here)\r\n'))

    def test_through_qmp_is_bounded(self) -> None:
        """A line takes 64 KiB, and one that is longer is not looked at."""
        qmp = self.vm('-S', machine='none', serial=False).qmp
        longest = 'print ' + '1+' * 32764 + '11'
        self.assertEqual(len(longest), 65536)
        self.assertEqual(qmp.hmp(longest), '0x8007\r\n')
        for line in (longest + ' ', 'device_add e,' + 'a=1,' * 200000):
            with self.assertRaises(QmpError) as caught:
                qmp.hmp(line)
            self.assertEqual(caught.exception.desc,
                             "Parameter 'command-line' expects at most 65536 bytes")

    def test_through_qmp(self) -> None:
        qmp = self.vm('-S').qmp
        self.assertEqual(qmp.hmp('info status'), 'VM status: paused (prelaunch)\r\n')
        self.assertIn('unknown command', qmp.hmp('frobnicate'))
        registers = qmp.hmp('info registers')
        self.assertTrue(re.search(r'x10/a0 +[0-9a-f]{16}', registers), registers)


if __name__ == '__main__':
    main()
