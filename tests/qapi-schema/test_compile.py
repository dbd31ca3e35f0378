# Generated C is free of warnings, also those that our own build does not ask for.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import shutil
import subprocess
import unittest
from typing import List

from corpus import HERE, case_files, files_in_folder, read_cases
from qapi.main import main

INCLUDE = os.path.join(HERE, '..', '..', 'include')
FLAGS = ['-std=gnu17', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', f'-I{INCLUDE}', '-I.']


def _glib_flags() -> List[str]:
    done = subprocess.run(['pkg-config', '--cflags', 'glib-2.0'], capture_output=True, text=True,
                          check=True)
    return done.stdout.split()


@unittest.skipUnless(shutil.which('gcc') and shutil.which('pkg-config'), 'needs a C compiler')
class CompileTest(unittest.TestCase):
    """One file includes all others, so that the compiler reads the headers of GLib once."""

    def compile(self, schema: str, defines: List[str]) -> None:
        self.assertEqual(main(['-b', '-o', 'qapi', schema]), 0)
        with open('all.c', 'w', encoding='utf-8') as unit:
            for where, _, names in sorted(os.walk('qapi')):
                unit.writelines(f'#include "{where}/{name}"\n' for name in sorted(names)
                                if name.endswith('.c'))
        command = ['gcc', *FLAGS, *_glib_flags(), *(f'-D{name}' for name in defines), 'all.c']
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, '')

    def test_conditions(self) -> None:
        schema = os.path.join(HERE, 'run', 'run.json')
        combinations: List[List[str]] = [[], ['TEST_ON'], ['TEST_OFF'], ['TEST_ON', 'TEST_OFF']]
        for defines in combinations:
            with files_in_folder({}), self.subTest(defines=defines):
                self.compile(schema, defines)

    def test_corpus(self) -> None:
        """All groups' good schemas, one a group (the largest) so that it stays quick."""
        for path in case_files():
            good = [case for case in read_cases(path) if 'dump' in case.expected()]
            case = max(good, key=lambda case: len(case.parts['dump']))
            with files_in_folder(case.files()), self.subTest(f'{case.group} {case.title}'):
                self.compile('schema.json', [])
