"""QMP over real sockets: greeting, negotiation, ids, errors, sessions, and every command.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import subprocess
import time
from typing import Any, Dict, List

from harness import TIMEOUT, VITRINE, Stream, VmTest, main
from qmp import Qmp, QmpError


class ProtocolTest(VmTest):
    """What goes over the wire."""

    def raw(self, data: bytes, replies: int = 1) -> Any:
        """Send bytes to a fresh session; return the reply, or the list of them."""
        client = self.machine.connect()
        client.send_raw(data)
        result = [client.receive_reply() for _ in range(replies)]
        self.assertEqual(client.command('query-status')['status'], 'prelaunch')
        client.close()
        return result[0] if replies == 1 else result

    def setUp(self) -> None:
        self.machine = self.vm('-S', machine='none', serial=False)

    def test_greeting_and_negotiation(self) -> None:
        client = Qmp(self.machine.path('qmp2'), negotiate=False)
        version = client.greeting['QMP']['version']
        self.assertEqual(sorted(version['qemu']), ['major', 'micro', 'minor'])
        self.assertIn('vitrine', version['package'])
        client.send('query-status')
        error = client.receive_reply()['error']
        self.assertEqual(error['class'], 'CommandNotFound')
        self.assertIn('qmp_capabilities', error['desc'])
        self.assertEqual(client.command('qmp_capabilities'), {})
        with self.assertRaises(QmpError):
            client.command('qmp_capabilities')
        self.assertEqual(client.command('query-version'), version)
        client.close()

    def test_unknown_capability(self) -> None:
        client = Qmp(self.machine.path('qmp2'), negotiate=False)
        with self.assertRaises(QmpError) as caught:
            client.command('qmp_capabilities', enable=['telepathy'])
        self.assertIn('telepathy', caught.exception.desc)
        self.assertEqual(client.command('qmp_capabilities'), {})
        client.close()

    def test_lines_are_ascii_and_end_in_cr_lf(self) -> None:
        client = self.machine.connect()
        client.send_raw('{"execute": "query-status", "id": "grün 🎨"}'.encode())
        line = client.receive_line()
        self.assertTrue(line.endswith(b'\r\n'))
        self.assertTrue(all(byte < 128 for byte in line))
        self.assertEqual(json.loads(line)['id'], 'grün 🎨')
        client.close()

    def test_ids_of_every_type(self) -> None:
        idents: List[Any] = [None, True, 0, -1, 2 ** 64 - 1, 1.5, 'x', [], [1, [2]],
                             {'a': {'b': None}}]
        for ident in idents:
            reply = self.raw(json.dumps({'execute': 'query-status', 'id': ident}).encode())
            self.assertEqual(reply['id'], ident)
            self.assertIs(type(reply['id']), type(ident))
            reply = self.raw(json.dumps({'execute': 'no-such', 'id': ident}).encode())
            self.assertEqual(reply['id'], ident)

    def test_arguments_of_many_members(self) -> None:
        for count, fault in ((15_000, "'k0' is unexpected"),
                             (450_000, "A request for 'query-name'")):
            arguments = {f'k{i}': i for i in range(count)}
            reply = self.raw(json.dumps({'execute': 'query-name', 'arguments': arguments,
                                         'id': 1}).encode())
            self.assertEqual(reply['id'], 1)
            self.assertIn(fault, reply['error']['desc'])

    def test_malformed_requests(self) -> None:
        cases: Dict[bytes, str] = {
            b'[]': 'object',
            b'"x"': 'object',
            b'{}': "'execute'",
            b'{"execute": 1}': "'execute'",
            b'{"execute": "query-status", "extra": 1}': "'extra'",
            b'{"execute": "query-status", "arguments": []}': "'arguments'",
            b'{"execute": "query-status", "arguments": {"x": 1}}': "'x'",
            b'{"execute": "no-such-command"}': 'no-such-command',
            b'{"execute": "qom-list"}': "'path'",
            b'{"execute": "qom-list", "arguments": {"path": 1}}': "'path'",
            b'{"execute": "qom-list", "arguments": {"path": "/nowhere"}}': '/nowhere',
            b'{"execute": "human-monitor-command", "arguments": {"command-line": "info status",'
            b' "cpu-index": "x"}}': "'cpu-index'",
            b'{"execute": "screendump", "arguments": {"filename": "x", "format": "gif"}}': 'gif',
            b'{"execute": "memsave", "arguments": {"val": 0, "size": 1.5, "filename": "x"}}':
                "'size'",
            b'{"execute" "x"}\n': 'JSON',
            b'{"execute": "\xff"}\n': '',
            b'{"execute": "a\x01b"}\n': '',
            b'garbage\n': 'JSON',
            b'[' * 5000 + b'\n': 'nesting',
        }
        for request, word in cases.items():
            with self.subTest(request=request[:60]):
                client = self.machine.connect()
                client.send_raw(request)
                error = client.receive_reply()['error']
                self.assertIn(word, error['desc'])
                self.assertTrue(error['desc'])
                client.send_raw(b'\n')
                client.send('query-status', id='after')
                while client.receive_reply().get('id') != 'after':
                    pass
                client.close()

    def test_pipelined_replies_keep_their_order(self) -> None:
        client = self.machine.connect()
        count = 3000
        requests = b''.join(b'{"execute": "query-status", "id": %d}' % i if i % 3 else
                            b'{"execute": "nonsense", "id": %d}' % i for i in range(count))
        pid = os.fork()
        if pid == 0:
            client.send_raw(requests)
            os._exit(0)
        for i in range(count):
            reply = client.receive_reply()
            self.assertEqual(reply['id'], i)
            self.assertEqual('error' in reply, i % 3 == 0)
        os.waitpid(pid, 0)
        client.close()

    def test_byte_by_byte(self) -> None:
        client = self.machine.connect()
        for byte in b'{"execute": "query-status", "id": "slow"}':
            client.send_raw(bytes([byte]))
        self.assertEqual(client.receive_reply()['id'], 'slow')
        client.close()

    def test_half_a_request_does_not_reach_the_next_client(self) -> None:
        client = self.machine.connect()
        client.send_raw(b'{"execute": "query-')
        client.close()
        client = Qmp(self.machine.path('qmp2'), negotiate=False)
        self.assertIn('QMP', client.greeting)
        client.command('qmp_capabilities')
        self.assertEqual(client.command('query-status')['running'], False)
        client.close()

    def test_a_reply_does_not_reach_the_next_client(self) -> None:
        for _ in range(20):
            client = self.machine.connect()
            client.send_raw(b'{"execute": "query-qmp-schema", "id": "old"}' * 5)
            client.close()
            client = self.machine.connect()
            client.send('query-status', id='new')
            self.assertEqual(client.receive_reply()['id'], 'new')
            client.close()

    def test_pretty(self) -> None:
        directory = self.directory()
        self.vm('-S', '-qmp-pretty', f'unix:{directory}/pretty,server=on,wait=off',
                machine='none', serial=False)
        stream = Stream(f'{directory}/pretty')
        text = stream.expect('\r\n}\r\n')
        self.assertIn('\n    "QMP": {', text)
        self.assertIn('QMP', json.loads(text))
        stream.close()

    def test_stdio(self) -> None:
        process = subprocess.Popen([VITRINE, '-M', 'none', '-display', 'none', '-qmp', 'stdio'],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        output, _ = process.communicate(
            b'{"execute": "qmp_capabilities"}{"execute": "query-name"}{"execute": "quit"}',
            TIMEOUT)
        replies = [json.loads(line) for line in output.splitlines()]
        self.assertIn('QMP', replies[0])
        self.assertEqual([r['return'] for r in replies if 'return' in r], [{}, {}, {}])
        self.assertEqual([r['event'] for r in replies if 'event' in r], ['SHUTDOWN'])
        self.assertEqual(process.returncode, 0)


class CommandTest(VmTest):
    """Every command of the schema, with true answers."""

    def test_introspection(self) -> None:
        qmp = self.vm('-S').qmp
        commands = {command['name'] for command in qmp.command('query-commands')}
        schema = qmp.command('query-qmp-schema')
        self.assertEqual({entity['name'] for entity in schema
                          if entity['meta-type'] == 'command'}, commands)
        for name in ('qmp_capabilities', 'query-version', 'query-commands', 'query-qmp-schema',
                     'query-status', 'query-name', 'query-uuid', 'query-target',
                     'query-machines', 'query-cpus-fast', 'query-chardev', 'stop', 'cont',
                     'system_reset', 'system_powerdown', 'quit', 'screendump', 'qom-list',
                     'qom-get', 'qom-set', 'qom-list-types', 'qom-list-properties',
                     'device-list-properties', 'human-monitor-command', 'memsave', 'pmemsave'):
            self.assertIn(name, commands)
        names = {entity['name'] for entity in schema}
        for entity in schema:
            for key in ('arg-type', 'ret-type', 'element-type'):
                self.assertIn(entity.get(key, 'str' if key else ''), names | {'str'})
        events = {e['name'] for e in schema if e['meta-type'] == 'event'}
        self.assertTrue({'STOP', 'RESUME', 'RESET', 'SHUTDOWN', 'POWERDOWN'} <= events)

    def test_identity(self) -> None:
        uuid = '12345678-9abc-def0-1234-56789abcdef0'
        qmp = self.vm('-S', '-name', 'guest=glass', '-uuid', uuid.upper()).qmp
        self.assertEqual(qmp.command('query-name'), {'name': 'glass'})
        self.assertEqual(qmp.command('query-uuid'), {'UUID': uuid})
        self.assertEqual(qmp.hmp('info name'), 'glass\r\n')
        self.assertEqual(qmp.hmp('info uuid'), f'{uuid}\r\n')

    def test_machines_and_cpus(self) -> None:
        machine = self.vm('-S', '-smp', '3')
        qmp = machine.qmp
        machines = {m['name']: m for m in qmp.command('query-machines')}
        self.assertEqual(set(machines), {'virt', 'none'})
        self.assertEqual(machines['virt']['cpu-max'], 8)
        self.assertEqual(qmp.command('query-target'), {'arch': 'riscv64'})
        cpus = qmp.command('query-cpus-fast')
        self.assertEqual([cpu['cpu-index'] for cpu in cpus], [0, 1, 2])
        threads = {int(name) for name in os.listdir(f'/proc/{machine.process.pid}/task')}
        for cpu in cpus:
            self.assertIn(cpu['thread-id'], threads)
            self.assertEqual(qmp.command('qom-get', path=cpu['qom-path'], property='type'),
                             'rv64-riscv-cpu')

    def test_chardevs(self) -> None:
        machine = self.vm('-S', '-chardev', 'null,id=nothing', '-chardev', 'pty,id=tty')
        found = {c['label']: c for c in machine.qmp.command('query-chardev')}
        self.assertEqual(found['nothing']['filename'], 'null')
        self.assertFalse(found['nothing']['frontend-open'])
        self.assertTrue(found['tty']['filename'].startswith('pty:/dev/pts/'))
        self.assertTrue(found['compat_monitor0']['frontend-open'])
        self.assertIn('nothing', machine.qmp.hmp('info chardev'))

    def test_object_model(self) -> None:
        qmp = self.vm('-S', '-device', 'bochs-display,id=screen').qmp
        peripheral = qmp.command('qom-list', path='/machine/peripheral')
        self.assertIn({'name': 'screen', 'type': 'child<bochs-display>'}, peripheral)
        self.assertEqual(qmp.command('qom-get', path='screen', property='vgamem'), 16 << 20)
        with self.assertRaises(QmpError):
            qmp.command('qom-set', path='screen', property='vgamem', value=1 << 20)
        self.assertEqual(qmp.command('qom-get', path='screen', property='vgamem'), 16 << 20)
        with self.assertRaises(QmpError):
            qmp.command('qom-set', path='/machine', property='append', value='x')
        types = {t['name']: t for t in qmp.command('qom-list-types')}
        self.assertIn('bochs-display', types)
        self.assertNotIn('device', types)
        every = {t['name'] for t in qmp.command('qom-list-types', abstract=True)}
        self.assertIn('device', every)
        for name in types:
            qmp.command('qom-list-properties', typename=name)
        properties = qmp.command('device-list-properties', typename='bochs-display')
        self.assertIn('vgamem', [p['name'] for p in properties])
        for name in ('device', 'virt-machine', 'toaster'):
            with self.assertRaises(QmpError):
                qmp.command('device-list-properties', typename=name)

    def test_memory_files(self) -> None:
        machine = self.boot_testcard()
        qmp, path = machine.qmp, machine.path('ram')
        with open(os.path.join(os.environ['VITRINE_BUILD'], 'firmware/testcard/testcard.bin'),
                  'rb') as file:
            kernel = file.read(4096)
        for command in ('pmemsave', 'memsave'):
            qmp.command(command, val=0x80200000, size=4096, filename=path)
            with open(path, 'rb') as file:
                self.assertEqual(file.read(), kernel, command)
        qmp.hmp(f'pmemsave 0x80200000 256 "{path}"')
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), kernel[:256])
        for command, arguments in (('pmemsave', {'val': 0x80200000, 'size': -1}),
                                   ('pmemsave', {'val': 1 << 60, 'size': 16}),
                                   ('memsave', {'val': 0x80200000, 'size': 16, 'cpu-index': 7})):
            with self.assertRaises(QmpError):
                qmp.command(command, filename=machine.path('bad'), **arguments)
        with self.assertRaises(QmpError) as caught:
            qmp.command('pmemsave', val=0x80000000, size=16, filename='/no/such/file')
        self.assertIn('/no/such/file', caught.exception.desc)

    def test_large_addresses(self) -> None:
        """They are not those that are left when 32 of their bits are."""
        machine = self.vm('-S', '-m', '32', serial=False)
        qmp, path = machine.qmp, machine.path('none')
        high = 1 << 32
        for command in ('pmemsave', 'memsave'):
            for val, size in ((high + 0x80000000, 16), (0x80000000, high), (0x80000000, high + 16),
                              (0x80000000 - high, 16)):
                with self.subTest(command=command, val=val, size=size):
                    with self.assertRaisesRegex(QmpError, '(?i)invalid addr|specified'):
                        qmp.command(command, val=val, size=size, filename=path)
            self.assertIn('0x0000000180000000', qmp.hmp(f'{command} 0x180000000 16 "{path}"'))
            self.assertIn('32-bit', qmp.hmp(f'{command} 0x80000000 0x100000010 "{path}"'))
        self.assertFalse(os.path.exists(path))
        for command in ('xp', 'x'):
            self.assertIn(': 0x', qmp.hmp(f'{command} /1xw 0x80000000'))
            self.assertNotIn(': 0x', qmp.hmp(f'{command} /1xw 0x180000000'))

    def test_two_sessions(self) -> None:
        machine = self.boot_testcard()
        fifo = machine.path('fifo')
        os.mkfifo(fifo)
        waiting, other = machine.connect(), machine.qmp
        waiting.send('screendump', {'filename': fifo}, id=1)
        waiting.send('query-status', id=2)
        start = time.monotonic()
        for _ in range(100):
            other.command('query-status')
        self.assertLess(time.monotonic() - start, 20)
        with open(fifo, 'rb') as reader:
            reader.read()
        self.assertEqual([waiting.receive_reply()['id'] for _ in range(2)], [1, 2])


if __name__ == '__main__':
    main()
