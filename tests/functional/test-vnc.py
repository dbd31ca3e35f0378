"""VNC: what viewers see, who gets in, and that nobody hurts another.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
import unittest
from typing import Any, Dict, List, Optional, Tuple

from harness import Vm, VmTest, main
from pictures import Picture, read_png, read_ppm
from qmp import QmpError
from rfb import ENCODING_DESKTOP_SIZE, ENCODING_RAW, Address, Refused, Viewer, free_display

try:
    import cryptography.hazmat.primitives.ciphers as ciphers
except ImportError:
    HAVE_DES = False
else:
    HAVE_DES = bool(ciphers)

PATIENCE = 60
NO_DES = 'the Debian package python3-cryptography is not installed'
GVNCCAPTURE = shutil.which('gvnccapture')
# AddressSanitizer keeps freed memory for a while: not so much that it looks like a leak.
os.environ['ASAN_OPTIONS'] = os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=4'


class VncTest(VmTest):
    """What the tests of the server share."""

    def card(self, mode: str = '640x480', options: str = '', *args: str) -> Vm:
        """Start a machine with the test card and a VNC server on a UNIX socket."""
        path = os.path.join(self.directory(), 'vnc')
        machine = self.boot_testcard(mode, '-vnc', f'unix:{path}{options}', *args)
        self.address: Address = path
        return machine

    def connect(self) -> Viewer:
        """Connect to the server, without a handshake."""
        viewer = Viewer(self.address)
        self.addCleanup(viewer.close)
        return viewer

    def viewer(self, password: Optional[str] = None, minor: int = 8,
               shared: bool = True) -> Viewer:
        """Connect to the server and go through the handshake."""
        viewer = self.connect()
        viewer.start(password, minor, shared)
        return viewer

    def screendump(self, machine: Vm) -> Picture:
        """Return the picture that screendump takes."""
        path = machine.path('dump.ppm')
        machine.qmp.command('screendump', filename=path)
        return read_ppm(path)

    def draw(self, machine: Vm, command: str) -> None:
        """Have the guest draw something."""
        machine.type(f'{command}\n')
        machine.expect(f'ok: {command}')

    def check_picture(self, machine: Vm, viewer: Viewer) -> None:
        """What the viewer has is what screendump says."""
        self.assertTrue(viewer.picture() == self.screendump(machine), 'the pictures differ')

    def clients(self, machine: Vm) -> List[Any]:
        """Return who is connected."""
        clients: List[Any] = machine.qmp.command('query-vnc')['clients']
        return clients

    def wait_clients(self, machine: Vm, count: int) -> None:
        """Wait until so many are connected."""
        deadline = time.monotonic() + PATIENCE
        while len(self.clients(machine)) != count:
            self.assertLess(time.monotonic(), deadline, self.clients(machine))
            time.sleep(0.01)

    def expect_end(self, viewer: Viewer) -> None:
        """Wait until the server has hung up."""
        try:
            while viewer.sock.recv(1 << 20):
                pass
        except ConnectionResetError:
            pass


class PictureTest(VncTest):
    """Pictures and changes of them."""

    def test_picture_is_that_of_screendump(self) -> None:
        machine = self.card('800x600')
        viewer = self.viewer()
        self.assertEqual((viewer.width, viewer.height, viewer.name), (800, 600, 'vitrine'))
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_first_picture_is_not_older_than_the_request(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        for i in range(20):
            colour = f'{i * 9:02x}{200 - i:02x}{i:02x}'
            self.draw(machine, f'fill {colour}')
            viewer.refresh()
            self.assertEqual(viewer.picture()[2], bytes.fromhex(colour) * (640 * 480))

    def test_only_what_changed_is_sent(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.refresh()
        viewer.request(incremental=True)
        self.draw(machine, 'rect 100 200 30 4 ff8000')
        changed = viewer.update()
        self.assertTrue(changed)
        self.assertLess(sum(rect[2] * rect[3] for rect in changed), 640 * 480 // 4)
        self.check_picture(machine, viewer)

    def test_nothing_is_sent_while_nothing_changes(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.refresh()
        viewer.request(incremental=True)
        viewer.sock.settimeout(1)
        with self.assertRaises(TimeoutError):
            viewer.update()
        viewer.sock.settimeout(PATIENCE)
        self.draw(machine, 'fill 00ff00')
        viewer.update()
        self.check_picture(machine, viewer)

    def test_size_changes(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.set_encodings(ENCODING_RAW, ENCODING_DESKTOP_SIZE)
        viewer.refresh()
        for mode in ('1024x768', '640x480', '801x601'):
            self.draw(machine, f'mode {mode}')
            self.draw(machine, 'card')
            viewer.refresh()
            self.assertEqual(f'{viewer.width}x{viewer.height}', mode)
            self.check_picture(machine, viewer)

    def test_size_changes_for_a_viewer_that_waits(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.set_encodings(ENCODING_RAW, ENCODING_DESKTOP_SIZE)
        viewer.refresh()
        viewer.request(incremental=True)
        self.draw(machine, 'mode 1024x768')
        while viewer.update():
            viewer.request(incremental=True)
        self.assertEqual((viewer.width, viewer.height), (1024, 768))
        # Nobody asked for more.
        viewer.sock.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            viewer.update()

    def test_viewer_that_cannot_change_its_size(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.refresh()
        self.draw(machine, 'mode 320x200')
        self.draw(machine, 'fill 123456')
        viewer.refresh()
        width, height, pixels = viewer.picture()
        self.assertEqual((width, height), (640, 480))
        self.assertEqual(pixels[:960], bytes.fromhex('123456') * 320)
        self.assertEqual(pixels[960:1920], bytes(960))
        self.draw(machine, 'mode 1024x768')
        self.draw(machine, 'fill 654321')
        viewer.refresh()
        self.assertEqual(viewer.picture()[2], bytes.fromhex('654321') * (640 * 480))
        # It learns to; it is told at once.
        viewer.set_encodings(ENCODING_RAW, ENCODING_DESKTOP_SIZE)
        viewer.refresh()
        self.assertEqual((viewer.width, viewer.height), (1024, 768))
        self.check_picture(machine, viewer)

    def test_formats_and_encodings(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        self.draw(machine, 'fill ff00ff')
        for bits, maxima, shifts, pixel in (
                (16, (31, 63, 31), (11, 5, 0), struct.pack('<H', 31 << 11 | 31)),
                (8, (7, 7, 3), (0, 3, 6), bytes([7 | 3 << 6]))):
            viewer.send('BxxxBBBBHHHBBBxxx', 0, bits, bits, 0, 1, *maxima, *shifts)
            viewer.request()
            self.assertEqual(struct.unpack('>BxH', viewer.read(4)), (0, 1))
            self.assertEqual(viewer.read(12), struct.pack('>HHHHi', 0, 0, 640, 480, 0))
            self.assertEqual(viewer.read(640 * 480 * bits // 8), pixel * (640 * 480))

    def test_no_screen(self) -> None:
        path = os.path.join(self.directory(), 'vnc')
        self.vm('-S', '-vnc', f'vnc=unix:{path}')
        self.address = path
        viewer = self.viewer()
        viewer.refresh()
        self.assertEqual((viewer.width, viewer.height), (640, 480))
        self.assertGreater(len(set(viewer.picture()[2])), 1, 'the picture must say something')

    def test_screen_nobody_drew_on(self) -> None:
        path = os.path.join(self.directory(), 'vnc')
        machine = self.vm('-S', '-device', 'bochs-display', '-vnc', f'unix:{path}')
        self.address = path
        viewer = self.viewer()
        viewer.refresh()
        self.check_picture(machine, viewer)

    @unittest.skipUnless(GVNCCAPTURE, 'the Debian package gvncviewer is not installed')
    def test_real_viewer(self) -> None:
        display = free_display()
        machine = self.boot_testcard('800x600', '-vnc', f'127.0.0.1:{display}')
        path = machine.path('captured.png')
        assert GVNCCAPTURE
        subprocess.run([GVNCCAPTURE, '-q', f'127.0.0.1:{display}', path], check=True,
                       timeout=PATIENCE, stdin=subprocess.DEVNULL)
        self.assertTrue(read_png(path) == self.screendump(machine), 'the pictures differ')


class AccessTest(VncTest):
    """Passwords, versions, sharing."""

    def refused(self, password: Optional[str]) -> None:
        with self.assertRaises(Refused) as caught:
            self.viewer(password)
        self.assertEqual(str(caught.exception), 'Authentication failed')

    @unittest.skipUnless(HAVE_DES, NO_DES)
    def test_password(self) -> None:
        machine = self.card('640x480', ',password=on')
        self.refused('')
        self.refused('secret')
        machine.qmp.command('set_password', protocol='vnc', password='secret')
        self.refused('wrong')
        self.refused('')
        self.refused(None)
        self.viewer('secret')
        machine.qmp.command('change-vnc-password', password='other')
        self.refused('secret')
        viewer = self.viewer('other')
        machine.qmp.command('set_password', protocol='vnc', password='', connected='keep')
        self.refused('other')
        self.refused('')
        viewer.refresh()
        self.check_picture(machine, viewer)

    @unittest.skipUnless(HAVE_DES, NO_DES)
    def test_expiry(self) -> None:
        machine = self.card('640x480', ',password=on')

        def expire(when: str) -> None:
            machine.qmp.command('expire_password', protocol='vnc', time=when)

        machine.qmp.command('set_password', protocol='vnc', password='secret')
        for when, allowed in (('now', False), ('never', True), ('+0', False), ('+1000', True),
                              ('1000', False), (str(int(time.time()) + 1000), True),
                              ('18446744073709551615', True), (str(int(time.time())), False)):
            with self.subTest(when):
                expire(when)
                if allowed:
                    self.viewer('secret').close()
                else:
                    self.refused('secret')
        machine.qmp.command('set_password', protocol='vnc', password='secret')
        self.viewer('secret')
        for bad in ('', '+', '+5x', 'soon', '-1', ' 5', '18446744073709551616', '+-3'):
            with self.assertRaises(QmpError) as caught:
                expire(bad)
            self.assertIn("Parameter 'time' expects", caught.exception.desc)
        self.assertEqual(machine.qmp.hmp('expire_password vnc now -d default'), '')
        self.refused('secret')

    @unittest.skipUnless(HAVE_DES, NO_DES)
    def test_weak_key_lets_nobody_in(self) -> None:
        # A DES key whose bits, without parity, are all 0: libraries may refuse to use it.
        machine = self.card('640x480', ',password=on')
        machine.qmp.command('set_password', protocol='vnc', password='\x01' * 8)
        self.refused(None)

    @unittest.skipUnless(HAVE_DES, NO_DES)
    def test_hmp_passwords(self) -> None:
        machine = self.card('640x480', ',password=on,id=front')
        self.assertEqual(machine.qmp.hmp('set_password vnc secret keep'), '')
        self.viewer('secret')
        self.assertEqual(machine.qmp.hmp('set_password vnc other -d front'), '')
        self.viewer('other')
        for line, text in (('set_password vnc x -d back', "no VNC server 'back'"),
                           ('set_password foo x', 'foo'), ('set_password vnc x fail', 'fail'),
                           ('expire_password foo now', 'foo'),
                           ('expire_password vnc soon', "'time' expects")):
            self.assertIn(text, machine.qmp.hmp(line))

    def test_passwords_without_a_server_that_has_one(self) -> None:
        machine = self.card()
        bare = self.vm('-S', machine='none', serial=False)
        for vm, text in ((machine, 'without password=on'), (bare, '-vnc starts one')):
            for command, arguments in (('set_password', {'protocol': 'vnc', 'password': 'x'}),
                                       ('change-vnc-password', {'password': 'x'})):
                with self.assertRaises(QmpError) as caught:
                    vm.qmp.command(command, **arguments)
                self.assertIn('Could not set password', caught.exception.desc)
                self.assertIn(text, caught.exception.desc)
        with self.assertRaises(QmpError) as caught:
            bare.qmp.command('expire_password', protocol='vnc', time='now')
        self.assertIn('Could not set password expire time', caught.exception.desc)

    def test_versions(self) -> None:
        machine = self.card()
        for minor in (3, 5, 7, 8, 889):
            viewer = self.connect()
            types = viewer.negotiate(minor)
            self.assertEqual(types, [1])
            viewer.prove(types, None, 3 if minor < 7 else minor)
            viewer.initialize()
            viewer.refresh()
            self.check_picture(machine, viewer)

    @unittest.skipUnless(HAVE_DES, NO_DES)
    def test_versions_with_password(self) -> None:
        machine = self.card('640x480', ',password=on')
        machine.qmp.command('set_password', protocol='vnc', password='longer than eight bytes')
        for minor in (3, 7, 8):
            self.viewer('longer than others', minor)
            with self.assertRaises(Refused):
                self.viewer('l', minor)

    def test_not_a_viewer(self) -> None:
        machine = self.card()
        for text in (b'GET / HTTP/1.1\r\n\r\n', b'RFB 004.000\n', b'RFB abc.def\n', bytes(12),
                     b'\xff' * 12, b'RFB 003.008\n\x02', b'RFB 003.008\n\x00'):
            viewer = self.connect()
            viewer.sock.sendall(text)
            self.expect_end(viewer)
        self.wait_clients(machine, 0)
        self.viewer().refresh()

    def test_no_way_round_the_password(self) -> None:
        self.card('640x480', ',password=on')
        other = os.path.join(self.directory(), 'open')
        # Somebody else's server asks for none.
        self.vm('-S', '-vnc', f'unix:{other}', '-vnc', f'unix:{self.address}2,password=on')
        for address in (self.address, f'{self.address}2'):
            open_viewer = Viewer(other)
            self.addCleanup(open_viewer.close)
            open_viewer.start()
            viewer = Viewer(address)
            self.addCleanup(viewer.close)
            self.assertEqual(viewer.negotiate(), [2])
            viewer.send('BB', 1, 1)
            self.expect_end(viewer)

    def test_share_allow_exclusive(self) -> None:
        machine = self.card()
        first, second = self.viewer(), self.viewer()
        third = self.viewer(shared=False)
        self.expect_end(first)
        self.expect_end(second)
        third.refresh()
        self.wait_clients(machine, 1)
        self.viewer(shared=True)
        self.expect_end(third)

    def test_share_force_shared(self) -> None:
        self.card('640x480', ',share=force-shared')
        first = self.viewer()
        second = self.connect()
        second.prove(second.negotiate(), None)
        second.send('B', 0)
        self.expect_end(second)
        first.refresh()

    def test_share_ignore(self) -> None:
        machine = self.card('640x480', ',share=ignore')
        viewers = [self.viewer(shared=False) for _ in range(3)]
        for viewer in viewers:
            viewer.refresh()
        self.assertEqual(len(self.clients(machine)), 3)


class AddClientTest(VncTest):
    """Connections made elsewhere."""

    def pair(self, machine: Vm, name: str = 'viewer') -> Viewer:
        """Hand one end of a connection to the machine; return a viewer on the other."""
        ours, theirs = socket.socketpair()
        machine.qmp.getfd(name, theirs.fileno())
        theirs.close()
        ours.settimeout(PATIENCE)
        viewer = Viewer(ours)
        self.addCleanup(viewer.close)
        return viewer

    def test_viewer(self) -> None:
        machine = self.card()
        viewer = self.pair(machine)
        machine.qmp.command('add_client', protocol='vnc', fdname='viewer')
        viewer.start()
        viewer.refresh()
        self.check_picture(machine, viewer)
        self.assertEqual(len(self.clients(machine)), 1)
        machine.qmp.wait_event('VNC_INITIALIZED')

    def test_server_that_listens_nowhere(self) -> None:
        machine = self.boot_testcard('640x480', '-vnc', 'none,audiodev=a', '-audiodev', 'none,id=a')
        self.assertEqual(machine.qmp.command('query-vnc'), {'enabled': False, 'clients': []})
        self.assertEqual(machine.qmp.command('query-vnc-servers'),
                         [{'id': 'default', 'server': [], 'clients': [], 'auth': 'none'}])
        self.assertEqual(machine.qmp.hmp('info vnc'), 'default:\r\n')
        viewer = self.pair(machine)
        machine.qmp.command('add_client', protocol='vnc', fdname='viewer')
        viewer.start()
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_password_can_be_skipped(self) -> None:
        machine = self.card('640x480', ',password=on')
        for skip in (False, True):
            viewer = self.pair(machine)
            machine.qmp.command('add_client', protocol='vnc', fdname='viewer', skipauth=skip)
            self.assertEqual(viewer.negotiate(), [1 if skip else 2])
            if skip:
                viewer.prove([1], None)
                viewer.initialize()
                viewer.refresh()

    def test_refused(self) -> None:
        machine = self.card()
        bare = self.vm('-S', machine='none', serial=False)
        wrong: List[Tuple[Vm, Dict[str, Any], str]] = [
            (machine, {'protocol': 'spice'}, "'spice'; accepted is: vnc"),
            (machine, {'protocol': 'vnc', 'tls': True}, "'tls' expects false"),
            (bare, {'protocol': 'vnc'}, 'no VNC server')]
        for vm, arguments, text in wrong:
            viewer = self.pair(vm)
            with self.assertRaises(QmpError) as caught:
                vm.qmp.command('add_client', fdname='viewer', **arguments)
            self.assertIn(text, caught.exception.desc)
            self.expect_end(viewer)
        with self.assertRaises(QmpError) as caught:
            machine.qmp.command('add_client', protocol='vnc', fdname='nobody')
        self.assertIn("'nobody'", caught.exception.desc)

    def test_not_a_connection(self) -> None:
        machine = self.card()
        reader, writer = os.pipe()
        machine.qmp.getfd('pipe', writer)
        os.close(writer)
        with self.assertRaises(QmpError) as caught:
            machine.qmp.command('add_client', protocol='vnc', fdname='pipe')
        self.assertIn('not a stream socket', caught.exception.desc)
        self.assertEqual(os.read(reader, 1), b'')
        os.close(reader)


class InfoTest(VncTest):
    """Options, queries and events."""

    def test_unix_socket(self) -> None:
        machine = self.card()
        address = {'host': '', 'service': self.address, 'family': 'unix'}
        client = {'host': '', 'service': '', 'family': 'unix', 'websocket': False}
        self.assertEqual(machine.qmp.command('query-vnc'),
                         {'enabled': True, 'auth': 'none', 'clients': [], **address})
        self.viewer()
        self.assertEqual(machine.qmp.command('query-vnc-servers'),
                         [{'id': 'default', 'auth': 'none', 'clients': [client],
                           'server': [{'auth': 'none', 'websocket': False, **address}]}])
        self.assertEqual(machine.qmp.hmp('info vnc'),
                         f'default:\r\n  Server: :{self.address} (unix)\r\n'
                         '    Auth: none (Sub: none)\r\n  Client: : (unix)\r\n'
                         '    x509_dname: none\r\n    sasl_username: none\r\n')
        machine.qmp.command('quit')
        machine.wait()
        self.assertFalse(os.path.exists(str(self.address)))

    def test_no_server(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        self.assertEqual(machine.qmp.command('query-vnc'), {'enabled': False, 'clients': []})
        self.assertEqual(machine.qmp.command('query-vnc-servers'), [])
        self.assertEqual(machine.qmp.hmp('info vnc'), 'None\r\n')

    def test_tcp(self) -> None:
        display = free_display()
        machine = self.vm('-S', '-vnc', f'127.0.0.1:{display},password=on')
        self.assertEqual(machine.qmp.command('query-vnc'), {
            'enabled': True, 'auth': 'vnc', 'clients': [], 'host': '127.0.0.1',
            'service': str(5900 + display), 'family': 'ipv4'})

    def test_all_addresses(self) -> None:
        display = free_display()
        machine = self.vm('-S', '-vnc', f':{display}')
        hosts = {info['host'] for info in
                 machine.qmp.command('query-vnc-servers')[0]['server']}
        self.assertIn('0.0.0.0', hosts)
        viewer = Viewer(('127.0.0.1', 5900 + display))
        self.addCleanup(viewer.close)
        viewer.start()
        viewer.refresh()

    def test_port_range(self) -> None:
        display = free_display()
        one = f'127.0.0.1:{display},to={display + 50}'
        machine = self.vm('-S', '-vnc', one, '-vnc', one)
        first, second = machine.qmp.command('query-vnc-servers')
        self.assertEqual((first['id'], second['id']), ('default', 'vnc2'))
        ports = [int(info['server'][0]['service']) for info in (first, second)]
        self.assertTrue(5900 + display <= ports[0] < ports[1] <= 5950 + display, ports)
        message = self.run_failing('-M', 'none', '-vnc', f'127.0.0.1:{ports[0] - 5900}')
        self.assertIn(str(ports[0]), message)

    def test_bad_options(self) -> None:
        path = os.path.join(self.directory(), 'x' * 200)
        for text, said in (
                ('host', 'no vnc port specified'), ('127.0.0.1:70000', '0 (port 5900)'),
                (':-1', 'display number'), (':x', 'display number'), ('', 'accepted are'),
                (':1,foo=1', "'foo'; accepted are: vnc"), ('unix:', 'path'), ('vnc=', 'HOST:'),
                ('password=on', "'vnc' is missing"), (':1,share=all', "'allow-exclusive'"),
                (':1,password=maybe', "'on' or 'off'"), (':1,to=x', "'to' expects"),
                (':5,to=4', 'not below 5'), ('unix:/tmp/x,to=3', "'to' goes with"),
                ('none,to=3', "'to' goes with"),
                (':1,audiodev=nope', "no 'nope'"), (f'unix:{path}', 'too long'),
                ('unix:/nonexistent/vnc', '/nonexistent/vnc')):
            with self.subTest(text):
                message = self.run_failing('-M', 'none', '-vnc', text)
                self.assertIn('-vnc', message)
                self.assertIn(said, message)
                self.assertEqual(message.count('\n'), 1, message)
        twice = os.path.join(self.directory(), 'vnc')
        self.assertIn("'same' is in use",
                      self.run_failing('-M', 'none', '-vnc', f'unix:{twice},id=same', '-vnc',
                                       f'unix:{twice}2,id=same'))

    def test_audiodev(self) -> None:
        path = os.path.join(self.directory(), 'vnc')
        machine = self.vm('-S', '-audiodev', '{"id":"audio1","driver":"none"}', '-audiodev',
                          'none,id=audio2', '-vnc', f'vnc=unix:{path},audiodev=audio1')
        self.assertTrue(machine.qmp.command('query-vnc')['enabled'])
        for text, said in (('alsa,id=x', 'accepted is: none'), ('none', "'id' is missing"),
                           ('id=x', "'driver' is missing"), ('none,id=x,foo=y', "'foo'")):
            self.assertIn(said, self.run_failing('-M', 'none', '-audiodev', text))

    def test_events(self) -> None:
        machine = self.card()
        server = {'host': '', 'service': self.address, 'family': 'unix', 'websocket': False,
                  'auth': 'none'}
        viewer = self.viewer()
        viewer.close()
        for name in ('VNC_CONNECTED', 'VNC_INITIALIZED', 'VNC_DISCONNECTED'):
            message = machine.qmp.receive()
            self.assertEqual(message['event'], name)
            self.assertEqual(message['data']['server'], server)
        stranger = self.connect()
        machine.qmp.wait_event('VNC_CONNECTED')
        stranger.close()
        self.assertEqual(machine.qmp.receive()['event'], 'VNC_DISCONNECTED')

    def test_tcp_events_name_the_client(self) -> None:
        display = free_display()
        machine = self.vm('-S', '-vnc', f'127.0.0.1:{display}')
        viewer = Viewer(('127.0.0.1', 5900 + display))
        self.addCleanup(viewer.close)
        port = str(viewer.sock.getsockname()[1])
        viewer.start()
        client = {'host': '127.0.0.1', 'service': port, 'family': 'ipv4', 'websocket': False}
        self.assertEqual(machine.qmp.wait_event('VNC_CONNECTED')['data']['client'], client)
        self.assertEqual(machine.qmp.wait_event('VNC_INITIALIZED')['data']['client'], client)
        self.assertEqual(self.clients(machine), [client])


class HostileTest(VncTest):
    """Viewers that are slow, mad or many."""

    def resident_kib(self, machine: Vm) -> int:
        """Return the memory of the process."""
        with open(f'/proc/{machine.process.pid}/status', encoding='ascii') as file:
            for line in file:
                if line.startswith('VmRSS'):
                    return int(line.split()[1])
        raise AssertionError('no VmRSS')

    def check_works(self, machine: Vm) -> None:
        """Somebody new is served, and the picture is right."""
        viewer = self.viewer()
        viewer.refresh()
        self.check_picture(machine, viewer)
        viewer.close()

    def test_viewer_that_does_not_read(self) -> None:
        machine = self.card('1920x1080')
        slow = [self.viewer() for _ in range(3)]
        viewer = self.viewer()
        for _ in range(50):
            for one in slow:
                one.request()
        before = 0
        for i in range(40):
            self.draw(machine, f'fill {i * 6:02x}00ff')
            viewer.refresh()
            self.assertEqual(viewer.pixels[:4], bytes([255, 0, i * 6, 0]))
            if i == 10:
                before = self.resident_kib(machine)
        self.assertLess(self.resident_kib(machine) - before, 32 << 10)
        self.check_picture(machine, viewer)
        self.assertEqual(machine.qmp.command('query-status')['status'], 'running')
        for one in slow:
            one.update()  # what it asked for is there still

    def test_end_with_viewers_that_do_not_read(self) -> None:
        machine = self.card('1920x1080')
        for _ in range(4):
            self.viewer().request()
        self.connect()
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)

    def test_disconnect_amid_updates(self) -> None:
        machine = self.card('1920x1080')
        for i in range(30):
            viewer = self.viewer()
            for _ in range(3):
                viewer.request()
            if i % 3:
                viewer.read(i * 1000)
            viewer.close()
        self.wait_clients(machine, 0)
        self.check_works(machine)

    def test_mad_messages(self) -> None:
        machine = self.card()
        pixels = struct.Struct('>BxxxBBBBHHHBBBxxx')
        ends = [
            bytes([7]), bytes([8, 0, 0, 0]), bytes([8, 2, 0, 0]), bytes([15, 2, 0, 0]),
            bytes([9, 0, 0, 0]), bytes([10, 1, 0, 0, 0, 0]), bytes([11, 0, 0, 0]) + b'\xff' * 4,
            bytes([250, 0, 1, 2]), bytes([255, 0, 0, 1]), bytes([1]), bytes([248, 0, 0, 0]),
            pixels.pack(0, 24, 24, 0, 1, 255, 255, 255, 0, 8, 16),
            pixels.pack(0, 0, 0, 0, 1, 255, 255, 255, 0, 8, 16),
            pixels.pack(0, 32, 24, 0, 1, 0, 0, 0, 0, 0, 0),
            pixels.pack(0, 32, 24, 0, 1, 255, 255, 255, 200, 8, 16),
            pixels.pack(0, 16, 8, 0, 0, 255, 255, 255, 0, 8, 16),
        ]
        for message in ends:
            viewer = self.viewer()
            viewer.sock.sendall(message)
            with self.subTest(message):
                self.expect_end(viewer)
        self.wait_clients(machine, 0)
        self.check_works(machine)

    def test_odd_messages(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.refresh()
        # Requests for what is not there, any size of screen, every encoding but those that are
        # not raw, and keys that no keyboard has: no answer, no harm.
        viewer.send('BBHHHH', 3, 0, 65535, 65535, 65535, 65535)
        viewer.send('BBHHHH', 3, 0, 0, 0, 0, 0)
        viewer.send('BxHHBxIHHHHI', 251, 65535, 65535, 1, 0, 0, 0, 65535, 65535, 0)
        viewer.set_encodings(*(i for i in range(-32000, -500)))
        for keysym in (0, 0x20, 0x41, 0xffffffff, 0xffe1, 0x1000041, 0x100ffff):
            viewer.key(keysym, True)
        viewer.pointer(255, 65535, 65535)
        viewer.pointer(0, 0, 0)
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_clipboard_of_any_length(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        before = self.resident_kib(machine)
        viewer.send('BxxxI', 6, 48 << 20)
        for _ in range(48):
            viewer.sock.sendall(bytes(1 << 20))
        viewer.send('BxxxI', 6, 0)
        viewer.send('BxxxI', 6, (1 << 32) - 10)  # the extended clipboard's way to say 10
        viewer.sock.sendall(bytes(10))
        viewer.refresh()
        self.assertLess(self.resident_kib(machine) - before, 24 << 10)
        self.check_picture(machine, viewer)
        viewer.send('BxxxI', 6, 1 << 31)  # and never the rest
        viewer.close()
        self.wait_clients(machine, 0)

    def test_input_flood(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.sock.sendall(b''.join(
            struct.pack('>BBxxIBBHH', 4, i & 1, 0x61, 5, i & 255, i % 640, i % 480)
            for i in range(50000)))
        machine.qmp.command('query-status')
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_half_handshakes(self) -> None:
        machine = self.card()
        strangers: List[Viewer] = []
        for i in range(300):
            stranger = self.connect()
            if i % 2:
                stranger.sock.sendall(b'RFB 003.0'[:1 + i % 8])
            strangers.append(stranger)
        # The oldest had to go, whoever comes is let in.
        self.assertLessEqual(len(self.clients(machine)), 32)
        self.expect_end(strangers[0])
        self.check_works(machine)

    def test_thousands_of_connects(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        before = 0
        for i in range(3000):
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(str(self.address))
            if i == 500:
                machine.qmp.command('query-status')
                before = self.resident_kib(machine)
        self.wait_clients(machine, 1)
        machine.qmp.events.clear()
        self.assertLess(self.resident_kib(machine) - before, 16 << 10)
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_too_many_viewers(self) -> None:
        machine = self.card()
        viewers = [self.viewer() for _ in range(32)]
        late = self.connect()
        late.prove(late.negotiate(), None)
        late.send('B', 1)
        self.expect_end(late)
        for viewer in viewers:
            viewer.refresh()
        self.check_picture(machine, viewers[-1])
        self.assertIn('turned away', machine.stderr())
        viewers[0].close()
        self.wait_clients(machine, 31)
        self.check_works(machine)

    def test_screendump_and_viewers_at_once(self) -> None:
        machine = self.card()
        stop = threading.Event()
        failures: List[BaseException] = []

        def look() -> None:
            try:
                viewer = Viewer(self.address)
                viewer.start()
                viewer.set_encodings(ENCODING_RAW, ENCODING_DESKTOP_SIZE)
                while not stop.is_set():
                    viewer.refresh()
                viewer.close()
            except BaseException as failure:  # handed to the test
                failures.append(failure)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for i in range(40):
            if i % 10 == 5:
                self.draw(machine, f'mode {640 + i}x480')
            colour = f'{i * 4:02x}{255 - i:02x}{i:02x}'
            self.draw(machine, f'fill {colour}')
            width, height, pixels = self.screendump(machine)
            self.assertEqual(pixels, bytes.fromhex(colour) * (width * height))
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


if __name__ == '__main__':
    main()
