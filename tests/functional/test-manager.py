"""What a manager of many machines does first: probe the binary, start a machine, come back to it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
from typing import Any, Dict, List, Optional

from harness import TIMEOUT, VITRINE, VmTest, main
from qmp import Qmp, QmpError


def listening_socket(path: str) -> socket.socket:
    """Return a UNIX socket that somebody can connect to, to be inherited."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(path)
    sock.listen(1)
    os.set_inheritable(sock.fileno(), True)
    return sock


class ProbeTest(VmTest):
    """-daemonize returns when everything is there; the answers are true."""

    def probe(self) -> Qmp:
        """Run the binary as a prober does, and connect once, without waiting."""
        directory = self.directory()
        done = subprocess.run(
            [VITRINE, '-S', '-no-user-config', '-nodefaults', '-nographic', '-machine',
             'none,accel=kvm:tcg', '-qmp', f'unix:{directory}/qmp.monitor,server=on,wait=off',
             '-pidfile', f'{directory}/qmp.pid', '-daemonize'],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=True)
        self.assertEqual(done.stderr, b'')
        with open(f'{directory}/qmp.pid', encoding='ascii') as file:
            pid = int(file.read())
        self.addCleanup(self.end, pid)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(f'{directory}/qmp.monitor')
        sock.close()
        qmp = Qmp(f'{directory}/qmp.monitor', TIMEOUT)
        self.addCleanup(qmp.close)
        return qmp

    def end(self, pid: int) -> None:
        """End the daemon by SIGTERM and wait until it is gone."""
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + TIMEOUT
        while os.path.exists(f'/proc/{pid}') and time.monotonic() < deadline:
            time.sleep(0.005)
        self.assertFalse(os.path.exists(f'/proc/{pid}'))

    def test_probe(self) -> None:
        qmp = self.probe()
        version = qmp.command('query-version')
        self.assertGreaterEqual((version['qemu']['major'], version['qemu']['minor']), (4, 2))
        self.assertTrue(version['package'].startswith('vitrine'))
        self.assertEqual(qmp.command('query-target'), {'arch': 'riscv64'})
        self.assertEqual(qmp.command('query-kvm'), {'enabled': False, 'present': False})
        types = {entry['name'] for entry in qmp.command('qom-list-types')}
        for name in ('tcg-accel', 'gpex-pcihost', 'bochs-display', 'rng-random', 'rng-builtin',
                     'iothread', 'secret', 'memory-backend-ram', 'memory-backend-file',
                     'memory-backend-memfd', 'virt-machine', 'none-machine'):
            self.assertIn(name, types)
        self.assertNotIn('kvm-accel', types)
        for name in ('memory-backend-file', 'memory-backend-memfd', 'virt-machine',
                     'none-machine'):
            entries = qmp.command('qom-list-properties', typename=name)
            self.assertIn('type', [entry['name'] for entry in entries])
        self.check_device_properties(qmp, types)
        machines = {entry['name']: entry for entry in qmp.command('query-machines')}
        self.assertEqual(machines['virt']['default-ram-id'], 'riscv_virt_board.ram')
        self.assertNotIn('default-ram-id', machines['none'])
        self.check_options(qmp)
        self.assertEqual(qmp.command('query-migrate-capabilities'),
                         [{'capability': 'events', 'state': False}])
        self.assertIn('blocked-reasons', qmp.command('query-migrate'))
        for command in ('query-tpm-models', 'query-cpu-definitions'):
            with self.assertRaises(QmpError) as caught:
                qmp.command(command)
            self.assertEqual(caught.exception.error_class, 'CommandNotFound')

    def check_device_properties(self, qmp: Qmp, types: Any) -> None:
        """Check every name that is asked for, there or not."""
        for name in ('virtio-blk-pci', 'scsi-hd', 'ide-hd', 'PIIX4_PM', 'kvm-pit', 'ICH9-LPC',
                     'virtio-balloon-pci', 'virtio-balloon-ccw', 'virtio-balloon-device',
                     'usb-host', 'bochs-display', 'pcie-root-port'):
            if name in types:
                entries = qmp.command('device-list-properties', typename=name)
                self.assertTrue(entries)
            else:
                with self.assertRaises(QmpError) as caught:
                    qmp.command('device-list-properties', typename=name)
                self.assertEqual(caught.exception.error_class, 'DeviceNotFound')
        for name in ('rng-random', 'pci-device'):
            with self.assertRaises(QmpError) as caught:
                qmp.command('device-list-properties', typename=name)
            self.assertEqual(caught.exception.error_class, 'GenericError')

    def check_options(self, qmp: Qmp) -> None:
        """Check the options of the command line."""
        options = {entry['option']: {p['name']: p['type'] for p in entry['parameters']}
                   for entry in qmp.command('query-command-line-options')}
        self.assertIn('spawn', options['sandbox'])
        self.assertEqual(options['overcommit'], {'mem-lock': 'boolean'})
        self.assertEqual(options['machine']['kernel'], 'string')
        self.assertEqual(options['machine']['dump-guest-core'], 'boolean')
        self.assertEqual([entry['option'] for entry in
                          qmp.command('query-command-line-options', option='m')], ['m'])
        with self.assertRaises(QmpError):
            qmp.command('query-command-line-options', option='toaster')

    def test_failure_is_told(self) -> None:
        directory = self.directory()
        message = self.run_failing('-M', 'none', '-daemonize', '-pidfile', f'{directory}/pid',
                                   '-qmp', f'unix:{directory}/no/dir,server=on,wait=off')
        self.assertIn(f'{directory}/no/dir', message)
        self.assertEqual(os.listdir(directory), [])


class StartTest(VmTest):
    """The whole command line of a machine, and what is asked until it runs."""

    def start(self, *extra: str, fds: Optional[List[int]] = None) -> 'Started':
        """Start a machine whose monitor is on an inherited listening socket."""
        machine = Started(self.directory(), extra, fds or [])
        self.addCleanup(machine.close)
        return machine

    def test_start_and_reconnect(self) -> None:
        machine = self.start()
        self.check_start(machine)
        threads = machine.thread_names()
        for name in ('CPU 0/TCG', 'CPU 1/TCG', 'IO iothread1'):
            self.assertIn(name, threads)
        self.check_reconnect(machine)

    def check_start(self, machine: 'Started') -> None:
        """Ask what is asked at the start, in that order."""
        qmp = machine.qmp
        self.assertIn({'capability': 'events', 'state': False},
                      qmp.command('query-migrate-capabilities'))
        qmp.command('migrate-set-capabilities',
                    capabilities=[{'capability': 'events', 'state': True}])
        for entry in qmp.command('query-chardev'):
            self.assertTrue(entry['label'] and entry['filename'])
        harts = qmp.command('query-cpus-fast')
        self.assertEqual(len(harts), 2)
        self.assertEqual([entry['id'] for entry in qmp.command('query-iothreads')], ['iothread1'])
        self.assertEqual(qmp.command('qom-list', path='/machine/peripheral'),
                         [{'name': 'type', 'type': 'string'}])
        self.assertEqual(qmp.command('query-status')['status'], 'prelaunch')
        qmp.command('cont')
        qmp.wait_event('RESUME')
        self.assertEqual(qmp.command('query-name'), {'name': 'd'})

    def check_reconnect(self, machine: 'Started') -> None:
        """Come back after the first connection was closed."""
        machine.qmp.close()
        qmp = machine.connect()
        self.assertEqual(qmp.command('query-migrate-capabilities'),
                         [{'capability': 'events', 'state': True}])
        self.assertEqual(qmp.command('query-status'), {'status': 'running', 'running': True})
        self.assertEqual(qmp.command('query-jobs'), [])
        qmp.command('query-cpus-fast')
        qmp.command('query-iothreads')
        qmp.command('query-chardev')
        qmp.command('qom-list', path='/machine/peripheral')

    def test_inherited_file(self) -> None:
        path = f'{self.directory()}/log'
        with open(path, 'wb') as file:
            file.write(b'before\n')
        fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        machine = self.start('-add-fd', f'set=3,fd={fd},opaque=serial0-source', '-chardev',
                             'file,id=charserial0,path=/dev/fdset/3,append=on', '-serial',
                             'chardev:charserial0', fds=[fd])
        os.close(fd)
        qmp = machine.qmp
        self.assertEqual(qmp.command('query-fdsets'), [
            {'fdset-id': 3, 'fds': [{'fd': fd, 'opaque': 'serial0-source'}]}])
        qmp.command('remove-fd', fdset_id=3, fd=fd)
        self.assertEqual(qmp.command('query-fdsets'), [])
        for arguments in ({'fdset_id': 3}, {'fdset_id': 3, 'fd': fd}, {'fdset_id': 3, 'fd': -1}):
            with self.assertRaises(QmpError):
                qmp.command('remove-fd', **arguments)
        self.check_add_fd(qmp)
        qmp.command('cont')
        deadline = time.monotonic() + TIMEOUT
        while os.stat(path).st_size < 100 and time.monotonic() < deadline:
            time.sleep(0.01)
        with open(path, 'rb') as file:
            self.assertTrue(file.read().startswith(b'before\n'))
        self.assertGreater(os.stat(path).st_size, 100)

    def check_add_fd(self, qmp: Qmp) -> None:
        """Send descriptors, to a new set and to a set of choice."""
        for arguments, expected in (({}, 0), ({'fdset-id': 5, 'opaque': 'note'}, 5), ({}, 1)):
            request = {'execute': 'add-fd', 'arguments': arguments}
            assert qmp.pending is not None
            qmp.pending.append('add-fd')
            socket.send_fds(qmp.sock, [json.dumps(request).encode() + b'\r\n'], [1])
            self.assertEqual(qmp.receive_reply()['return']['fdset-id'], expected)
        sets = qmp.command('query-fdsets')
        self.assertEqual([entry['fdset-id'] for entry in sets], [0, 1, 5])
        self.assertEqual(sets[2]['fds'][0]['opaque'], 'note')
        bad: List[Dict[str, Any]] = [{}, {'fdset_id': -1}]
        for arguments in bad:
            with self.assertRaises(QmpError):
                qmp.command('add-fd', **arguments)
        for entry in sets:
            qmp.command('remove-fd', fdset_id=entry['fdset-id'])

    def test_inherited_file_wrong(self) -> None:
        path = f'{self.directory()}/log'
        with open(path, 'wb') as file:
            inherited = file.fileno()
            os.set_inheritable(inherited, True)
            cases: Dict[str, List[str]] = {
                'cannot be a standard': ['-add-fd', 'set=1,fd=2'],
                'not valid': ['-add-fd', 'set=1,fd=4000'],
                "'fd'": ['-add-fd', 'set=1'],
                "'set'": ['-add-fd', f'fd={inherited}'],
                'already in use': ['-add-fd', f'set=1,fd={inherited}', '-add-fd',
                                   f'set=1,fd={inherited}'],
                'No such file': ['-chardev', 'file,id=c,path=/dev/fdset/7'],
                'Permission denied': ['-add-fd', f'set=1,fd={inherited}', '-bios',
                                      '/dev/fdset/1', '-M', 'virt'],
            }
            for word, arguments in cases.items():
                with self.subTest(arguments=arguments):
                    done = subprocess.run([VITRINE, '-M', 'none', '-display', 'none', *arguments],
                                          pass_fds=[inherited], capture_output=True, check=False,
                                          timeout=TIMEOUT)
                    self.assertEqual(done.returncode, 1)
                    self.assertIn(word, done.stderr.decode())

    def test_sandbox_holds_all_threads(self) -> None:
        machine = self.start()
        tasks = f'/proc/{machine.process.pid}/task'
        for task in os.listdir(tasks):
            with open(f'{tasks}/{task}/status', encoding='ascii') as status:
                self.assertRegex(status.read(), r'Seccomp:\t2')


class Started:
    """A process started with everything that a manager gives, in a directory of its own."""

    def __init__(self, directory: str, extra: Any, fds: List[int]) -> None:
        self.path = f'{directory}/monitor.sock'
        server = listening_socket(self.path)
        key = f'{directory}/master-key.aes'
        with open(key, 'wb') as file:
            file.write(bytes(range(32)))
        for fd in fds:
            os.set_inheritable(fd, True)
        self.stderr = f'{directory}/stderr'
        # The leak checker starts a process, which the sandbox forbids.
        environment = dict(os.environ)
        environment['ASAN_OPTIONS'] = f'{environment.get("ASAN_OPTIONS", "")}:detect_leaks=0'
        with open(self.stderr, 'wb') as stderr:
            self.process = subprocess.Popen([
                VITRINE, '-name', 'guest=d,debug-threads=on', '-S',
                '-object', '{"qom-type":"secret","id":"masterKey0","format":"raw",'
                f'"file":"{key}"}}',
                '-machine', 'virt,usb=off,dump-guest-core=off,memory-backend=riscv_virt_board.ram',
                '-accel', 'tcg', '-m', '64',
                '-object', '{"qom-type":"memory-backend-ram","id":"riscv_virt_board.ram",'
                '"size":67108864}',
                '-overcommit', 'mem-lock=off', '-smp', '2,sockets=2,cores=1,threads=1',
                '-object', '{"qom-type":"iothread","id":"iothread1"}',
                '-uuid', 'c7a5fdbd-edaf-9455-926a-d65c16db1809', '-display', 'none',
                '-no-user-config', '-nodefaults',
                '-chardev', f'socket,id=charmonitor,fd={server.fileno()},server=on,wait=off',
                '-mon', 'chardev=charmonitor,id=monitor,mode=control',
                '-rtc', 'base=utc', '-no-shutdown', '-boot', 'strict=on',
                '-audiodev', '{"id":"audio1","driver":"none"}',
                '-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,'
                'resourcecontrol=deny', '-msg', 'timestamp=on', *extra],
                stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, env=environment,
                pass_fds=[server.fileno(), *fds])
        server.close()
        self.clients: List[Qmp] = []
        self.qmp = self.connect()

    def connect(self) -> Qmp:
        """Open a session on the monitor's socket."""
        qmp = Qmp(self.path, TIMEOUT)
        self.clients.append(qmp)
        return qmp

    def thread_names(self) -> List[str]:
        """Return the names of the process's threads."""
        tasks = f'/proc/{self.process.pid}/task'
        names = []
        for task in os.listdir(tasks):
            with open(f'{tasks}/{task}/comm', encoding='ascii') as comm:
                names.append(comm.read().rstrip('\n'))
        return names

    def close(self) -> None:
        """End it by SIGTERM; it says so, and when."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(TIMEOUT)
        for client in self.clients:
            client.close()
        with open(self.stderr, encoding='utf-8') as file:
            output = file.read()
        assert status == 0, output
        assert re.search(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z vitrine: info: terminating on '
                         r'signal 15', output, re.M), output


class OptionsTest(VmTest):
    """Options of the process that do something, and what they refuse."""

    def test_refused(self) -> None:
        cases: List[Any] = [
            (['-overcommit', 'mem-lock=maybe'], ['mem-lock', 'maybe']),
            (['-overcommit', 'cpu-pm=on'], ['cpu-pm', 'mem-lock']),
            (['-rtc', 'base=yesterday'], ['base', 'yesterday', 'utc']),
            (['-rtc', 'base=3006-06-17'], ['base', '3006-06-17']),
            (['-rtc', 'clock=sun'], ['clock', 'sun', 'host']),
            (['-boot', 'strict=perhaps'], ['strict']),
            (['-boot', 'menu=perhaps'], ['menu']),
            (['-boot', 'order=c'], ['order', 'strict']),
            (['-audiodev', 'alsa,id=a'], ['alsa', 'none']),
            (['-audiodev', '{"driver":"none"}'], ["'id'"]),
            (['-audiodev', '{"id":"a"}'], ["'driver'"]),
            (['-audiodev', 'none,id=a', '-audiodev', 'none,id=a'], ["'a'"]),
            (['-msg', 'timestamp=x'], ['timestamp']),
            (['-sandbox', 'maybe'], ['enable', 'maybe']),
            (['-sandbox', 'on,spawn=children'], ['spawn', 'children', 'deny']),
            (['-action', 'reboot=explode'], ['reboot', 'explode', 'shutdown']),
            (['-action', 'panic=pause'], ['panic', 'reboot']),
            (['-name', 'a,debug-threads=2'], ['debug-threads']),
            (['-smp', '4,dies=2,cores=2'], ['dies', 'topology']),
            (['-smp', '2,maxcpus=4'], ['maxcpus', '2']),
        ]
        for arguments, words in cases:
            with self.subTest(arguments=arguments):
                message = self.run_failing('-M', 'none', '-display', 'none', *arguments)
                for word in words:
                    self.assertIn(word, message)

    def test_thread_names(self) -> None:
        for option, expected in (('on', {'vitrine', 'CPU 0/TCG'}), ('off', {'vitrine'})):
            machine = self.vm('-S', '-name', f'n,debug-threads={option}')
            tasks = f'/proc/{machine.process.pid}/task'
            names = set()
            for task in os.listdir(tasks):
                with open(f'{tasks}/{task}/comm', encoding='ascii') as comm:
                    names.add(comm.read().rstrip('\n'))
            self.assertLessEqual(expected, names)
            if option == 'off':
                self.assertEqual(names, expected)

    def test_locked_memory(self) -> None:
        with open(VITRINE, 'rb') as binary:
            if re.search(b'__[at]san_init', binary.read()):
                self.skipTest('sanitizers do not let memory be locked')
        machine = self.vm('-S', '-m', '8', '-overcommit', 'mem-lock=on')
        with open(f'/proc/{machine.process.pid}/status', encoding='ascii') as status:
            locked = re.search(r'VmLck:\s+(\d+) kB', status.read())
        assert locked
        self.assertGreater(int(locked.group(1)), 8 << 10)

    def test_set_action(self) -> None:
        machine = self.vm('-S', '-action', 'shutdown=pause', machine='none', serial=False)
        qmp = machine.qmp
        qmp.command('set-action', reboot='shutdown')
        qmp.command('set-action')
        with self.assertRaises(QmpError) as caught:
            qmp.command('set-action', shutdown='reboot')
        self.assertIn("'shutdown'", caught.exception.desc)

    def test_no_nmi(self) -> None:
        machine = self.vm('-S')
        with self.assertRaises(QmpError) as caught:
            machine.qmp.command('inject-nmi')
        self.assertEqual(caught.exception.desc, 'machine does not provide NMIs')
        self.assertIn('Error: machine does not provide NMIs', machine.qmp.hmp('nmi'))

    def test_devices_that_cannot_come_or_go(self) -> None:
        machine = self.vm('-S', '-device', 'bochs-display,id=screen')
        for command, arguments, error_class, word in (
                ('device_add', {'driver': 'bochs-display'}, 'GenericError', 'hotplugging'),
                ('device_add', {'driver': 'toaster'}, 'GenericError', "'toaster'"),
                ('device_del', {'id': 'screen'}, 'GenericError', "'pcie.0'"),
                ('device_del', {'id': 'nothing'}, 'DeviceNotFound', "'nothing'"),
                ('device_del', {'id': '/machine'}, 'GenericError', '/machine')):
            with self.assertRaises(QmpError) as caught:
                machine.qmp.command(command, **arguments)
            self.assertEqual(caught.exception.error_class, error_class)
            self.assertIn(word, caught.exception.desc)
        self.assertIn('hotplugging', machine.qmp.hmp('device_add bochs-display,id=x'))
        self.assertIn('device expected', machine.qmp.hmp('device_add'))
        self.assertIn('hotplugging', machine.qmp.hmp('device_del screen'))


if __name__ == '__main__':
    main()
