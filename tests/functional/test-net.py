"""The network: user-mode back ends, what a guest fetches through one, and cables pulled out.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import socket
import zlib
from typing import Any, Dict, List

from harness import UBOOT_SMODE, Vm, VmTest, main, sanitized
from qmp import QmpError

PORTS = [json.dumps({'driver': 'pcie-root-port', 'chassis': number, 'id': f'pci.{number}',
                     'bus': 'pcie.0', 'addr': f'0x{number}'}) for number in (1, 2)]


class NetTest(VmTest):
    """Networks."""

    def served(self) -> str:
        """Make a directory with a file for the TFTP server."""
        directory = self.directory()
        with open(os.path.join(directory, 'file.bin'), 'wb') as file:
            file.write(os.urandom(200000))
        return directory

    def uboot(self, *args: str) -> Vm:
        """Start a machine and get to U-Boot's prompt, devices found."""
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *args)
        machine.expect('Hit any key to stop autoboot')
        machine.type('\r')
        machine.expect('\n=> ')
        self.run_uboot(machine, 'pci enum; virtio scan; setenv autoload no')
        return machine

    def run_uboot(self, machine: Vm, command: str) -> str:
        """Have U-Boot run a command; return what it printed."""
        machine.type(command + '\r')
        machine.expect(command)
        return machine.expect('\n=> ')

    def fetch(self, machine: Vm, directory: str) -> None:
        """Have U-Boot fetch the file and tell its checksum."""
        self.assertIn('Bytes transferred = 200000',
                      self.run_uboot(machine, 'tftpboot 84000000 file.bin'))
        with open(os.path.join(directory, 'file.bin'), 'rb') as file:
            self.assertIn(f'{zlib.crc32(file.read()):08x}',
                          self.run_uboot(machine, 'crc32 84000000 ${filesize}'))

    def variables(self, machine: Vm, *names: str) -> Dict[str, str]:
        """Return variables of U-Boot."""
        text = self.run_uboot(machine, 'printenv ' + ' '.join(names))
        return dict(re.findall(r'(\w+)=(\S*)\r', text))

    def test_guest_on_pci(self) -> None:
        directory = self.served()
        # A sanitizer's leak detection makes system calls of its own at the end.
        sandbox = [] if sanitized() else [
            '-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny']
        machine = self.uboot('-netdev', f'user,id=hostnet0,dns=10.0.2.77,tftp={directory}',
                             '-device', json.dumps({'driver': 'virtio-net-pci',
                                                    'netdev': 'hostnet0', 'id': 'net0',
                                                    'mac': '52:54:00:aa:bb:cc'}),
                             *sandbox)
        self.assertIn('bound to address 10.0.2.15', self.run_uboot(machine, 'dhcp'))
        self.assertEqual(self.variables(machine, 'ethaddr', 'serverip', 'dnsip'),
                         {'ethaddr': '52:54:00:aa:bb:cc', 'serverip': '10.0.2.2',
                          'dnsip': '10.0.2.77'})
        self.fetch(machine, directory)
        self.assertIn('File not found', self.run_uboot(machine, 'tftpboot 84000000 absent'))
        self.assertEqual(machine.qmp.hmp('info network').replace('\r', ''),
                         'net0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:aa:bb:cc\n'
                         ' \\ hostnet0: index=0,type=user,net=10.0.2.0,restrict=off\n')

    def test_guest_on_mmio(self) -> None:
        """A network of another shape, from JSON, and a reset of the machine."""
        directory = self.served()
        options = {'type': 'user', 'id': 'n', 'net': '192.168.7.0/26', 'host': '192.168.7.9',
                   'dhcpstart': '192.168.7.33', 'tftp': directory,
                   'bootfile': 'file.bin', 'hostname': 'fred', 'restrict': True, 'ipv6': False}
        machine = self.uboot('-netdev', json.dumps(options),
                             '-device', 'virtio-net-device,netdev=n')
        self.assertIn('bound to address 192.168.7.33', self.run_uboot(machine, 'dhcp'))
        self.assertEqual(
            self.variables(machine, 'ethaddr', 'serverip', 'bootfile', 'hostname', 'netmask'),
            {'ethaddr': '52:54:00:12:34:56', 'serverip': '192.168.7.9', 'bootfile': 'file.bin',
             'hostname': 'fred', 'netmask': '255.255.255.192'})
        self.assertIn('net=192.168.7.0,restrict=on', machine.qmp.hmp('info network'))
        machine.qmp.command('system_reset')
        machine.expect('Hit any key to stop autoboot')
        machine.type('\r')
        machine.expect('\n=> ')
        self.run_uboot(machine, 'virtio scan; setenv autoload no; dhcp')
        self.fetch(machine, directory)

    def test_hot_plug(self) -> None:
        """What managers do to attach and to detach an interface."""
        directory = self.served()
        machine = self.uboot('-device', PORTS[0], '-device', PORTS[1])
        qmp = machine.qmp
        device: Dict[str, Any] = {'driver': 'virtio-net-pci', 'netdev': 'hostnet1', 'id': 'net1',
                                  'bus': 'pci.2', 'addr': '0x0'}
        with self.assertRaisesRegex(QmpError, "'netdev' can't find value 'hostnet1'"):
            qmp.command('device_add', **device)
        qmp.command('netdev_add', type='user', id='hostnet1', tftp=directory)
        qmp.command('device_add', **device)
        with self.assertRaisesRegex(QmpError, "can't take value 'hostnet1', it's in use"):
            qmp.command('device_add', **{**device, 'bus': 'pci.1', 'id': 'net2'})
        with self.assertRaisesRegex(QmpError, "'hostnet1' is in use by 'net1'"):
            qmp.command('netdev_del', id='hostnet1')
        qmp.command('device_del', id='net1')
        qmp.wait_event('DEVICE_DELETED')
        qmp.command('netdev_del', id='hostnet1')
        with self.assertRaisesRegex(QmpError, "Device 'hostnet1' not found") as caught:
            qmp.command('netdev_del', id='hostnet1')
        self.assertEqual(caught.exception.error_class, 'DeviceNotFound')
        self.assertEqual(qmp.hmp('info network'), '')
        # The same once more, and a guest that finds it when it starts anew.
        qmp.command('netdev_add', type='user', id='hostnet1', tftp=directory)
        qmp.command('device_add', **device)
        qmp.command('system_reset')
        machine.expect('Hit any key to stop autoboot')
        machine.type('\r')
        machine.expect('\n=> ')
        self.run_uboot(machine, 'pci enum; virtio scan; setenv autoload no; dhcp')
        self.fetch(machine, directory)

    def test_link(self) -> None:
        machine = self.uboot('-netdev', 'user,id=n',
                             '-device', 'virtio-net-device,netdev=n,id=net0')
        for name in ('net0', 'n'):
            machine.qmp.command('set_link', name=name, up=False)
            self.assertIn('link=down', machine.qmp.hmp('info network'))
            if name == 'n':
                self.assertNotIn('is alive', self.run_uboot(
                    machine, 'setenv ipaddr 10.0.2.15; setenv netretry no; ping 10.0.2.2'))
            machine.qmp.hmp(f'set_link {name} on')
            self.assertNotIn('link=down', machine.qmp.hmp('info network'))
        self.assertIn('is alive', self.run_uboot(machine, 'ping 10.0.2.2'))
        self.assertRegex(machine.qmp.hmp('info network'), 'macaddr=52:54:00:12:34:56,dropped=[1-9]')
        with self.assertRaisesRegex(QmpError, "Device 'nobody' not found"):
            machine.qmp.command('set_link', name='nobody', up=True)

    def ports(self, machine: Vm) -> List[int]:
        """Return the ports of the host that lead to the guest."""
        return [int(port) for port in re.findall(r'HOST_FORWARD\] +\d+ +127\.0\.0\.1 +(\d+)',
                                                 machine.qmp.hmp('info usernet'))]

    def test_forwarding(self) -> None:
        """Several rules, and some that come and go."""
        machine = self.vm('-S', '-nic', 'none', '-net', 'none', '-netdev',
                          'user,id=n,hostfwd=tcp:127.0.0.1:0-:22,restrict=on,'
                          'hostfwd=udp:127.0.0.1:0-10.0.2.15:53')
        first, _ = self.ports(machine)
        socket.create_connection(('127.0.0.1', first)).close()
        hmp = machine.qmp.hmp
        self.assertEqual(hmp('hostfwd_add n tcp:127.0.0.1:0-:80'), '')
        [added] = set(self.ports(machine)) - {first, _}
        socket.create_connection(('127.0.0.1', added)).close()
        self.assertIn('Could not set up', hmp(f'hostfwd_add tcp:127.0.0.1:{first}-:80'))
        self.assertEqual(hmp(f'hostfwd_remove n tcp:127.0.0.1:{first}'), '')
        self.assertIn('not found', hmp(f'hostfwd_remove tcp:127.0.0.1:{first}'))
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(('127.0.0.1', first))
        self.assertIn("unrecognized netdev id 'x'", hmp('hostfwd_add x tcp::0-:80'))
        for rule in ('foo', 'tcp::0', 'tcp:::0-:80', 'sctp::0-:80', 'tcp:h:0-:80', 'tcp::65536-:80',
                     'tcp::0-:0', 'tcp::0-:80-:81', 'tcp::-:80'):
            self.assertIn('Invalid host forwarding rule', hmp(f'hostfwd_add {rule}'), rule)
        self.assertIn('Invalid', hmp('hostfwd_remove 80'))
        # They go with their back end.
        self.assertEqual(hmp('netdev_del n'), '')
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(('127.0.0.1', added))
        self.assertIn('there is no -netdev', hmp('hostfwd_add tcp::0-:80'))
        self.assertEqual(hmp('netdev_add user,id=m,hostfwd=tcp:127.0.0.1:0-:22'), '')
        self.assertEqual(len(self.ports(machine)), 1)
        self.assertIn("'type' is missing", hmp('netdev_add id=k'))

    def test_bad_options(self) -> None:
        qmp = self.vm('-S').qmp
        qmp.command('netdev_add', type='user', id='n')
        bad: List[Dict[str, Any]] = [
            {'id': 'n'}, {'id': '1'}, {'type': 'tap'},
            {'net': 'x'}, {'net': '10.0.0.0/28'}, {'net': '10.0.0.0/7'}, {'net': '10.0.0.0/'},
            {'net': '10.0.0.0/255.0.255.0'}, {'net': '10.0.0.0/8/8'}, {'net': ''},
            {'host': '1.2.3.4'}, {'host': '10.0.2.0'}, {'host': '10.0.2.255'}, {'host': 'fred'},
            {'dhcpstart': '10.0.3.15'}, {'dhcpstart': '10.0.2.2'}, {'dhcpstart': '10.0.2.3'},
            {'dns': '10.0.2.2'}, {'dns': 'x'},
            {'hostname': ''}, {'hostname': 'x' * 33}, {'bootfile': 'x' * 128},
            {'hostfwd': ['tcp::0-:22']}, {'hostfwd': [{'str': 'x'}]},
            {'hostfwd': [{'str': 'tcp:127.0.0.1:0-:22'}, {'str': 'tcp:192.0.2.1:0-:22'}]},
        ]
        for options in bad:
            with self.subTest(options), self.assertRaises(QmpError):
                qmp.command('netdev_add', **{'type': 'user', 'id': 'm', **options})
        qmp.command('netdev_add', type='user', id='m', net='10.0.0.0/255.255.255.224')
        self.assertEqual(qmp.hmp('info network').replace('\r', ''),
                         'n: index=0,type=user,net=10.0.2.0,restrict=off\n'
                         'm: index=0,type=user,net=10.0.0.0,restrict=off\n')

    def test_command_line(self) -> None:
        for option, value, message in (
                ('-netdev', 'user', "'id' is missing"),
                ('-netdev', 'id=n', "'type' is missing"),
                ('-netdev', 'user,id=n,hostfwd=x', 'Invalid host forwarding rule'),
                ('-netdev', 'user,id=n,speed=1', "'speed'"),
                ('-netdev', 'user,id=n,restrict=x', "'restrict'"),
                ('-netdev', '{"type": "user"', '-netdev'),
                ('-nic', 'user', 'accepted is: none'),
                ('-device', 'virtio-net-pci,netdev=n', "can't find value 'n'"),
                ('-device', 'virtio-net-pci,mac=x', "doesn't take value 'x'"),
                ('-device', 'virtio-net-pci,mac=01:00:00:00:00:01', "doesn't take value"),
                ('-device', 'virtio-net-pci,bootindex=-2', "'bootindex' expects")):
            with self.subTest(value):
                self.assertIn(message, self.run_failing('-M', 'virt', option, value))


if __name__ == '__main__':
    main()
