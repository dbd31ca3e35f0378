"""What scripts/check-coroutines reads anew, what it cannot read, and what it needs itself.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from checker import SCRIPT, Program, cases, run_tests

# In place of the one that is installed; the latter's shared library may be gone.
WITHOUT_LIBRARY = '''
class LibclangError(Exception):
    pass

class Index:
    @staticmethod
    def create():
        raise LibclangError('libclang.so: cannot open shared object file')
'''


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


class MissingTest(unittest.TestCase):
    """Without libclang the tests fail, and say what to install."""

    def setUp(self) -> None:
        self.modules = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.modules)
        os.mkdir(os.path.join(self.modules, 'clang'))
        self.write('__init__', '')

    def write(self, module: str, text: str) -> None:
        with open(os.path.join(self.modules, 'clang', f'{module}.py'), 'w',
                  encoding='utf-8') as file:
            file.write(text)

    def run_with_modules(self, *command: str) -> 'subprocess.CompletedProcess[str]':
        environment = {**os.environ, 'PYTHONPATH': self.modules, 'PYTHONDONTWRITEBYTECODE': '1'}
        return subprocess.run(command, env=environment, text=True, capture_output=True,
                              check=False)

    def check(self) -> None:
        result = self.run_with_modules(SCRIPT, self.modules)
        self.assertEqual(result.returncode, 2)
        self.assertIn('install python3-clang-14', result.stderr)

    def test_no_module(self) -> None:
        self.check()

    def test_no_library(self) -> None:
        self.write('cindex', WITHOUT_LIBRARY)
        self.check()

    def test_seeded_violations(self) -> None:
        seeded = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              'test-check-coroutines.py')
        result = self.run_with_modules('/usr/bin/python3', seeded)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, '^Bail out! .*install python3-clang-14')


if __name__ == '__main__':
    sys.exit(run_tests())
