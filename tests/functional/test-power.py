"""Run state: stop, cont, reset, power-off, signals, and the events they send, in order.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import signal
import subprocess
import time

from harness import TIMEOUT, VITRINE, VmTest, main
from qmp import Qmp, QmpError


class PowerTest(VmTest):
    """The life of a machine, as a manager sees it."""

    def test_stop_and_cont(self) -> None:
        machine = self.boot_testcard()
        qmp = machine.qmp
        self.assertEqual(qmp.command('query-status'), {'running': True, 'status': 'running'})
        qmp.command('stop')
        self.assertEqual([e['event'] for e in qmp.events if e['event'] != 'RESUME'], ['STOP'])
        self.assertEqual(qmp.command('query-status'), {'running': False, 'status': 'paused'})
        machine.type('fill 00ff00\n')
        with self.assertRaises(AssertionError):
            machine.expect('ok:', timeout=0.3)
        qmp.command('cont')
        machine.expect('ok: fill 00ff00')
        qmp.wait_event('RESUME')

    def test_start_paused(self) -> None:
        machine = self.vm('-S')
        self.assertEqual(machine.qmp.command('query-status')['status'], 'prelaunch')
        machine.qmp.command('cont')
        machine.expect('OpenSBI')

    def test_virtual_clock_stands_still_while_stopped(self) -> None:
        machine = self.boot_testcard('640x480')
        qmp = machine.qmp
        qmp.command('stop')
        first = qmp.hmp('xp /2xw 0x0200bff8')
        time.sleep(0.2)
        self.assertEqual(qmp.hmp('xp /2xw 0x0200bff8'), first)
        qmp.command('cont')
        time.sleep(0.05)
        self.assertNotEqual(qmp.hmp('xp /2xw 0x0200bff8'), first)

    def test_reset(self) -> None:
        machine = self.boot_testcard()
        machine.qmp.command('system_reset')
        self.assertEqual(machine.qmp.wait_event('RESET')['data'],
                         {'guest': False, 'reason': 'host-qmp-system-reset'})
        machine.expect('testcard: ready 640x480')

    def test_reset_while_stopped(self) -> None:
        machine = self.boot_testcard()
        machine.qmp.command('stop')
        machine.qmp.command('system_reset')
        self.assertEqual(machine.qmp.command('query-status')['status'], 'prelaunch')
        machine.qmp.command('cont')
        machine.expect('testcard: ready 640x480')

    def test_guest_power_off(self) -> None:
        machine = self.boot_testcard()
        machine.type('poweroff\n')
        self.assertEqual(machine.qmp.wait_event('SHUTDOWN')['data'],
                         {'guest': True, 'reason': 'guest-shutdown'})
        self.assertEqual(machine.wait(), 0)

    def test_guest_power_off_with_no_shutdown(self) -> None:
        machine = self.boot_testcard('640x480', '-no-shutdown')
        qmp = machine.qmp
        machine.type('poweroff\n')
        qmp.wait_event('SHUTDOWN')
        qmp.wait_event('STOP')
        self.assertEqual(qmp.command('query-status'), {'running': False, 'status': 'shutdown'})
        with self.assertRaises(QmpError) as caught:
            qmp.command('cont')
        self.assertIn('Resetting', caught.exception.desc)
        qmp.command('system_reset')
        qmp.command('cont')
        machine.expect('testcard: ready 640x480')

    def test_guest_reset(self) -> None:
        machine = self.boot_testcard()
        machine.type('reboot\n')
        self.assertEqual(machine.qmp.wait_event('RESET')['data'],
                         {'guest': True, 'reason': 'guest-reset'})
        machine.expect('testcard: ready 640x480')

    def test_guest_reset_with_no_reboot(self) -> None:
        machine = self.boot_testcard('640x480', '-no-reboot')
        machine.type('reboot\n')
        self.assertEqual(machine.qmp.wait_event('SHUTDOWN')['data'],
                         {'guest': True, 'reason': 'guest-reset'})
        self.assertEqual(machine.wait(), 0)

    def test_set_action(self) -> None:
        machine = self.boot_testcard('640x480', '-action', 'reboot=shutdown,shutdown=poweroff')
        qmp = machine.qmp
        qmp.command('set-action', shutdown='pause')
        machine.type('reboot\n')
        self.assertEqual(qmp.wait_event('SHUTDOWN')['data']['reason'], 'guest-reset')
        qmp.wait_event('STOP')
        self.assertEqual(qmp.command('query-status')['status'], 'shutdown')
        qmp.command('set-action', reboot='reset')
        qmp.command('system_reset')
        qmp.command('cont')
        machine.expect('testcard: ready 640x480')
        qmp.wait_event('RESET')
        machine.type('reboot\n')
        self.assertEqual(qmp.wait_event('RESET')['data']['reason'], 'guest-reset')

    def test_powerdown(self) -> None:
        machine = self.boot_testcard('640x480', '-no-shutdown')
        qmp = machine.qmp
        # Pressed while the machine stands still it stays down.
        qmp.command('stop')
        qmp.command('system_powerdown')
        qmp.wait_event('POWERDOWN')
        self.assertEqual(qmp.command('query-status')['status'], 'paused')
        qmp.command('cont')
        machine.expect('testcard: power button')
        self.assertEqual(qmp.wait_event('SHUTDOWN')['data'],
                         {'guest': True, 'reason': 'guest-shutdown'})
        self.assertEqual(qmp.command('query-status')['status'], 'shutdown')
        # A reset forgets it.
        qmp.command('system_powerdown')
        qmp.command('system_reset')
        qmp.command('cont')
        machine.expect('testcard: ready 640x480')
        self.assertTrue(qmp.command('query-status')['running'])

    def test_no_power_button(self) -> None:
        machine = self.vm(machine='none', serial=False)
        with self.assertRaisesRegex(QmpError, 'The machine has no power button'):
            machine.qmp.command('system_powerdown')

    def test_quit(self) -> None:
        machine = self.boot_testcard()
        machine.qmp.command('quit')
        self.assertEqual(machine.qmp.wait_event('SHUTDOWN')['data'],
                         {'guest': False, 'reason': 'host-qmp-quit'})
        self.assertEqual(machine.wait(), 0)
        self.assertFalse(os.path.exists(machine.path('qmp')))

    def test_sigterm(self) -> None:
        machine = self.boot_testcard('640x480', '-no-shutdown')
        machine.process.send_signal(signal.SIGTERM)
        self.assertEqual(machine.qmp.wait_event('SHUTDOWN')['data'],
                         {'guest': False, 'reason': 'host-signal'})
        self.assertEqual(machine.wait(), 0)

    def test_told_before_the_end(self) -> None:
        """A client that takes its time reads SHUTDOWN while everything else is still there."""
        machine = self.boot_testcard()
        sent = time.monotonic()
        machine.process.send_signal(signal.SIGTERM)
        time.sleep(0.04)  # long enough for it to end
        status = machine.process.poll()
        if time.monotonic() < sent + 0.1:  # it waits no longer than that
            self.assertIsNone(status)
        self.assertEqual(machine.qmp.wait_event('SHUTDOWN')['data']['reason'], 'host-signal')
        self.assertEqual(machine.wait(), 0)

    def test_nobody_reads_the_end(self) -> None:
        machine = self.boot_testcard()
        machine.process.send_signal(signal.SIGTERM)
        self.assertEqual(machine.wait(), 0)
        self.assertEqual(machine.qmp.wait_event('SHUTDOWN')['data']['reason'], 'host-signal')

    def test_idle_guest_uses_no_cpu(self) -> None:
        machine = self.boot_testcard()

        def cpu_time() -> float:
            with open(f'/proc/{machine.process.pid}/stat', encoding='ascii') as file:
                fields = file.read().rsplit(')', 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

        before = cpu_time()
        time.sleep(1)
        # Not a benchmark: a guest that spins would burn a second here.
        self.assertLess(cpu_time() - before, 0.5)

    def test_log_that_nobody_reads_stops_nobody(self) -> None:
        directory = self.directory()
        process = subprocess.Popen([VITRINE, '-M', 'none', '-display', 'none', '-d', 'monitor',
                                    '-qmp', f'unix:{directory}/qmp,server=on,wait=off'],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with process, Qmp(f'{directory}/qmp') as qmp:
            for _ in range(3000):
                qmp.command('query-status')
            qmp.command('quit')
            self.assertEqual(process.wait(TIMEOUT), 0)


class DaemonizeTest(VmTest):
    """-daemonize and -pidfile, as managers use them to probe."""

    def test_parent_ends_when_all_is_there(self) -> None:
        directory = self.directory()
        sock, pidfile = f'{directory}/qmp', f'{directory}/pid'
        done = subprocess.run(
            [VITRINE, '-S', '-no-user-config', '-nodefaults', '-nographic', '-machine',
             'none,accel=kvm:tcg', '-qmp', f'unix:{sock},server=on,wait=off', '-pidfile', pidfile,
             '-daemonize'], timeout=TIMEOUT, check=False)
        self.assertEqual(done.returncode, 0)
        with open(pidfile, encoding='ascii') as file:
            pid = int(file.read())
        with Qmp(sock) as qmp:
            self.assertEqual(qmp.command('query-target'), {'arch': 'riscv64'})
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + TIMEOUT
        while os.path.exists(f'/proc/{pid}') and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(os.path.exists(pidfile))
        self.assertFalse(os.path.exists(sock))

    def test_failure_reaches_the_parent(self) -> None:
        message = self.run_failing('-M', 'none', '-daemonize', '-qmp', 'unix:/nowhere/at/all,'
                                   'server=on,wait=off')
        self.assertIn('/nowhere/at/all', message)

    def test_pidfile_in_use(self) -> None:
        directory = self.directory()
        machine = self.vm('-pidfile', f'{directory}/pid', machine='none', serial=False)
        message = self.run_failing('-M', 'none', '-pidfile', f'{directory}/pid')
        self.assertIn(f'{directory}/pid', message)
        with open(f'{directory}/pid', encoding='ascii') as file:
            self.assertEqual(int(file.read()), machine.process.pid)


if __name__ == '__main__':
    main()
