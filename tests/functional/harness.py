"""What functional tests share: a running vitrine, its serial port, and a TAP runner.

The binary is VITRINE, the build directory VITRINE_BUILD; meson sets both.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Any, List, Optional, Sequence

from qmp import Qmp, connect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VITRINE = os.environ.get('VITRINE', os.path.join(ROOT, 'build/vitrine'))
BUILD = os.environ.get('VITRINE_BUILD', os.path.dirname(VITRINE))
TESTCARD = os.path.join(BUILD, 'firmware/testcard/testcard.bin')
UBOOT_SMODE = '/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin'
UBOOT_MMODE = '/usr/lib/u-boot/qemu-riscv64/u-boot.bin'
TIMEOUT = float(os.environ.get('VITRINE_TEST_TIMEOUT', '60'))


def sanitized() -> bool:
    """Return whether the binary was built with a sanitizer, which has its own idea of memory."""
    with open(VITRINE, 'rb') as file:
        return b'__asan_init' in (image := file.read()) or b'__tsan_init' in image


class Stream:
    """A byte stream to a UNIX socket, such as a serial port."""

    def __init__(self, path: str) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connect(self.sock, path, TIMEOUT)
        self.seen = b''

    def send(self, text: str) -> None:
        """Type text."""
        self.sock.sendall(text.encode())

    def expect(self, text: str, timeout: float = TIMEOUT) -> str:
        """Wait until text was printed; return all up to its end and forget that."""
        wanted = text.encode()
        deadline = time.monotonic() + timeout
        while wanted not in self.seen:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                chunk = self.sock.recv(65536)
            except TimeoutError:
                raise AssertionError(f'no {text!r} within {timeout} s; seen: {self.seen[-800:]!r}')
            if not chunk:
                raise AssertionError(f'end of stream before {text!r}; seen: {self.seen[-800:]!r}')
            self.seen += chunk
        end = self.seen.index(wanted) + len(wanted)
        result, self.seen = self.seen[:end], self.seen[end:]
        return result.decode(errors='replace')

    def close(self) -> None:
        """Hang up."""
        self.sock.close()


class Vm:
    """A vitrine process with QMP and a serial port on UNIX sockets in a directory of its own."""

    def __init__(self, *args: str, serial: bool = True, machine: str = 'virt',
                 under: Sequence[str] = ()) -> None:
        self.dir = tempfile.mkdtemp(prefix='vitrine-test-')
        # @under: a program, and its arguments, that becomes vitrine.
        self.argv: List[str] = [*under, VITRINE, '-M', machine, '-display', 'none', '-nodefaults']
        for name in ('qmp', 'qmp2'):
            self.argv += ['-qmp', f'unix:{self.path(name)},server=on,wait=off']
        if serial:
            # Waiting, or on a busy machine the guest has spoken before anybody listens.
            self.argv += ['-serial', f'unix:{self.path("serial")},server=on,wait=on']
        self.argv += list(args)
        self.stderr_path = self.path('stderr')
        with open(self.stderr_path, 'wb') as stderr:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=stderr)
        self.serial: Optional[Stream] = None
        self.clients: List[Qmp] = []
        try:
            if serial:
                self.serial = Stream(self.path('serial'))
            self.qmp = self.connect('qmp')
        except Exception:
            self.process.kill()
            sys.stderr.write(self.stderr())
            raise

    def path(self, name: str) -> str:
        """Return the path of a file in the test's directory."""
        return os.path.join(self.dir, name)

    def connect(self, server: str = 'qmp2') -> Qmp:
        """Open another QMP session, beside the one in self.qmp."""
        client = Qmp(self.path(server), TIMEOUT)
        self.clients.append(client)
        return client

    def stderr(self) -> str:
        """Return what the process wrote on stderr so far."""
        with open(self.stderr_path, encoding='utf-8', errors='replace') as stderr:
            return stderr.read()

    def expect_stderr(self, pattern: str, timeout: float = TIMEOUT) -> None:
        """Wait until the process has written something that matches on stderr."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.stderr()):
            if time.monotonic() > deadline:
                raise AssertionError(f'no {pattern!r} on stderr:\n{self.stderr()}')
            time.sleep(0.01)

    def expect(self, text: str, timeout: float = TIMEOUT) -> str:
        """Wait for text on the serial port."""
        assert self.serial
        return self.serial.expect(text, timeout)

    def type(self, text: str) -> None:
        """Type on the serial port."""
        assert self.serial
        self.serial.send(text)

    def uboot_prompt(self) -> None:
        """Wait for U-Boot and get to its prompt."""
        self.expect('Hit any key to stop autoboot')
        self.type('\r')
        self.expect('=> ')

    def uboot(self, command: str) -> str:
        """Have U-Boot run a command; return what it printed."""
        self.type(command + '\r')
        self.expect(command)
        return self.expect('=> ')

    def rss(self) -> int:
        """Return the bytes of memory that the process has."""
        with open(f'/proc/{self.process.pid}/statm', encoding='ascii') as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def processor_time(self, thread: int) -> float:
        """Return the seconds that a thread has run so far."""
        with open(f'/proc/{self.process.pid}/task/{thread}/schedstat', encoding='ascii') as stat:
            return int(stat.read().split()[0]) / 1e9

    def descriptors(self) -> int:
        """Return how many descriptors the process has open."""
        return len(os.listdir(f'/proc/{self.process.pid}/fd'))

    def threads(self) -> int:
        """Return how many threads the process has."""
        return len(os.listdir(f'/proc/{self.process.pid}/task'))

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Wait for the end of the process; return its status."""
        return self.process.wait(timeout)

    def close(self) -> None:
        """End the process, by force if need be, and check that it ended cleanly."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait()
            status = -signal.SIGABRT
        for client in self.clients:
            client.close()
        if self.serial:
            self.serial.close()
        output = self.stderr()
        shutil.rmtree(self.dir, ignore_errors=True)
        if status < 0 or 'Sanitizer' in output:
            raise AssertionError(f'vitrine ended with status {status}:\n{output}')


class VmTest(unittest.TestCase):
    """A test case that starts machines and cleans up after them."""

    def vm(self, *args: str, **kwargs: Any) -> Vm:
        """Start a machine that lives until the end of the test."""
        machine = Vm(*args, **kwargs)
        self.addCleanup(machine.close)
        return machine

    def directory(self) -> str:
        """Make a directory that goes away after the test."""
        path = tempfile.mkdtemp(prefix='vitrine-test-')
        self.addCleanup(shutil.rmtree, path, True)
        return path

    def boot_testcard(self, mode: str = '640x480', *args: str) -> Vm:
        """Start a machine with the test card and wait until it has drawn."""
        machine = self.vm('-m', '64', '-device', 'bochs-display,vgamem=64M', '-kernel', TESTCARD,
                          '-append', f'{mode} static', *args)
        machine.expect(f'testcard: ready {mode}')
        return machine

    def run_failing(self, *args: str) -> str:
        """Run vitrine with arguments that it must refuse; return the message."""
        result = subprocess.run([VITRINE, *args], stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=TIMEOUT, check=False)
        message = result.stderr.decode()
        self.assertEqual(result.returncode, 1, message)
        return message


class TapResult(unittest.TestResult):
    """Print one TAP line a case."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def line(self, test: unittest.TestCase, ok: bool, note: str = '') -> None:
        """Print the line of a case that has ended."""
        self.number += 1
        print(f'{"ok" if ok else "not ok"} {self.number} {test.id()}{note}', flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.line(test, True)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.line(test, True, f' # SKIP {reason}')

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self.report(test, self.errors)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self.report(test, self.failures)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.report(subtest, self.failures if issubclass(err[0], test.failureException)
                        else self.errors)

    def report(self, test: unittest.TestCase, log: Sequence[Any]) -> None:
        """Print a failed case with its traceback as diagnostics."""
        self.line(test, False)
        for text in log[-1][1].splitlines():
            print(f'# {text}', flush=True)


def record_exercised() -> None:
    """Leave a note of the commands and events seen, for test-exercised.py."""
    directory = os.path.join(BUILD, 'exercised')
    os.makedirs(directory, exist_ok=True)
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    seen = sorted(Qmp.schema.exercised) if Qmp.schema else []
    with open(os.path.join(directory, name), 'w', encoding='ascii') as file:
        file.writelines(f'{kind} {what}\n' for kind, what in seen)


def main() -> None:
    """Run the test cases of the calling module and print TAP."""
    suite = unittest.defaultTestLoader.loadTestsFromName('__main__')
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    record_exercised()
    sys.exit(0 if result.wasSuccessful() else 1)
