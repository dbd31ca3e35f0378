"""A libvirtd of our own: unprivileged, with all that it keeps in a directory that goes away.

It is the installed one or, with VITRINE_LIBVIRT=backports, the newer one that scripts/fetch-libvirt
has brought to LIBVIRT_BACKPORTS. The bindings are the installed ones either way: the socket's
protocol is the same.

It cannot be root's: root's always uses the system's places. For root, it and what it starts are
nobody's, and they have copies of the binaries, as nobody may not be let into the
directory of the build.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import atexit
import ctypes
import glob
import importlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from typing import Any, Dict, List, Optional

from harness import TESTCARD, TIMEOUT, VITRINE

CONFIGURATION = '''security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "{handler}"
'''
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
PATH = os.environ.get('PATH', '') + ':/usr/sbin'
LIBVIRTD = shutil.which('libvirtd', path=PATH)
VIRTLOGD = shutil.which('virtlogd', path=PATH)
FETCHED = os.environ.get('VITRINE_LIBVIRT') == 'backports'
BACKPORTS = os.environ.get('LIBVIRT_BACKPORTS', '')


def bindings() -> Any:
    """Return the libvirt module, or None: its name is also that of this directory."""
    try:
        module = importlib.import_module('libvirt')
    except ImportError:
        return None
    return module if hasattr(module, 'openAuth') else None


libvirt = bindings()


def missing() -> str:
    """Return what is not installed, or an empty string."""
    names = []
    if not LIBVIRTD:
        names.append('libvirt-daemon')
    elif not glob.glob('/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so'):
        names.append('libvirt-daemon-driver-qemu')
    if not shutil.which('virsh'):
        names.append('libvirt-clients')
    if libvirt is None:
        names.append('python3-libvirt')
    if names:
        return f'libvirt is not installed; missing: {" ".join(names)}'
    if FETCHED and not BACKPORTS:
        return 'LIBVIRT_BACKPORTS is not set: run scripts/fetch-libvirt'
    return ''


def end(process: 'Optional[subprocess.Popen[bytes]]') -> None:
    """End a process that there may be, by force if need be."""
    if process:
        process.terminate()
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Daemon:
    """The daemon, its directory, and virsh for it."""

    def __init__(self, handler: str) -> None:
        """@handler takes the emulators' output: 'file', or 'logd' for a virtlogd of our own."""
        self.dir = tempfile.mkdtemp(prefix='vitrine-libvirt-')
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.logger: Optional[subprocess.Popen[bytes]] = None
        self.handler = handler
        self.vitrine = self.copy(VITRINE, 'vitrine')
        self.testcard = self.copy(TESTCARD, 'testcard.bin')
        self.libvirtd, self.virsh = LIBVIRTD or '', 'virsh'
        if FETCHED:
            shutil.copytree(BACKPORTS, self.path('backports'), symlinks=True)
            self.libvirtd = self.path('backports', 'libvirtd')
            self.virsh = self.path('backports', 'virsh')
        # Not /usr/bin: every emulator found there would be probed.
        self.environment = {'PATH': '/usr/sbin:/sbin', 'LC_ALL': 'C',
                            'HOME': self.dir, 'LIBVIRT_LOG_OUTPUTS': f'3:file:{self.path("log")}'}
        for name in ('RUNTIME_DIR', 'CONFIG_HOME', 'CACHE_HOME', 'DATA_HOME'):
            self.environment[f'XDG_{name}'] = self.path(name.split('_')[0].lower())
            os.makedirs(self.path(name.split('_')[0].lower(), 'libvirt'))
        with open(self.path('config', 'libvirt', 'qemu.conf'), 'w', encoding='ascii') as file:
            file.write(CONFIGURATION.format(handler=handler))
        self.identity: Dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam('nobody')
            self.identity = {'user': nobody.pw_uid, 'group': nobody.pw_gid, 'extra_groups': []}
            for directory, _, names in os.walk(self.dir):
                for name in ('', *names):
                    self.give_away(os.path.join(directory, name))
        self.uri = f'qemu+unix:///session?socket={self.path("runtime", "libvirt", "libvirt-sock")}'

    def path(self, *names: str) -> str:
        """Return a path in the daemon's directory."""
        return os.path.join(self.dir, *names)

    def copy(self, path: str, name: str) -> str:
        """Make a copy that the daemon can read."""
        return str(shutil.copy2(path, self.path(name)))

    def give_away(self, path: str) -> None:
        """Make a file the daemon's own."""
        if self.identity:
            os.chown(path, self.identity['user'], self.identity['group'])

    def log(self) -> str:
        """Return what the daemon has complained about."""
        text = ''
        for path in [self.path('output'), self.path('log'),
                     *glob.glob(self.path('cache', 'libvirt', 'qemu', 'log', '*'))]:
            if os.path.exists(path):
                with open(path, encoding='utf-8', errors='replace') as file:
                    text += f'--- {path}\n{file.read()[-3000:]}'
        return text

    def spawn(self, program: Optional[str]) -> 'subprocess.Popen[bytes]':
        """Start one of libvirt's daemons."""
        assert program
        with open(self.path('output'), 'ab') as output:
            return subprocess.Popen([program], stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=output, cwd=self.dir, env=self.environment,
                                    **self.identity)

    def start_logger(self) -> None:
        """Start a virtlogd and wait until it listens; it goes on until all is over."""
        self.logger = self.spawn(VIRTLOGD)
        deadline = time.monotonic() + TIMEOUT
        while not os.path.exists(self.path('runtime', 'libvirt', 'virtlogd-sock')):
            if self.logger.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f'virtlogd does not start:\n{self.log()}')
            time.sleep(0.02)

    def start(self) -> None:
        """Start the daemon and wait until it answers."""
        if self.handler == 'logd' and not self.logger:
            self.start_logger()
        self.process = self.spawn(self.libvirtd)
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                libvirt.open(self.uri).close()
                return
            except libvirt.libvirtError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f'libvirtd does not start:\n{self.log()}')
                time.sleep(0.02)

    def stop(self) -> None:
        """End the daemon; its domains stay."""
        end(self.process)
        self.process = None

    def pid(self, name: str) -> int:
        """Return the process of a domain."""
        with open(self.path('runtime', 'libvirt', 'qemu', 'run', f'{name}.pid'),
                  encoding='ascii') as file:
            return int(file.read())

    def close(self) -> None:
        """End the daemon and whatever it has left behind; remove all traces."""
        self.stop()
        for path in glob.glob(self.path('runtime', 'libvirt', 'qemu', 'run', '*.pid')):
            name = os.path.basename(path)[:-4]
            try:
                if self.vitrine == os.readlink(f'/proc/{self.pid(name)}/exe'):
                    os.kill(self.pid(name), signal.SIGKILL)
            except (OSError, ValueError):
                pass
        end(self.logger)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run_virsh(self, *args: str) -> 'subprocess.CompletedProcess[str]':
        """Run virsh; return its result, right or wrong."""
        return subprocess.run([self.virsh, '-q', '-c', self.uri, *args], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TIMEOUT, check=False,
                              env={**os.environ, 'LC_ALL': 'C', 'LANGUAGE': 'C'})


def reap_orphans() -> None:
    """Reap emulators that have ended; all other children belong to the subprocess module."""
    with open(f'/proc/self/task/{os.getpid()}/children', encoding='ascii') as file:
        children = [int(pid) for pid in file.read().split()]
    for pid in children:
        try:
            with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
                if '(vitrine) Z' in file.read():
                    os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass  # reaped by those whose child it was


def keep_reaping(signals: int) -> None:
    """Reap whenever a signal has come, in a thread: the main one may be in a call of libvirt."""
    while os.read(signals, 4096):
        reap_orphans()


def adopt_orphans() -> None:
    """Be the parent of emulators, which libvirtd leaves: it takes dead ones for alive until
    somebody reaps them, and the first process of a container may not care to."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signals, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    threading.Thread(target=keep_reaping, args=(signals,), daemon=True).start()


def run_events() -> None:
    """Run the bindings' main loop for ever, in a thread of its own."""
    while True:
        libvirt.virEventRunDefaultImpl()


DAEMONS: List[Daemon] = []


def give_up(*_: object) -> None:
    """Clean up and end at once; an exception would be taken for that of a test."""
    DAEMONS[0].close()
    os._exit(1)


def daemon(handler: str) -> Daemon:
    """Return the daemon of this test program, which starts with the first call: see Daemon()."""
    if not DAEMONS:
        libvirt.registerErrorHandler(lambda *_: None, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=run_events, daemon=True).start()
        adopt_orphans()
        DAEMONS.append(Daemon(handler))
        atexit.register(DAEMONS[0].close)
        # A test that takes too long is told to end: clean up then, too.
        signal.signal(signal.SIGTERM, give_up)
        DAEMONS[0].start()
    return DAEMONS[0]
