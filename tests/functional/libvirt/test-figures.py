"""What a running domain tells about itself: processors, threads, memory; and what is declined.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import struct
import time
import unittest
from typing import Any, Dict, List, Set

from domains import VIDEO, Domain, DomainTest
from harness import TIMEOUT, main
from private import FETCHED, libvirt

BALLOON = "<memballoon model='virtio'><stats period='{}'/></memballoon>"
KIB, MIB = 1 << 10, 1 << 20
# Where the firmware starts the guest, and what a memory dump calls its segments.
GUEST_START, RAM_START = 0x80200000, 0x80000000
ELF64_HEADER, ELF64_SEGMENT, PT_LOAD = '<16xHHIQQQIHHHHHH', '<IIQQQQQQ', 1


class FiguresTest(DomainTest):
    """What all these tests need."""

    def figures(self, domain: Domain, *groups: str) -> Dict[str, str]:
        """Return what domstats prints, by name."""
        text = domain.virsh('domstats', *(f'--{group}' for group in groups))
        return dict(line.strip().split('=', 1) for line in text.splitlines() if '=' in line)

    def table(self, domain: Domain, verb: str) -> Dict[str, str]:
        """Return what a verb prints in two columns."""
        return {line.split()[0]: line.split()[1] for line in domain.virsh(verb).splitlines()
                if len(line.split()) > 1}

    def thread_names(self, domain: Domain) -> Dict[int, str]:
        """Return the names of the threads of the domain's process."""
        directory = f'/proc/{self.host.pid(domain.name)}/task'
        names = {}
        for thread in os.listdir(directory):
            with open(f'{directory}/{thread}/comm', encoding='ascii') as file:
                names[int(thread)] = file.read().strip()
        return names


@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, 'there is one processor: nowhere else to go')
class ProcessorsTest(FiguresTest):
    """Harts and I/O threads, and where they run."""

    def smp(self, harts: int = 4, more: str = '') -> Domain:
        """Start a domain with several harts."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        xml = domain.xml(more=more).replace('<vcpu>1<', f'<vcpu>{harts}<')
        path = domain.path('smp.xml')
        with open(path, 'w', encoding='ascii') as file:
            file.write(xml)
        domain.virsh('define', path, name=False)
        domain.start()
        domain.serial.expect('testcard: ready')
        return domain

    def affinity(self, domain: Domain, prefix: str) -> List[Set[int]]:
        """Return where threads may run whose names start so, in the order of their numbers."""
        found = [(int(re.sub(r'\D', '', name) or 0), thread)
                 for thread, name in self.thread_names(domain).items() if name.startswith(prefix)]
        return [os.sched_getaffinity(thread) for _, thread in sorted(found)]

    def test_harts(self) -> None:
        domain = self.smp()
        info = domain.virsh('vcpuinfo')
        self.assertEqual(info.count('State:          running'), 4)
        figures = self.figures(domain, 'vcpu')
        self.assertEqual((figures['vcpu.current'], figures['vcpu.maximum']), ('4', '4'))
        # The first has done the work; the time is that of its thread.
        self.assertGreater(int(figures['vcpu.0.time']), 0)
        self.assertIn('4', domain.virsh('vcpucount', '--active', '--live'))
        self.assertNotEqual(domain.refused('setvcpus', '5', '--live'), '')
        self.assertNotEqual(domain.refused('setvcpus', '2', '--live'), '')

    def test_pinned_harts(self) -> None:
        """The thread itself is bound: others are not."""
        domain = self.smp()
        everywhere = os.sched_getaffinity(self.host.pid(domain.name))
        domain.virsh('vcpupin', '2', '0')
        self.assertEqual(domain.handle().vcpuPinInfo()[2][0], True)
        harts = self.affinity(domain, 'CPU ')
        self.assertEqual(harts, [everywhere, everywhere, {0}, everywhere])
        domain.virsh('emulatorpin', '0')
        self.assertEqual(os.sched_getaffinity(self.host.pid(domain.name)), {0})
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')

    def set_polling(self, domain: Domain) -> None:
        """Change how a thread looks for work, and see it in the figures."""
        domain.virsh('iothreadset', '7', '--poll-max-ns', '20000')
        domain.virsh('iothreadset', '7', '--poll-grow', '4', '--poll-shrink', '2')
        figures = self.figures(domain, 'iothread')
        self.assertEqual([figures[f'iothread.{thread}.poll-{name}'] for thread in (1, 7)
                          for name in ('max-ns', 'grow', 'shrink')],
                         ['32768', '0', '0', '20000', '4', '2'])
        domain.virsh('iothreadset', '7', '--poll-max-ns', '0')
        self.assertEqual(self.figures(domain, 'iothread')['iothread.7.poll-max-ns'], '0')
        message = domain.refused('iothreadset', '7', '--poll-max-ns', '1000000001')
        self.assertIn("'poll-max-ns' of I/O thread 'iothread7' expects a number from 0 to", message)
        self.assertEqual(self.figures(domain, 'iothread')['iothread.7.poll-max-ns'], '0')

    @unittest.skipUnless(FETCHED, 'libvirt 9.0 does not know <poll>')
    def test_io_threads_that_poll(self) -> None:
        domain = self.smp(1, "<iothreads>1</iothreads><iothreadids><iothread id='1'>"
                          "<poll max='50000' grow='3' shrink='5'/></iothread></iothreadids>")
        figures = self.figures(domain, 'iothread')
        self.assertEqual([figures[f'iothread.1.poll-{name}'] for name in
                          ('max-ns', 'grow', 'shrink')], ['50000', '3', '5'])

    def test_io_threads(self) -> None:
        domain = self.smp(2, '<iothreads>2</iothreads>')
        self.assertEqual(set(self.table(domain, 'iothreadinfo')), {'1', '2'})
        domain.virsh('iothreadadd', '7')
        self.assertEqual(set(self.table(domain, 'iothreadinfo')), {'1', '2', '7'})
        domain.virsh('iothreadpin', '7', '0')
        self.assertEqual(self.table(domain, 'iothreadinfo')['7'], '0')
        bound = [name for thread, name in self.thread_names(domain).items()
                 if os.sched_getaffinity(thread) == {0}]
        self.assertEqual(len(bound), 1)
        self.assertIn('iothread7', bound[0])
        self.assertEqual(self.figures(domain, 'iothread')['iothread.count'], '3')
        self.set_polling(domain)
        domain.virsh('iothreaddel', '7')
        self.assertEqual(set(self.table(domain, 'iothreadinfo')), {'1', '2'})
        self.assertFalse([name for name in self.thread_names(domain).values()
                          if 'iothread7' in name])
        domain.refused('iothreaddel', '7')
        domain.refused('iothreadadd', '1')


class MemoryTest(FiguresTest):
    """The balloon, and looking into memory."""

    def guest(self, balloon: str = '') -> Domain:
        """Start a guest that gives back memory; libvirt adds a balloon by itself."""
        return self.card(devices=VIDEO + balloon, append='640x480 static balloon')

    def statistics(self, domain: Domain) -> Dict[str, int]:
        """Return the figures of the balloon and the guest, in KiB."""
        return {name: int(value) for name, value in self.table(domain, 'dommemstat').items()}

    def take_balloon(self, _: Any, domain: Any, actual: int, __: Any) -> None:
        """Take note of a change of the balloon."""
        self.events.add(domain, f'balloon {actual}')

    def test_setmem(self) -> None:
        self.connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE,
                                               self.take_balloon, None)
        domain = self.guest()
        rss = self.statistics(domain)['rss']
        domain.virsh('setmem', '52M')
        # The guest has written into all of it before: it is ours again, and not only by name.
        domain.serial.expect(f'balloon: {12 * MIB // 4096} pages')
        self.events.expect(domain.name, f'balloon {52 * KIB}')
        self.assertEqual(self.statistics(domain)['actual'], 52 * KIB)
        self.assertLess(self.statistics(domain)['rss'], rss + 6 * KIB)
        self.assertRegex(domain.virsh('dominfo'), rf'Used memory: +{52 * KIB} KiB')
        domain.virsh('setmem', '60M')
        domain.serial.expect(f'balloon: {4 * MIB // 4096} pages')
        self.events.expect(domain.name, f'balloon {60 * KIB}')
        self.assertEqual(self.figures(domain, 'balloon')['balloon.current'], str(60 * KIB))
        self.assertNotEqual(domain.refused('setmem', '65M'), '')

    def test_guest_gives_what_it_can(self) -> None:
        domain = self.guest()
        domain.virsh('setmem', '16M')
        domain.serial.expect('balloon: 4096 pages')
        self.wait_for(domain, 'actual', 48 * KIB)
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')
        domain.serial.expect('balloon: 4096 pages')

    def wait_for(self, domain: Domain, name: str, value: int) -> None:
        """Wait until the statistics have a value."""
        deadline = time.monotonic() + TIMEOUT
        while (figures := self.statistics(domain)).get(name) != value:
            self.assertLess(time.monotonic(), deadline, f'{figures}')
            time.sleep(0.05)

    def test_period(self) -> None:
        """The guest is asked as often as wanted, and what it says is passed on."""
        domain = self.guest()
        first = self.statistics(domain)
        self.assertEqual((first['available'], first['unused']), (16 * KIB, 16 * KIB))
        self.assertNotIn('swap_in', first)
        domain.virsh('setmem', '60M')
        self.wait_for(domain, 'actual', 60 * KIB)
        # What the guest said of itself at the beginning, until it is asked.
        self.assertEqual(self.statistics(domain)['unused'], 16 * KIB)
        domain.virsh('dommemstat', '--period', '1', '--live')
        self.wait_for(domain, 'unused', 12 * KIB)
        self.assertGreater(self.statistics(domain)['last_update'], first['last_update'])
        self.assertEqual(self.figures(domain, 'balloon')['balloon.unused'], str(12 * KIB))

    def test_period_in_description(self) -> None:
        domain = self.guest(BALLOON.format(1))
        self.wait_for(domain, 'unused', 16 * KIB)

    def test_peek(self) -> None:
        domain = self.card()
        with open(self.host.testcard, 'rb') as file:
            code = file.read(4096)
        peek = domain.handle().memoryPeek
        self.assertEqual(peek(GUEST_START, 4096, libvirt.VIR_MEMORY_PHYSICAL), code)
        # Paging is off: a virtual address is a physical one.
        self.assertEqual(peek(GUEST_START, 100, libvirt.VIR_MEMORY_VIRTUAL), code[:100])
        with self.assertRaisesRegex(libvirt.libvirtError, '0x0*10/size 4'):
            peek(0x10, 4, libvirt.VIR_MEMORY_PHYSICAL)
        self.assertEqual(domain.state(), 'running (unpaused)')

    def segment(self, path: str) -> bytes:
        """Return RAM from a dump."""
        with open(path, 'rb') as file:
            self.assertEqual(file.read(4), b'\x7fELF')
            file.seek(0)
            header = struct.unpack(ELF64_HEADER, file.read(64))
            file.seek(header[4])
            segments = [struct.unpack(ELF64_SEGMENT, file.read(56)) for _ in range(header[9])]
            [ram] = [s for s in segments if s[0] == PT_LOAD and s[4] == RAM_START]
            file.seek(ram[2])
            return file.read(ram[5])

    def test_dump(self) -> None:
        domain = self.card()
        path = domain.path('core')
        domain.virsh('dump', path, '--memory-only')
        ram = self.segment(path)
        self.assertEqual(len(ram), 64 * MIB)
        with open(self.host.testcard, 'rb') as file:
            code = file.read(4096)
        self.assertEqual(ram[GUEST_START - RAM_START:][:4096], code)
        self.events.expect(domain.name, 'suspended paused', 'resumed unpaused')
        self.assertEqual(domain.state(), 'running (unpaused)')
        domain.type('fill 112233')
        domain.serial.expect('ok: fill 112233')

    def test_dump_of_paused(self) -> None:
        domain = self.card()
        domain.virsh('suspend')
        path = domain.path('core')
        domain.virsh('dump', path, '--memory-only', '--format', 'elf')
        self.assertEqual(len(self.segment(path)), 64 * MIB)
        self.assertEqual(domain.state(), 'paused (user)')

    def test_dump_and_crash(self) -> None:
        domain = self.card()
        domain.virsh('dump', domain.path('core'), '--memory-only', '--crash')
        self.assertEqual(domain.state(), 'shut off (crashed)')


class DeclinedTest(FiguresTest):
    """What is not to be had: said before anything has happened to the guest."""

    def test_saving(self) -> None:
        """Every verb that would need migration; the guest has not stood still for a moment."""
        domain = self.card()
        for verb in (('save', domain.path('saved')), ('managedsave',),
                     ('dump', domain.path('saved'), '--live')):
            with self.subTest(verb[0]):
                self.assertIn('migra', domain.refused(*verb))
                self.assertEqual(domain.state(), 'running (unpaused)')
                self.assertFalse(os.path.exists(domain.path('saved')))
        self.events.expect(domain.name)
        domain.type('fill 445566')
        domain.serial.expect('ok: fill 445566')

    def test_full_dump(self) -> None:
        """libvirt stops the guest before it asks; it goes on."""
        domain = self.card()
        self.assertIn('migra', domain.refused('dump', domain.path('full')))
        self.events.expect(domain.name, 'suspended paused', 'resumed unpaused')
        domain.type('fill 445566')
        domain.serial.expect('ok: fill 445566')

    def test_nmi(self) -> None:
        domain = self.card()
        self.assertIn('NMI', domain.refused('inject-nmi'))
        self.assertEqual(domain.state(), 'running (unpaused)')

    def test_all_figures(self) -> None:
        """domstats with everything asks a lot; nothing of it may fail, paused or not."""
        domain = self.card(more='<iothreads>1</iothreads>')
        for _ in range(2):
            figures = self.figures(domain)
            self.assertEqual(figures['balloon.current'], str(64 * KIB))
            self.assertEqual((figures['vcpu.current'], figures['iothread.count']), ('1', '1'))
            self.assertGreater(int(figures['cpu.time']), 0)
            domain.virsh('suspend')
        self.assertEqual(figures['state.state'], str(libvirt.VIR_DOMAIN_PAUSED))


if __name__ == '__main__':
    main()
