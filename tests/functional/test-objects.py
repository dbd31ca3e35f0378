"""Objects that users make: -object, object-add, object-del, and what each kind is good for.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import base64
import json
import os
import time
from typing import Any, Dict, List, Tuple

from harness import Vm, VmTest, main
from qmp import QmpError

MIB = 1 << 20
RAM = 0x80000000
# "correct horse", AES-256-CBC under the key 00 01 .. 1f and the IV 00 10 .. f0, by openssl enc.
MASTER = bytes(range(32))
IV = base64.b64encode(bytes(range(0, 256, 16))).decode()
ENCRYPTED = '9lClWxOxfFNLDmHmYMyQOw=='


def names(machine: Vm, path: str) -> Dict[str, str]:
    """Return the children and properties of an object with their types."""
    return {entry['name']: entry['type'] for entry in machine.qmp.command('qom-list', path=path)}


class ObjectsTest(VmTest):
    """What all kinds have in common."""

    def refused(self, machine: Vm, command: str, *words: str, **arguments: Any) -> QmpError:
        """Check that a command fails and that the message has some words."""
        with self.assertRaises(QmpError) as caught:
            machine.qmp.command(command, **arguments)
        for word in words:
            self.assertIn(word, caught.exception.desc)
        return caught.exception

    def test_add_and_delete(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        qmp = machine.qmp
        self.assertEqual(names(machine, '/objects'), {'type': 'string'})
        qmp.command('object-add', qom_type='rng-builtin', id='r')
        self.assertEqual(names(machine, '/objects'), {'type': 'string', 'r': 'child<rng-builtin>'})
        self.assertEqual(qmp.command('qom-get', path='/objects/r', property='type'), 'rng-builtin')
        self.refused(machine, 'object-add', "Duplicate ID 'r'", qom_type='rng-builtin', id='r')
        qmp.command('object-del', id='r')
        self.assertEqual(names(machine, '/objects'), {'type': 'string'})
        self.refused(machine, 'object-del', "object 'r' not found", id='r')
        for bad in ('', '1', 'a/b', 'a b', 'type'):
            self.refused(machine, 'object-del', f"object '{bad}' not found", id=bad)
        for bad in ('', '1', 'a/b', 'a b'):
            self.refused(machine, 'object-add', f"not '{bad}'", qom_type='iothread', id=bad)
        self.refused(machine, 'object-add', "'type'", qom_type='iothread', id='type')
        self.refused(machine, 'object-add', "'toaster'", 'iothread', qom_type='toaster', id='x')

    def test_long_paths(self) -> None:
        """They lead nowhere, and the message does not repeat them."""
        machine = self.vm('-S', machine='none', serial=False)
        calls: Dict[str, Dict[str, Any]] = {'qom-list': {}, 'qom-get': {'property': 'type'},
                                            'qom-set': {'property': 'type', 'value': 1}}
        for path in ('/a' * (1 << 18), 'a/' * (1 << 18), '/' * 65537):
            for command, arguments in calls.items():
                error = self.refused(machine, command, path=path, **arguments)
                self.assertEqual(error.error_class, 'DeviceNotFound')
                self.assertEqual(error.desc, f"Device '{path[:256]}' not found")
        self.assertEqual(machine.qmp.command('qom-get', path='/' * 65536, property='type'),
                         'container')
        error = self.refused(machine, 'qom-get', path='/', property='x' * 1000)
        self.assertEqual(error.desc, f"Property 'container.{'x' * 256}' not found")

    def test_settings_do_not_change(self) -> None:
        machine = self.vm('-S', '-object', 'rng-random,id=r', machine='none', serial=False)
        self.assertEqual(machine.qmp.command('qom-get', path='/objects/r', property='filename'),
                         '/dev/urandom')
        self.refused(machine, 'qom-set', "'filename'", "'r'", path='/objects/r',
                     property='filename', value='/dev/random')

    def test_command_line(self) -> None:
        machine = self.vm('-S', '-object', '{"qom-type": "iothread", "id": "a"}',
                          '-object', 'iothread,id=b', '-object', 'qom-type=rng-builtin,id=c',
                          machine='none', serial=False)
        self.assertEqual(names(machine, '/objects'), {
            'type': 'string', 'a': 'child<iothread>', 'b': 'child<iothread>',
            'c': 'child<rng-builtin>'})

    def test_command_line_refused(self) -> None:
        cases: List[Tuple[str, List[str]]] = [
            ('toaster,id=a', ['toaster', 'iothread']),
            ('iothread', ["'id'"]),
            ('iothread,id=1', ["'1'"]),
            ('iothread,id=a,colour=red', ["'colour'"]),
            ('{"qom-type": "iothread"', ['JSON']),
            ('{"qom-type": "memory-backend-ram", "id": "m", "size": "4M"}', ["'size'"]),
            ('memory-backend-ram,id=m', ["'size'"]),
            ('memory-backend-ram,id=m,size=lots', ["'size'"]),
            ('memory-backend-ram,id=m,size=0', ["'size'"]),
            ('memory-backend-ram,id=m,size=4097', ['4096']),
            ('memory-backend-ram,id=m,size=16E', ["'size'"]),
            ('memory-backend-ram,id=m,size=8E', ["'m'"]),
            ('memory-backend-memfd,id=m,size=8E', ["'m'"]),
            ('memory-backend-file,id=m,size=4k', ["'mem-path'"]),
            ('memory-backend-file,id=m,size=4k,mem-path=/no/dir/x', ['/no/dir/x']),
            ('memory-backend-file,id=m,size=4k,mem-path=/dev/null', ['/dev/null', 'regular']),
            ('rng-random,id=r,filename=/no/such', ['/no/such']),
            ('rng-random,id=r,filename=/etc/passwd', ['/etc/passwd', 'character device']),
            ('secret,id=s', ['file', 'data']),
            ('secret,id=s,data=a,file=b', ['file', 'data']),
            ('secret,id=s,file=/no/such', ['/no/such']),
            ('secret,id=s,file=/dev/zero', ['/dev/zero', '1048576']),
            ('secret,id=s,data=a,format=rot13', ['rot13', 'base64']),
            ('secret,id=s,data=a%b,format=base64', ["'data'", 'base64']),
            ('secret,id=s,data=a,keyid=none,iv=a', ['none']),
            ('secret,id=s,data=a,iv=a', ["'iv'", "'keyid'"]),
        ]
        for text, words in cases:
            with self.subTest(text=text):
                message = self.run_failing('-M', 'none', '-display', 'none', '-object', text)
                self.assertIn(f'-object {text}', message)
                for word in words:
                    self.assertIn(word, message)

    def test_hmp(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        self.assertEqual(machine.qmp.hmp('object_add iothread,id=t'), '')
        threads = machine.qmp.command('query-iothreads')
        self.assertIn(f'thread-id: {threads[0]["thread-id"]}', machine.qmp.hmp('info iothreads'))
        self.assertIn('Duplicate', machine.qmp.hmp('object_add iothread,id=t'))
        self.assertIn('Error', machine.qmp.hmp('object_add help'))
        self.assertIn('object expected', machine.qmp.hmp('object_add'))
        self.assertEqual(machine.qmp.hmp('object_del t'), '')
        self.assertIn('not found', machine.qmp.hmp('object_del t'))


class IothreadTest(VmTest):
    """A thread that the host knows."""

    def test_thread(self) -> None:
        machine = self.vm('-S', '-object', 'iothread,id=one', machine='none', serial=False)
        qmp = machine.qmp
        qmp.command('object-add', qom_type='iothread', id='two')
        threads = {entry['id']: entry['thread-id'] for entry in qmp.command('query-iothreads')}
        self.assertEqual(list(threads), ['one', 'two'])
        tasks = f'/proc/{machine.process.pid}/task'
        for name, number in threads.items():
            with open(f'{tasks}/{number}/comm', encoding='ascii') as comm:
                self.assertEqual(comm.read(), f'IO {name}\n')
        qmp.command('object-del', id='one')
        self.assertEqual([entry['id'] for entry in qmp.command('query-iothreads')], ['two'])
        self.assertNotIn(str(threads['one']), os.listdir(tasks))
        self.assertIn(str(threads['two']), os.listdir(tasks))

    def test_settings(self) -> None:
        """Of the command line, of object-add and changed later; as queries and help tell them."""
        machine = self.vm('-S', '-object', 'iothread,id=a,poll-max-ns=1000,poll-grow=3,'
                          'poll-shrink=4,aio-max-batch=5', '-object',
                          '{"qom-type":"iothread","id":"b","poll-max-ns":0}',
                          machine='none', serial=False)
        qmp = machine.qmp
        qmp.command('object-add', qom_type='iothread', id='c', **{'poll-max-ns': 1000000000})
        qmp.command('object-add', qom_type='iothread', id='d')

        def settings() -> List[List[int]]:
            return [[entry[name] for name in ('poll-max-ns', 'poll-grow', 'poll-shrink',
                                              'aio-max-batch')]
                    for entry in qmp.command('query-iothreads')]

        self.assertEqual(settings(), [[1000, 3, 4, 5], [0, 0, 0, 0], [1000000000, 0, 0, 0],
                                      [32768, 0, 0, 0]])
        qmp.command('qom-set', path='/objects/d', property='poll-max-ns', value=100)
        qmp.command('qom-set', path='/objects/d', property='poll-shrink', value=2)
        self.assertEqual(settings()[3], [100, 0, 2, 0])
        self.assertEqual(qmp.command('qom-get', path='/objects/d', property='poll-max-ns'), 100)
        self.assertEqual(qmp.hmp('qom-set /objects/d poll-max-ns 0'), '')
        self.assertEqual(settings()[3], [0, 0, 2, 0])
        self.assertIn('poll-max-ns: 1000\r\n  poll-grow: 3\r\n  poll-shrink: 4\r\n'
                      '  aio-max-batch: 5\r\n', qmp.hmp('info iothreads'))
        properties = {entry['name']: entry for entry in
                      qmp.command('qom-list-properties', typename='iothread')}
        self.assertEqual(properties['poll-max-ns']['default-value'], 32768)

    def test_settings_refused(self) -> None:
        machine = self.vm('-S', '-object', 'iothread,id=a', machine='none', serial=False)
        qmp = machine.qmp
        before = qmp.command('query-iothreads')
        for name, most in (('poll-max-ns', 1000000000), ('poll-grow', 2 ** 31 - 1),
                           ('poll-shrink', 2 ** 31 - 1), ('aio-max-batch', 2 ** 31 - 1)):
            for value in (-1, most + 1, -2 ** 63, 2 ** 63 - 1):
                message = (f"Property '{name}' of I/O thread 'a' expects a number from 0 to {most}"
                           f", not {value}")
                with self.subTest(name=name, value=value):
                    with self.assertRaises(QmpError) as caught:
                        qmp.command('qom-set', path='/objects/a', property=name, value=value)
                    self.assertEqual(caught.exception.desc, message)
            for bad in ('5', 1.5, 2 ** 63, True, None, [], {}):
                with self.assertRaises(QmpError):
                    qmp.command('qom-set', path='/objects/a', property=name, value=bad)
            with self.assertRaisesRegex(QmpError, f"'{name}' of I/O thread 'b' expects"):
                qmp.command('object-add', qom_type='iothread', id='b', **{name: -1})
            self.assertIn(f"'{name}' of I/O thread 'x' expects", self.run_failing(
                '-M', 'none', '-object', f'iothread,id=x,{name}=-5'))
        self.assertEqual(qmp.command('query-iothreads'), before)

    def test_idle(self) -> None:
        """A thread that may look for work for a second, and has none, takes no processor time."""
        machine = self.vm('-S', '-object', 'iothread,id=a,poll-max-ns=1000000000,poll-grow=1000',
                          '-object', 'iothread,id=b', machine='none', serial=False)
        threads = [entry['thread-id'] for entry in machine.qmp.command('query-iothreads')]
        machine.qmp.command('qom-set', path='/objects/a', property='poll-max-ns', value=500000000)
        before = [machine.processor_time(thread) for thread in threads]
        time.sleep(1)
        for thread, earlier in zip(threads, before):
            self.assertLess(machine.processor_time(thread) - earlier, 0.1)


class MemoryTest(VmTest):
    """Guest memory that comes from outside."""

    def memory(self, machine: Vm, address: int, size: int) -> bytes:
        """Return a piece of guest memory."""
        path = machine.path('memory')
        machine.qmp.command('pmemsave', val=address, size=size, filename=path)
        with open(path, 'rb') as file:
            return file.read()

    def test_ram(self) -> None:
        machine = self.vm('-S', '-object', 'memory-backend-ram,id=riscv_virt_board.ram,size=64M',
                          machine='virt,memory-backend=riscv_virt_board.ram,dump-guest-core=off')
        qmp = machine.qmp
        self.assertEqual(qmp.command('qom-get', path='/machine', property='memory-backend'),
                         '/objects/riscv_virt_board.ram')
        self.assertIn('0000000080000000-0000000083ffffff (prio 0, ram): riscv_virt_board.ram',
                      qmp.hmp('info mtree'))
        with self.assertRaises(QmpError) as caught:
            qmp.command('object-del', id='riscv_virt_board.ram')
        self.assertEqual(caught.exception.desc,
                         "object 'riscv_virt_board.ram' is in use, can not be deleted")
        self.assertEqual(qmp.command('qom-get', path='/objects/riscv_virt_board.ram',
                                     property='size'), 64 * MIB)

    def test_shared_file(self) -> None:
        path = f'{self.directory()}/ram'
        options = {'qom-type': 'memory-backend-file', 'id': 'mem', 'size': 32 * MIB,
                   'mem-path': path, 'share': True}
        machine = self.vm('-S', '-m', '32', '-object', json.dumps(options),
                          machine='virt,memory-backend=mem')
        self.assertEqual(os.stat(path).st_size, 32 * MIB)
        with open(path, 'r+b') as file:
            file.seek(16 * MIB)
            file.write(b'from outside')
        self.assertEqual(self.memory(machine, RAM + 16 * MIB, 12), b'from outside')

    def test_private_file(self) -> None:
        path = f'{self.directory()}/ram'
        with open(path, 'wb') as file:
            file.truncate(32 * MIB)
            file.seek(24 * MIB)
            file.write(b'kept')
        machine = self.vm('-object', f'memory-backend-file,id=mem,size=32M,mem-path={path}',
                          '-device', 'bochs-display', machine='virt,memory-backend=mem')
        self.assertEqual(self.memory(machine, RAM + 24 * MIB, 4), b'kept')
        # The firmware at the start of RAM is the guest's alone.
        self.assertNotEqual(self.memory(machine, RAM, 16), bytes(16))
        with open(path, 'rb') as file:
            self.assertEqual(file.read(16), bytes(16))

    def test_memfd_and_directory(self) -> None:
        directory = self.directory()
        for text in ('memory-backend-memfd,id=mem,size=32M,prealloc=on',
                     f'memory-backend-file,id=mem,size=32M,share=on,mem-path={directory}'):
            with self.subTest(text=text):
                machine = self.vm('-S', '-object', text, machine='virt,memory-backend=mem')
                self.assertNotEqual(self.memory(machine, RAM, 16), bytes(16))
        self.assertEqual(os.listdir(directory), [])

    def test_prealloc(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        pages = int(self.resident(machine))
        machine.qmp.command('object-add', qom_type='memory-backend-ram', id='m', size=64 * MIB,
                            prealloc=True)
        self.assertGreater(self.resident(machine), pages + 60 * MIB // 4096)

    def resident(self, machine: Vm) -> int:
        """Return how many pages of memory a process has."""
        with open(f'/proc/{machine.process.pid}/statm', encoding='ascii') as statm:
            return int(statm.read().split()[1])

    def test_refused(self) -> None:
        directory = self.directory()
        machine = self.vm('-S', machine='none', serial=False)
        with open(f'{directory}/short', 'wb') as file:
            file.truncate(4096)
        cases: List[Tuple[Dict[str, Any], str]] = [
            ({'qom-type': 'memory-backend-ram', 'size': 2 ** 63 + 4096}, "'m'"),
            ({'qom-type': 'memory-backend-ram', 'size': 2 ** 64 - 4096}, "'m'"),
            ({'qom-type': 'memory-backend-ram', 'size': 2 ** 61}, "'m'"),
            ({'qom-type': 'memory-backend-ram', 'size': 2 ** 62, 'prealloc': True}, "'m'"),
            ({'qom-type': 'memory-backend-ram', 'size': 100}, "'size'"),
            ({'qom-type': 'memory-backend-memfd', 'size': 2 ** 63}, "'m'"),
            ({'qom-type': 'memory-backend-file', 'size': 8192,
              'mem-path': f'{directory}/short'}, f"'{directory}/short'"),
            ({'qom-type': 'memory-backend-file', 'size': 2 ** 62,
              'mem-path': f'{directory}/new'}, f"'{directory}/new'"),
        ]
        for options, word in cases:
            with self.subTest(options=options):
                machine.qmp.send('object-add', {'id': 'm', **options})
                reply = machine.qmp.receive_reply()
                self.assertIn(word, reply['error']['desc'])
        self.assertEqual(os.listdir(directory), ['short'])
        self.assertEqual(names(machine, '/objects'), {'type': 'string'})

    def test_contradictions(self) -> None:
        mem = ('-object', 'memory-backend-ram,id=mem,size=64M')
        for arguments, words in (
                (('-M', 'virt,memory-backend=mem', '-m', '32', *mem), ['-m', '67108864']),
                (('-M', 'virt,memory-backend=mem'), ["'mem'"]),
                (('-M', 'virt,memory-backend=t', '-object', 'iothread,id=t'), ['memory-backend']),
                (('-M', 'none,memory-backend=mem', *mem), ["'none'"]),
                (('-M', 'virt,usb=on'), ['usb=off'])):
            with self.subTest(arguments=arguments):
                message = self.run_failing('-display', 'none', *arguments)
                for word in words:
                    self.assertIn(word, message)


class SecretTest(VmTest):
    """Secrets are kept, and nobody is told."""

    def test_master_key(self) -> None:
        path = f'{self.directory()}/master-key.aes'
        with open(path, 'wb') as file:
            file.write(MASTER)
        master = {'qom-type': 'secret', 'id': 'masterKey0', 'format': 'raw', 'file': path}
        machine = self.vm('-S', '-object', json.dumps(master), machine='none', serial=False)
        qmp = machine.qmp
        qmp.command('object-add', qom_type='secret', id='s', keyid='masterKey0', iv=IV,
                    format='base64', data=ENCRYPTED)
        self.assertEqual(qmp.command('qom-get', path='/objects/s', property='keyid'),
                         '/objects/masterKey0')
        self.assertEqual(qmp.command('qom-get', path='/objects/s', property='format'), 'base64')
        with self.assertRaises(QmpError) as caught:
            qmp.command('qom-get', path='/objects/s', property='data')
        self.assertIn('not readable', caught.exception.desc)
        with self.assertRaises(QmpError) as caught:
            qmp.command('object-del', id='masterKey0')
        self.assertIn('in use', caught.exception.desc)
        self.check_refused(machine)
        with self.assertRaises(QmpError) as caught:
            qmp.command('object-del', id='s/keyid')
        self.assertIn('not found', caught.exception.desc)
        qmp.command('object-del', id='s')
        qmp.command('object-del', id='masterKey0')

    def check_refused(self, machine: Vm) -> None:
        """Check that what cannot be decrypted is no secret."""
        good = {'qom-type': 'secret', 'id': 'x', 'keyid': 'masterKey0', 'iv': IV,
                'format': 'base64', 'data': ENCRYPTED}
        cases: List[Tuple[Dict[str, str], str]] = [
            ({'iv': 'AAAA'}, 'IV'),
            ({'iv': '%'}, "'iv'"),
            ({'data': ''}, '16'),
            ({'data': 'AAAA'}, '16'),
            ({'data': base64.b64encode(bytes(16)).decode()}, 'padding'),
            ({'format': 'raw'}, '16'),
            ({'keyid': 's'}, '32'),
            ({'keyid': '/machine'}, 'secret'),
        ]
        for change, word in cases:
            with self.subTest(change=change):
                machine.qmp.send('object-add', {**good, **change})
                self.assertIn(word, machine.qmp.receive_reply()['error']['desc'])


if __name__ == '__main__':
    main()
