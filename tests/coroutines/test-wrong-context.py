"""A handler cannot be registered for a context that it is not made for: that does not compile.

Small units are compiled with the flags of the build, with its compiler and with clang. Each wrong
one must fail, with the reason; the right ones, which differ from them in nothing else, must not.

Usage: test-wrong-context.py BUILD-DIR

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import unittest
from typing import List

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'qapi-schema'))

from run import TapResult  # noqa: E402

BUILD = sys.argv.pop(1)
# Whose flags: it sees all floors and the generated headers.
UNIT = os.path.join('monitor', 'hmp-run.c')
MODE = ['-fdiagnostics-color=never', '-fsyntax-only', '-x', 'c', '-']

QMP = '''
#include "qapi/qmp-registry.h"
void coroutine_fn waits(const CoContext *here, QDict *args, JsonWriter *out, Error **errp);
void plain(QDict *args, JsonWriter *out, Error **errp);
void fill(QmpCommandList *cmds);
void fill(QmpCommandList *cmds)
{
    %s;
}
'''
DISPATCH = '''
#include "qapi/qmp-registry.h"
void call(const QmpCommand *cmd, QDict *args, JsonWriter *out);
void call(const QmpCommand *cmd, QDict *args, JsonWriter *out)
{
    cmd->%s;
}
'''
HMP = '''
#include "monitor/hmp.h"
void coroutine_fn waits(const CoContext *here, Hmp *hmp, const QDict *args);
void plain(Hmp *hmp, const QDict *args);
extern const HmpCommand table[];
const HmpCommand table[] = { { .name = "x", .run = %s }, { .name = NULL } };
'''
HANDLER = '''
#include "monitor/hmp-commands.h"
void hmp_print(%s)
{
}
'''
RIGHT = [
    QMP % 'qmp_register_coroutine_command(cmds, "x", waits, QCO_ALLOW_PRECONFIG, 0)',
    QMP % 'qmp_register_plain_command(cmds, "x", plain, QCO_NO_OPTIONS, 0)',
    QMP % 'qmp_register_plain_command(cmds, "x", plain, QCO_ALLOW_OOB, 0)',
    DISPATCH % 'plain(args, out, NULL)',
    HMP % 'waits',
    HANDLER % 'Hmp *hmp, const QDict *args',
]
WRONG = [
    (QMP % 'qmp_register_coroutine_command(cmds, "x", plain, QCO_NO_OPTIONS, 0)',
     'plain is no QmpCoroutineFunc'),
    (QMP % 'qmp_register_plain_command(cmds, "x", waits, QCO_NO_OPTIONS, 0)',
     'waits is no QmpPlainFunc'),
    (QMP % 'qmp_register_plain_command(cmds, "x", waits, QCO_ALLOW_OOB, 0)',
     'waits is no QmpPlainFunc'),
    (QMP % 'qmp_register_coroutine_command(cmds, "x", waits, QCO_ALLOW_OOB, 0)',
     'waits cannot run out of band: a coroutine'),
    (QMP % 'qmp_register_plain_command(cmds, "x", plain, QCO_COROUTINE, 0)',
     'plain is no coroutine'),
    # Without the macros too.
    (QMP % 'qmp_add_coroutine_command(cmds, "x", plain, QCO_NO_OPTIONS, 0)',
     'incompatible'),
    (QMP % 'qmp_add_plain_command(cmds, "x", waits, QCO_NO_OPTIONS, 0)',
     'incompatible'),
    # A coroutine's marshaller is called by who has the proof.
    (DISPATCH % 'coroutine(args, out, NULL)', 'too few arguments'),
    (DISPATCH % 'coroutine((const CoContext *)args, out, NULL)', 'too few arguments'),
    (HMP % 'plain', 'incompatible'),
    (HANDLER % 'Hmp *hmp, QDict *args, Error **errp', 'conflicting types'),
]
# Debian's own package installs it with its version in the name.
CLANG = shutil.which('clang-14') or shutil.which('clang')


def flags() -> List[str]:
    """The compiler and flags of UNIT, without input and output."""
    with open(os.path.join(BUILD, 'compile_commands.json'), encoding='utf-8') as file:
        entry = next(e for e in json.load(file) if e['file'].endswith(UNIT))
    words = shlex.split(entry['command'])
    for option in ('-MQ', '-MF', '-o', '-c'):
        at = words.index(option)
        del words[at:at + 2]
    return [word for word in words if word != '-MD']


class WrongContextTest(unittest.TestCase):
    """Both compilers, right and wrong units."""

    def compile(self, compiler: List[str], text: str) -> 'subprocess.CompletedProcess[str]':
        return subprocess.run([*compiler, *MODE], input=text, cwd=BUILD,
                              text=True, capture_output=True, check=False)

    def check(self, compiler: List[str]) -> None:
        for text in RIGHT:
            with self.subTest(text=text):
                result = self.compile(compiler, text)
                self.assertEqual((result.returncode, result.stderr), (0, ''))
        for text, reason in WRONG:
            with self.subTest(text=text):
                result = self.compile(compiler, text)
                self.assertNotEqual(result.returncode, 0)
                self.assertRegex(result.stderr, f'error: .*{reason}')

    def test_compiler_of_the_build(self) -> None:
        self.check(flags())

    def test_clang(self) -> None:
        self.assertTrue(CLANG, 'clang is missing: install clang-14 (scripts/install-deps check)')
        own = [word for word in flags()[1:] if word == '-Werror=incompatible-pointer-types' or
               word.startswith(('-I', '-D', '-std'))]
        assert CLANG
        self.check([CLANG, *own])


def main() -> int:
    """Run all tests, with TAP output."""
    loaded = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{loaded.countTestCases()}')
    result = TapResult()
    loaded.run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main())
