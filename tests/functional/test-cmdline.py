"""The command line: what is refused, in words that help, and what it prints.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import subprocess
from typing import List, Tuple

from harness import TIMEOUT, UBOOT_SMODE, VITRINE, VmTest, main
from qmp import Qmp


class RefusedTest(VmTest):
    """Every bad option is named with its value and what would be accepted."""

    CASES: List[Tuple[List[str], List[str]]] = [
        (['-frobnicate'], ['-frobnicate', 'invalid option']),
        (['disk.img'], ['disk.img', 'unexpected argument']),
        (['-m'], ['-m', 'requires an argument']),
        (['-m', 'lots'], ['-m lots', 'size']),
        (['-m', '0'], ['-m 0', 'size']),
        (['-m', '-5'], ['-m -5', 'size']),
        (['-m', '64,slots=2'], ['slots', 'size']),
        (['-m', '99999999999G'], ['-m 99999999999G', 'size']),
        (['-smp', '0'], ['-smp 0', 'cpus', '1']),
        (['-smp', 'x'], ['-smp x', 'cpus']),
        (['-smp', '4,sockets=3'], ['sockets', '4']),
        (['-M', 'virt', '-smp', '9'], ['-smp 9', "'virt'", '8']),
        ([], ['No machine specified']),
        (['-M', 'toaster'], ['-M toaster', 'virt']),
        (['-M', 'virt,colour=red'], ['-machine virt', 'colour', 'firmware']),
        (['-M', 'virt,accel=kvm'], ['kvm', 'tcg']),
        (['-accel', 'hvf'], ['-accel hvf', 'tcg']),
        (['-cpu', 'z80'], ['z80', 'rv64']),
        (['-M', 'virt', '-bios', '/no/bios'], ['-bios /no/bios', 'No such file']),
        (['-M', 'virt', '-kernel', '/no/kernel'], ['-kernel /no/kernel', 'No such file']),
        (['-M', 'virt', '-kernel', UBOOT_SMODE, '-initrd', '/no/initrd'], ['-initrd /no/initrd']),
        (['-M', 'virt', '-kernel', '/'], ['/']),
        (['-M', 'virt', '-m', '1', '-kernel', UBOOT_SMODE], ['u-boot.bin']),
        (['-append', 'x'], ['-append', '-kernel']),
        (['-initrd', 'x'], ['-initrd', '-kernel']),
        (['-M', 'virt', '-device', 'toaster'], ['-device toaster', 'toaster']),
        (['-M', 'virt', '-device', 'pci-device'], ['pci-device']),
        (['-M', 'virt', '-device', 'bochs-display,colour=red'], ['colour', 'vgamem']),
        (['-M', 'virt', '-device', 'bochs-display,vgamem=3'], ['vgamem']),
        (['-M', 'virt', '-device', 'bochs-display,vgamem=many'], ['vgamem', 'many']),
        (['-M', 'virt', '-device', 'bochs-display,addr=99'], ['99']),
        (['-M', 'virt', '-device', 'bochs-display,addr=0'], ['0']),
        (['-M', 'virt', '-device', 'bochs-display,id=1a'], ['1a', 'id']),
        (['-M', 'virt', '-device', 'bochs-display,id=a', '-device', 'bochs-display,id=a'],
         ["'a'"]),
        (['-M', 'none', '-device', 'bochs-display'], ['bochs-display', 'PCI']),
        (['-device', '{"driver": "bochs-display"'], ['-device', 'JSON']),
        (['-M', 'virt', '-device', '{"driver": "bochs-display", "vgamem": "x"}'], ['vgamem']),
        (['-M', 'none', '-chardev', 'telepathy,id=a'], ['telepathy', 'socket']),
        (['-M', 'none', '-chardev', 'null'], ['-chardev null', 'id']),
        (['-M', 'none', '-chardev', 'null,id=a', '-chardev', 'null,id=a'], ["'a'"]),
        (['-M', 'none', '-chardev', 'null,id=a,path=/x'], ['path']),
        (['-M', 'none', '-chardev', 'socket,id=a'], ['path']),
        (['-M', 'none', '-chardev', 'file,id=a,path=/no/dir/x'], ['/no/dir/x']),
        (['-M', 'none', '-mon', 'chardev=missing'], ['missing']),
        (['-M', 'none', '-chardev', 'null,id=a', '-mon', 'a,mode=telepathy'],
         ['telepathy', 'readline', 'control']),
        (['-M', 'none', '-qmp', 'telepathy:x'], ['telepathy']),
        (['-M', 'virt', '-serial', 'telepathy:x'], ['telepathy']),
        (['-M', 'virt', '-serial', 'chardev:missing'], ['missing']),
        (['-display', 'hologram'], ['hologram', 'none']),
        (['-uuid', 'nobody'], ['-uuid nobody', 'UUID']),
        (['-name', 'a,colour=red'], ['colour', 'guest']),
        (['-d', 'everything'], ['everything', 'guest_errors']),
        (['-M', 'none', '-D', '/no/dir/log'], ['-D /no/dir/log']),
        (['-M', 'none', '-pidfile', '/no/dir/pid'], ['-pidfile /no/dir/pid']),
        (['-M', 'none', '-daemonize', '-qmp', 'stdio'], ['stdio', '-daemonize', 'unix:PATH']),
        (['-M', 'virt', '-daemonize', '-serial', 'stdio'], ['stdio', '-daemonize']),
        (['-M', 'none', '-daemonize', '-chardev', 'stdio,id=a'], ['stdio', '-daemonize']),
    ]

    def test_refused(self) -> None:
        for arguments, words in self.CASES:
            with self.subTest(arguments=arguments):
                message = self.run_failing('-display', 'none', *arguments)
                self.assertTrue(message.startswith('vitrine: '), message)
                for word in words:
                    self.assertIn(word, message)

    def test_chardev_used_twice(self) -> None:
        message = self.run_failing('-M', 'none', '-chardev', 'null,id=a', '-mon', 'a', '-mon', 'a')
        self.assertIn("'a'", message)

    def test_nothing_is_left_behind(self) -> None:
        directory = self.directory()
        self.run_failing('-M', 'none', '-chardev',
                         f'socket,id=a,path={directory}/sock,server=on,wait=off',
                         '-pidfile', f'{directory}/pid', '-device', 'toaster')
        self.assertEqual(os.listdir(directory), [])


class StdioTest(VmTest):
    """Started with stdin, stdout and stderr closed: nothing else may get their numbers."""

    def test_closed(self) -> None:
        socket_path = os.path.join(self.directory(), 'qmp')
        process = subprocess.Popen(
            ['sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh', VITRINE, '-M', 'virt', '-nographic', '-S',
             '-qmp', f'unix:{socket_path},server=on,wait=off'])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        client = Qmp(socket_path, TIMEOUT)
        self.addCleanup(client.close)
        for fd in range(3):
            self.assertEqual(os.readlink(f'/proc/{process.pid}/fd/{fd}'), '/dev/null')
        client.command('quit')
        self.assertEqual(process.wait(TIMEOUT), 0)


class ImageTest(VmTest):
    """Images that cannot be right."""

    def test_huge_sparse_image(self) -> None:
        path = f'{self.directory()}/disk'
        with open(path, 'wb') as file:
            file.truncate(200 << 30)
        for option in ('-bios', '-kernel'):
            message = self.run_failing('-M', 'virt', option, path)
            self.assertIn(path, message)
            self.assertIn('exceed', message)


class PrintingTest(VmTest):
    """Options that print and end."""

    def run_printing(self, *args: str) -> str:
        done = subprocess.run([VITRINE, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=30, check=True)
        self.assertEqual(done.stderr, b'')
        return done.stdout.decode()

    def test_help_names_every_option(self) -> None:
        text = self.run_printing('-help')
        for option in ('-M', '-m', '-smp', '-bios', '-kernel', '-initrd', '-append', '-serial',
                       '-device', '-S', '-nodefaults', '-no-user-config', '-nographic',
                       '-display', '-name', '-uuid', '-no-reboot', '-no-shutdown', '-daemonize',
                       '-pidfile', '-d', '-D', '-help', '-version', '-qmp', '-qmp-pretty', '-mon',
                       '-chardev', '-monitor'):
            self.assertIn(f'\n{option} ', text)

    def test_lists(self) -> None:
        self.assertRegex(self.run_printing('-version'), r'vitrine.* version \d+\.\d+\.\d+')
        self.assertIn('virt', self.run_printing('-M', 'help'))
        self.assertIn('rv64', self.run_printing('-cpu', 'help'))
        self.assertIn('bochs-display', self.run_printing('-device', 'help'))
        self.assertIn('vgamem=<size>', self.run_printing('-device', 'bochs-display,help'))
        self.assertIn('guest_errors', self.run_printing('-d', 'help'))

    def test_json_device(self) -> None:
        machine = self.vm('-S', '-device',
                          '{"driver": "bochs-display", "id": "v", "vgamem": 33554432}')
        self.assertEqual(machine.qmp.command('qom-get', path='/machine/peripheral/v',
                                             property='vgamem'), 32 << 20)


if __name__ == '__main__':
    main()
