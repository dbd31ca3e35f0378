"""VNC: what viewers see, and who gets in.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import shutil
import socket
import struct
import subprocess
import time
import unittest
from typing import Any, Dict, List, Optional, Tuple

from harness import Vm, main
from pictures import read_png
from qmp import QmpError
from rfb import ENCODING_DESKTOP_SIZE, ENCODING_RAW, Refused, Viewer, free_display
from vncmachine import PATIENCE, VncTest

try:
    import cryptography.hazmat.primitives.ciphers as ciphers
except ImportError:
    HAVE_DES = False
else:
    HAVE_DES = bool(ciphers)

NO_DES = 'the Debian package python3-cryptography is not installed'
GVNCCAPTURE = shutil.which('gvnccapture')


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


if __name__ == '__main__':
    main()
