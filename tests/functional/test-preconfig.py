"""--preconfig: monitors before the machine.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import signal

from harness import TESTCARD, Stream, VmTest, main
from qmp import Qmp, QmpError


class PreconfigTest(VmTest):
    """Only some commands run until x-exit-preconfig."""

    def test_only_what_is_allowed(self) -> None:
        machine = self.vm('--preconfig', serial=False)
        self.assertEqual(machine.qmp.command('query-status'),
                         {'status': 'prelaunch', 'running': False})
        for command in ('query-chardev', 'query-monitors', 'query-version', 'query-uuid'):
            machine.qmp.command(command)
        for command in ('stop', 'cont', 'system_reset', 'query-cpus-fast'):
            with self.assertRaisesRegex(QmpError, 'only after machine initialization'):
                machine.qmp.command(command)
        machine.qmp.command('x-exit-preconfig')
        self.assertEqual(machine.qmp.events[0]['event'], 'RESUME')
        self.assertEqual(machine.qmp.command('query-status')['status'], 'running')
        self.assertEqual(len(machine.qmp.command('query-cpus-fast')), 1)
        with self.assertRaisesRegex(QmpError, 'only before machine initialization'):
            machine.qmp.command('x-exit-preconfig')

    def test_out_of_band_too(self) -> None:
        machine = self.vm('-preconfig', serial=False)
        with Qmp(machine.path('qmp2'), negotiate=False) as client:
            client.command('qmp_capabilities', enable=['oob'])
            client.send_raw(b'{"exec-oob": "query-dump"}{"exec-oob": "query-status"}')
            self.assertIn('only after machine', client.receive()['error']['desc'])
            self.assertEqual(client.receive()['return']['status'], 'prelaunch')

    def test_human_monitor(self) -> None:
        path = os.path.join(self.directory(), 'hmp')
        self.vm('--preconfig', '-monitor', f'unix:{path},server=on,wait=off', serial=False)
        stream = Stream(path)
        for line, answer in (('stop', "Error: Command 'stop' not available until machine"),
                             ('info status', 'VM status: paused (prelaunch)'),
                             ('exit_preconfig', ''), ('info status', 'VM status: running'),
                             ('exit_preconfig', 'only before machine initialization')):
            stream.expect('(qemu) ')
            stream.send(line + '\n')
            stream.expect(answer)
        stream.close()

    def test_two_at_once(self) -> None:
        machine = self.vm('--preconfig', '-S', '-smp', '2', serial=False)
        other = machine.connect()
        machine.qmp.send('x-exit-preconfig')
        other.send('x-exit-preconfig')
        replies = [client.receive_reply() for client in (machine.qmp, other)]
        self.assertEqual(sorted(list(reply)[0] for reply in replies), ['error', 'return'])
        self.assertEqual(machine.qmp.command('query-status')['status'], 'prelaunch')
        self.assertEqual(len(machine.qmp.command('query-cpus-fast')), 2)

    def test_a_guest_runs(self) -> None:
        machine = self.vm('--preconfig', '-m', '64', '-kernel', TESTCARD, '-append', 'static',
                          '-device', 'bochs-display', serial=False)
        machine.qmp.command('x-exit-preconfig')
        machine.qmp.command('screendump', filename=machine.path('picture'))

    def test_what_cannot_be_built(self) -> None:
        machine = self.vm('--preconfig', '-kernel', '/no/such/file', serial=False)
        with self.assertRaisesRegex(QmpError, '/no/such/file'):
            machine.qmp.command('x-exit-preconfig')
        self.assertEqual(machine.wait(), 1)
        machine.expect_stderr('/no/such/file')

    def test_the_end_before_the_machine(self) -> None:
        machine = self.vm('--preconfig', serial=False)
        self.assertEqual(machine.qmp.command('quit'), {})
        machine.qmp.wait_event('SHUTDOWN')
        self.assertEqual(machine.wait(), 0)
        machine = self.vm('--preconfig', serial=False)
        machine.process.send_signal(signal.SIGTERM)
        machine.qmp.wait_event('SHUTDOWN')
        self.assertEqual(machine.wait(), 0)

    def test_not_together_with_daemonize(self) -> None:
        self.assertIn('-daemonize', self.run_failing('-M', 'none', '-preconfig', '-daemonize'))


if __name__ == '__main__':
    main()
