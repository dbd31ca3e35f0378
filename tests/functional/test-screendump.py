"""Screendump: fresh, whole or absent, and nobody held up.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import stat
import threading
import time
from typing import Any, Dict, List

from harness import TIMEOUT, Vm, VmTest, main
from pictures import Picture, pixel, read_png, read_ppm
from qmp import QmpError


class ScreendumpTest(VmTest):
    """Pictures of the test card, through a real QMP session."""

    def dump(self, machine: Vm, name: str, **arguments: object) -> str:
        """Take a picture; return its path."""
        path = machine.path(name)
        machine.qmp.command('screendump', filename=path, **arguments)
        return path

    def fill(self, machine: Vm, colour: str) -> None:
        """Have the guest paint the screen, and wait until it says that it did."""
        machine.type(f'fill {colour}\n')
        machine.expect(f'ok: fill {colour}')

    def check_sizes(self, mode: str) -> None:
        machine = self.boot_testcard(mode)
        width, height = (int(word) for word in mode.split('x'))
        ppm = read_ppm(self.dump(machine, 'a.ppm'))
        png = read_png(self.dump(machine, 'a.png', format='png'))
        self.assertEqual(ppm[:2], (width, height))
        self.assertTrue(ppm == png, 'PNG and PPM differ')
        self.assertGreater(len(set(ppm[2][i:i + 3] for i in range(0, len(ppm[2]), 3 * 101))), 8)

    def test_png_and_ppm_agree_640x480(self) -> None:
        self.check_sizes('640x480')

    def test_png_and_ppm_agree_1920x1080(self) -> None:
        self.check_sizes('1920x1080')

    def test_png_and_ppm_agree_3840x2160(self) -> None:
        self.check_sizes('3840x2160')

    def test_what_was_drawn_before_is_in_the_picture(self) -> None:
        machine = self.boot_testcard()
        other = machine.connect()
        stop = threading.Event()

        def hammer() -> None:
            # Earlier requests are being served all the time.
            while not stop.is_set():
                other.command('screendump', filename=machine.path('other.ppm'))

        thread = threading.Thread(target=hammer)
        thread.start()
        try:
            for i in range(60):
                colour = f'{i * 4:02x}{255 - i:02x}{i:02x}'
                self.fill(machine, colour)
                picture = read_ppm(self.dump(machine, 'x.ppm'))
                self.assertEqual(bytes(pixel(picture, i * 7, i * 5)).hex(), colour)
                self.assertEqual(picture[2], bytes.fromhex(colour) * (640 * 480))
        finally:
            stop.set()
            thread.join()

    def test_resolution_change_meanwhile(self) -> None:
        machine = self.boot_testcard()
        pictures: List[Picture] = []
        other = machine.connect()
        stop = threading.Event()

        def take() -> None:
            while not stop.is_set():
                other.command('screendump', filename=machine.path('r.ppm'))
                pictures.append(read_ppm(machine.path('r.ppm')))

        thread = threading.Thread(target=take)
        thread.start()
        for i in range(10):
            for mode in ('800x600', '640x480'):
                machine.type(f'mode {mode}\n')
                machine.expect(f'ok: mode {mode}')
        stop.set()
        thread.join()
        sizes = {picture[:2] for picture in pictures}
        self.assertTrue(sizes <= {(800, 600), (640, 480)}, sizes)
        self.assertTrue(sizes)

    def test_screen_nobody_drew_on(self) -> None:
        machine = self.vm('-S', '-device', 'bochs-display')
        picture = read_ppm(self.dump(machine, 'none.ppm'))
        self.assertEqual(picture[:2], (640, 480))
        self.assertGreater(len(set(picture[2])), 1, 'the picture must say something')

    def test_while_stopped(self) -> None:
        machine = self.boot_testcard()
        self.fill(machine, '123456')
        machine.qmp.command('stop')
        picture = read_ppm(self.dump(machine, 's.ppm'))
        self.assertEqual(picture[2], bytes.fromhex('123456') * (640 * 480))

    def test_device_and_head(self) -> None:
        machine = self.vm('-S', '-device', 'bochs-display,id=one', '-device',
                          'bochs-display,id=two')
        self.dump(machine, 'a.ppm', device='two')
        self.dump(machine, 'b.ppm', device='one', head=0)
        wrong: List[Dict[str, Any]] = [{'device': 'three'}, {'head': 0},
                                       {'device': 'one', 'head': 1}]
        for arguments in wrong:
            with self.assertRaises(QmpError) as caught:
                self.dump(machine, 'c.ppm', **arguments)
            self.assertFalse(os.path.exists(machine.path('c.ppm')))
            if arguments.get('device') == 'three':
                self.assertEqual(caught.exception.error_class, 'DeviceNotFound')
                self.assertIn('three', caught.exception.desc)

    def test_no_console(self) -> None:
        machine = self.vm('-S')
        with self.assertRaises(QmpError) as caught:
            self.dump(machine, 'a.ppm')
        self.assertIn('no console', caught.exception.desc)

    def test_targets_that_cannot_be_written(self) -> None:
        machine = self.boot_testcard()
        os.mkdir(machine.path('dir'))
        for path in (machine.path('missing/a.ppm'), machine.path('dir'), '/dev/full', '',
                     '/proc/version'):
            with self.assertRaises(QmpError, msg=path) as caught:
                machine.qmp.command('screendump', filename=path)
            if path:
                self.assertIn(path, caught.exception.desc)
        self.assertEqual(os.listdir(machine.path('dir')), [])
        self.assertTrue(stat.S_ISCHR(os.stat('/dev/full').st_mode))
        leftovers = [name for name in os.listdir(machine.dir)
                     if name not in ('dir', 'qmp', 'qmp2', 'serial', 'stderr')]
        self.assertEqual(leftovers, [])

    def test_existing_target_is_replaced_and_link_written_through(self) -> None:
        machine = self.boot_testcard()
        for name in ('file', 'real'):
            with open(machine.path(name), 'wb') as file:
                file.write(b'old' * 1000000)
        os.chmod(machine.path('file'), 0o640)
        os.symlink('real', machine.path('link'))
        read_ppm(self.dump(machine, 'file'))
        self.assertEqual(stat.S_IMODE(os.stat(machine.path('file')).st_mode), 0o640)
        read_ppm(self.dump(machine, 'link'))
        self.assertTrue(os.path.islink(machine.path('link')))
        read_ppm(machine.path('real'))

    def test_fifo(self) -> None:
        machine = self.boot_testcard()
        fifo = machine.path('fifo')
        os.mkfifo(fifo)
        other = machine.connect()
        other.send('screendump', {'filename': fifo})
        for _ in range(20):
            self.assertTrue(machine.qmp.command('query-status')['running'])
        self.dump(machine, 'meanwhile.ppm')
        machine.type('nonsense\n')  # the guest has not stopped
        machine.expect('error:')
        with open(fifo, 'rb') as reader:
            data = reader.read()
        self.assertIn('return', other.receive_reply())
        self.assertTrue(stat.S_ISFIFO(os.stat(fifo).st_mode))
        with open(machine.path('meanwhile.ppm'), 'rb') as file:
            self.assertEqual(file.read(), data)

    def test_client_that_leaves_cancels(self) -> None:
        machine = self.boot_testcard()
        fifo = machine.path('fifo')
        os.mkfifo(fifo)
        other = machine.connect()
        other.send('screendump', {'filename': fifo})
        while not any('waits-for' in info
                      for info in machine.qmp.command('query-commands-in-flight')):
            pass
        other.close()
        while machine.qmp.command('query-commands-in-flight'):
            pass
        # Nobody waits for a reader any more: there is none who writes.
        with open(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), 'rb', buffering=0) as reader:
            for _ in range(50):
                self.assertEqual(reader.read(10), b'')
                time.sleep(0.01)
        self.assertEqual(sorted(os.listdir(machine.dir)), ['fifo', 'qmp', 'qmp2', 'serial',
                                                           'stderr'])

    def test_cancelled_at_any_time(self) -> None:
        """A picture that is not whole is not there, nor is a part of it."""
        machine = self.boot_testcard('3840x2160')
        path = machine.path('picture')
        before = sorted(os.listdir(machine.dir))
        timeout, done = 1, False
        while not done:
            machine.qmp.send('screendump', {'filename': path, 'format': 'png'}, timeout=timeout)
            reply = machine.qmp.receive_reply()
            done = 'return' in reply
            if not done:
                self.assertIn('its timeout is over', reply['error']['desc'])
                # Whoever was writing notices a little later.
                deadline = time.monotonic() + TIMEOUT
                while (names := sorted(os.listdir(machine.dir))) != before:
                    self.assertLess(time.monotonic(), deadline, names)
                    time.sleep(0.001)
            timeout += 10
        self.assertEqual(read_png(path)[:2], (3840, 2160))

    def test_hmp(self) -> None:
        machine = self.boot_testcard()
        path = machine.path('h.png')
        self.assertEqual(machine.qmp.hmp(f'screendump {path} -f png'), '')
        self.assertEqual(read_png(path)[:2], (640, 480))
        self.assertIn('missing', machine.qmp.hmp(f'screendump {machine.path("missing/x")}'))


if __name__ == '__main__':
    main()
