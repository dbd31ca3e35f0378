"""scripts/check-coroutines sees every seeded violation, and nothing else.

A case is a program of one or more units: NAME.c, or NAME.PART.c. The line after a comment
`reported: MESSAGE [PATH]` is reported: MESSAGE is how the message begins, PATH how the names of
the functions on the way to it, joined by " > ", end. Everything that is reported is expected.

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
from collections import Counter
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'qapi-schema'))

from run import TapResult  # noqa: E402

NO_EXCEPTIONS = 'allow = []\n'
# A static function, of which there is one in each unit.
WORK = 'function = "work"\nfile = "tests/coroutines/across.callee.c"\n'
COMMENT = re.compile(r'/\* reported: (?P<message>.*?)(?: \[(?P<path>[^]]*)\])? \*/')


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
        flags = ['cc', '-std=gnu17', '-D_GNU_SOURCE', f'-I{ROOT}/include', f'-I{ROOT}',
                 *glib_flags()]
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
        done = subprocess.run(
            [os.path.join(ROOT, 'scripts', 'check-coroutines'), '--allowed', path,
             '--source-root', source_root, self.directory],
            text=True, capture_output=True, check=False)
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


def expected(source: str) -> List[Tuple[str, int, str, Optional[str]]]:
    """(file, line, beginning of the message, end of the path) of each comment."""
    found = []
    with open(source, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            comment = COMMENT.search(line)
            if comment:
                found.append((os.path.relpath(source, ROOT), number + 1, comment['message'],
                              comment['path']))
    return found


def cases() -> Dict[str, List[str]]:
    found: Dict[str, List[str]] = {}
    for name in sorted(os.listdir(HERE)):
        if name.endswith('.c'):
            found.setdefault(name.partition('.')[0], []).append(os.path.join(HERE, name))
    return found


class SeededTest(unittest.TestCase):
    """The cases of this folder."""

    def check_case(self, name: str) -> Result:
        sources = cases()[name]
        program = Program(sources)
        self.addCleanup(program.remove)
        result = program.check()
        wanted = [item for source in sources for item in expected(source)]
        self.assertEqual(result.errors, '')
        self.assertEqual(result.code, 1 if wanted else 0, result.output)
        self.assertEqual(Counter((file, line) for file, line, _, _ in wanted),
                         Counter((report.file, report.line) for report in result.reports),
                         result.output)
        reports = {(report.file, report.line): report for report in result.reports}
        for file, line, message, path in wanted:
            report = reports[(file, line)]
            self.assertTrue(report.message.startswith(message), (message, report))
            if path is not None:
                names = ' > ' + ' > '.join(report.path)
                self.assertTrue(names.endswith(path if path[0] == '>' else f'> {path}'),
                                (path, report))
        return result

    def test_called_from_outside(self) -> None:
        self.check_case('outside')

    def test_reaches_no_coroutine_fn(self) -> None:
        self.check_case('no-coroutine')

    def test_blocking(self) -> None:
        self.check_case('blocking')

    def test_pointers(self) -> None:
        self.check_case('pointers')

    def test_system_calls(self) -> None:
        self.check_case('system-calls')

    def test_glib_sources(self) -> None:
        self.check_case('glib-sources')

    def test_tables(self) -> None:
        self.check_case('tables')

    def test_across_units(self) -> None:
        self.check_case('across')

    def test_clean(self) -> None:
        self.assertEqual(self.check_case('clean').reports, [])

    def test_every_case_is_run(self) -> None:
        self.assertEqual(set(cases()), {'outside', 'no-coroutine', 'blocking', 'tables', 'across',
                                        'clean', 'system-calls', 'glib-sources', 'pointers'})

    def test_path_names_places(self) -> None:
        output = self.check_case('no-coroutine').output
        self.assertIn('flush() calls run_until_done() through Ops.flush at '
                      'tests/coroutines/no-coroutine.c:', output)


class ExceptionsTest(unittest.TestCase):
    """allowed.toml."""

    def setUp(self) -> None:
        self.program = Program(cases()['across'])
        self.addCleanup(self.program.remove)

    def messages(self, allowed: str) -> List[str]:
        return [report.message.split(';')[0] for report in self.program.check(allowed).reports]

    def test_a_call(self) -> None:
        allowed = f'[[allow]]\n{WORK}calls = ["sl*"]\nreason = "because"\n'
        self.assertEqual(self.messages(allowed), ['pause() sleeps'])

    def test_a_body(self) -> None:
        # A header's inline function is static, too.
        allowed = ('[[allow]]\nfunction = "across_inline"\nfile = "tests/coroutines/across.h"\n'
                   'reason = "because"\n')
        self.assertEqual(self.messages(allowed), ['sleep() sleeps'])

    def test_other_context(self) -> None:
        allowed = f'[[allow]]\n{WORK}in = ["loop"]\nreason = "because"\n'
        result = self.program.check(allowed)
        self.assertEqual(len(result.reports), 2)
        self.assertIn('nothing needs the exception for work()', result.output)

    def test_static_of_no_file(self) -> None:
        result = self.program.check('[[allow]]\nfunction = "work"\nreason = "because"\n')
        self.assertEqual(len(result.reports), 2)
        self.assertIn('nothing needs the exception for work()', result.output)

    def test_other_file(self) -> None:
        for function in 'work', 'across_wait':
            allowed = (f'[[allow]]\nfunction = "{function}"\n'
                       'file = "tests/coroutines/across.caller.c"\nreason = "because"\n')
            result = self.program.check(allowed)
            self.assertEqual(len(result.reports), 2)
            self.assertIn(f'nothing needs the exception for {function}() in tests/coroutines/'
                          'across.caller.c', result.output)

    def test_stale(self) -> None:
        result = self.program.check('[[allow]]\nfunction = "gone"\nreason = "because"\n')
        self.assertEqual(result.code, 1)
        self.assertIn('nothing needs the exception for gone()', result.output)

    def test_reason_needed(self) -> None:
        result = self.program.check('[[allow]]\nfunction = "work"\nreason = " "\n')
        self.assertEqual(result.code, 2)
        self.assertIn('needs a function and a reason', result.errors)

    def test_unknown_key(self) -> None:
        result = self.program.check('[[allow]]\nfunctoin = "work"\nreason = "because"\n')
        self.assertEqual(result.code, 2)
        self.assertIn("'functoin' is not known", result.errors)


class ReadingTest(unittest.TestCase):
    """What is read anew, and what cannot be read."""

    def setUp(self) -> None:
        self.tree = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.tree)

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.tree, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def program(self, source: str) -> Program:
        program = Program([source])
        self.addCleanup(program.remove)
        return program

    def test_changed_header(self) -> None:
        self.write('step.h', 'static inline void step(void) {}\n')
        source = self.write('unit.c', '#include "util/coroutine.h"\n#include <unistd.h>\n'
                                      '#include "step.h"\n'
                                      'void coroutine_fn go(void) { step(); }\n')
        program = self.program(source)
        self.assertEqual(program.check(source_root=self.tree).code, 0)
        self.write('step.h', 'static inline void step(void) { sleep(1); }\n')
        result = program.check(source_root=self.tree)
        self.assertEqual([(report.file, report.line) for report in result.reports],
                         [('step.h', 1)])
        self.write('step.h', 'static inline void step(void) {}\n')
        self.assertEqual(program.check(source_root=self.tree).code, 0)

    def test_damaged_cache(self) -> None:
        program = Program(cases()['clean'])
        self.addCleanup(program.remove)
        self.assertEqual(program.check().code, 0)
        cache = os.path.join(program.directory, 'check-coroutines.cache')
        for name in os.listdir(cache):
            with open(os.path.join(cache, name), 'w', encoding='utf-8') as file:
                file.write('{"version": ')
        self.assertEqual(program.check().code, 0)

    def test_does_not_compile(self) -> None:
        result = self.program(self.write('unit.c', 'void f(void) { g(; }\n')).check()
        self.assertEqual(result.code, 2)
        self.assertIn('unit.c:1: expected expression', result.errors)

    def test_nothing_to_check(self) -> None:
        program = Program([])
        self.addCleanup(program.remove)
        self.assertEqual(program.check().code, 2)

    def test_no_build_directory(self) -> None:
        program = Program([])
        os.remove(os.path.join(program.directory, 'compile_commands.json'))
        self.addCleanup(program.remove)
        result = program.check()
        self.assertEqual(result.code, 2)
        self.assertIn('compile_commands.json', result.errors)


def main() -> int:
    loaded = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{loaded.countTestCases()}')
    result = TapResult()
    loaded.run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main())
