"""Handlers that disagree with the schema, or with the table of HMP, are reported.

The prototypes, marshallers and registrations are generated from small schemas; the handlers differ
in their marks, which compilers ignore.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import subprocess
import sys
import unittest
from typing import List

from checker import ROOT, Program, run_tests

SCRIPTS = os.path.join(ROOT, 'scripts')
QMP = '''
#include "qapi/qapi-commands.h"
#include "util/coroutine.h"
#include <unistd.h>

void %sqmp_wait_long(Error **errp)
{
    %s;
}
'''
HMP = '''
#include "hmp-commands.h"

void %shmp_wait(Hmp *hmp, const QDict *args)
{
}
'''
HX = '[wait]\nhelp = wait\ncmd = hmp_wait\n'


class GeneratedTest(unittest.TestCase):
    """Each way to disagree, and to agree."""

    def setUp(self) -> None:
        self.program = Program([])
        self.addCleanup(self.program.remove)

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.program.directory, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def generate(self, *command: str) -> None:
        subprocess.run([os.path.join(SCRIPTS, command[0]), *command[1:]],
                       cwd=self.program.directory, check=True)

    def check(self, *sources: str) -> List[str]:
        paths = [os.path.join(self.program.directory, source) for source in sources]
        self.program.set_sources(paths)
        result = self.program.check()
        self.assertEqual(result.errors, '')
        return [report.message.partition(';')[0] for report in result.reports]

    def qmp(self, options: str, mark: str, body: str = '') -> List[str]:
        schema = self.write('schema.json', f"{{ 'command': 'wait-long'{options} }}\n")
        self.generate('qapi-gen.py', '-b', '-o', 'qapi', schema)
        self.write('handler.c', QMP % (mark, body))
        return self.check('handler.c', 'qapi/qapi-commands.c', 'qapi/qapi-init-commands.c')

    def hmp(self, mark: str) -> List[str]:
        entries = self.write('commands.hx', HX)
        self.generate('hmp-gen.py', '--header', entries, 'hmp-commands.h')
        self.write('handler.c', HMP % mark)
        return self.check('handler.c')

    def test_coroutine(self) -> None:
        self.assertEqual(self.qmp(", 'coroutine': true", 'coroutine_fn '), [])

    def test_coroutine_not_marked(self) -> None:
        self.assertEqual(self.qmp(", 'coroutine': true", ''),
                         ['qmp_wait_long() is declared coroutine_fn but defined without it'])

    def test_plain(self) -> None:
        self.assertEqual(self.qmp('', ''), [])

    def test_plain_marked(self) -> None:
        self.assert_marked('')

    def test_out_of_band(self) -> None:
        self.assertEqual(self.qmp(", 'allow-oob': true", ''), [])

    def test_out_of_band_marked(self) -> None:
        self.assert_marked(", 'allow-oob': true")

    def assert_marked(self, options: str) -> None:
        self.assertEqual(sorted(self.qmp(options, 'coroutine_fn ')),
                         ['qmp_wait_long() is a coroutine_fn but qmp_marshal_wait_long() is not',
                          'qmp_wait_long() is defined coroutine_fn but declared without it'])

    def test_coroutine_blocks(self) -> None:
        self.assertEqual(self.qmp(", 'coroutine': true", 'coroutine_fn ', 'sleep(1)'),
                         ['sleep() sleeps'])

    def test_out_of_band_blocks(self) -> None:
        self.assertEqual(self.qmp(", 'allow-oob': true", '', 'sleep(1)'), ['sleep() sleeps'])

    def test_plain_yields(self) -> None:
        self.assertEqual(self.qmp('', '', 'co_pause()'),
                         ['co_pause() is a coroutine_fn but qmp_wait_long() is not'])

    def test_hmp(self) -> None:
        self.assertEqual(self.hmp('coroutine_fn '), [])

    def test_hmp_not_marked(self) -> None:
        self.assertEqual(self.hmp(''),
                         ['hmp_wait() is declared coroutine_fn but defined without it'])


if __name__ == '__main__':
    sys.exit(run_tests())
