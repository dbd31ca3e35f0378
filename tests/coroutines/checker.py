"""Programs for scripts/check-coroutines to read, and what it says about them.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from typing import Dict, List

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCRIPT = os.path.join(ROOT, 'scripts', 'check-coroutines')
sys.path.insert(0, os.path.join(ROOT, 'tests', 'qapi-schema'))

from run import TapResult  # noqa: E402

NO_EXCEPTIONS = 'allow = []\n'


@dataclass
class Report:
    """What the checker printed about one line."""

    file: str
    line: int
    message: str
    path: List[str]


@dataclass
class Result:
    """One run of the checker."""

    code: int
    reports: List[Report]
    output: str
    errors: str


def glib_flags() -> List[str]:
    return subprocess.check_output(['pkg-config', '--cflags', 'glib-2.0'], text=True).split()


class Program:
    """A build directory with nothing but compile_commands.json."""

    def __init__(self, sources: List[str]) -> None:
        self.directory = tempfile.mkdtemp()
        self.set_sources(sources)

    def set_sources(self, sources: List[str]) -> None:
        """What it is built from."""
        flags = ['cc', '-std=gnu17', '-D_GNU_SOURCE', f'-I{self.directory}', f'-I{ROOT}/include',
                 f'-I{ROOT}', *glib_flags()]
        commands = [{'directory': self.directory, 'file': source, 'output': f'{source}.o',
                     'command': ' '.join([*flags, '-c', source])} for source in sources]
        with open(os.path.join(self.directory, 'compile_commands.json'), 'w',
                  encoding='utf-8') as file:
            json.dump(commands, file)

    def remove(self) -> None:
        shutil.rmtree(self.directory)

    def check(self, allowed: str = NO_EXCEPTIONS, source_root: str = ROOT) -> Result:
        path = os.path.join(self.directory, 'allowed.toml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(allowed)
        done = subprocess.run([SCRIPT, '--allowed', path, '--source-root', source_root,
                               self.directory], text=True, capture_output=True, check=False)
        return Result(done.returncode, parse_reports(done.stdout), done.stdout, done.stderr)


def parse_reports(text: str) -> List[Report]:
    reports: List[Report] = []
    for line in text.splitlines():
        head = re.fullmatch(r'(\S+):(\d+): (.*)', line)
        step = re.fullmatch(r'    (\w+)\(\) (?:at .*|calls (\w+)\(\).*)', line)
        if head:
            reports.append(Report(head[1], int(head[2]), head[3], []))
        elif step and reports:
            path = reports[-1].path
            path += [step[2]] if step[2] and path else [name for name in step.groups() if name]
    return reports


def cases() -> Dict[str, List[str]]:
    """The programs of this folder: name -> units."""
    found: Dict[str, List[str]] = {}
    for name in sorted(os.listdir(HERE)):
        if name.endswith('.c'):
            found.setdefault(name.partition('.')[0], []).append(os.path.join(HERE, name))
    return found


def run_tests() -> int:
    """All tests of the main module, as TAP; none where the checker cannot run."""
    able = subprocess.run([SCRIPT, '--help'], text=True, capture_output=True, check=False)
    if able.returncode != 0:
        print(f'Bail out! {able.stderr.strip()}')
        return 1
    loaded = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{loaded.countTestCases()}')
    result = TapResult()
    loaded.run(result)
    return 0 if result.wasSuccessful() else 1
