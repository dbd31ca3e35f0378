"""scripts/check-coroutines sees every seeded violation, and nothing else.

A case is a program of one or more units: NAME.c, or NAME.PART.c. The line after a comment
`reported: MESSAGE [PATH]` is reported: MESSAGE is how the message begins, PATH how the names of
the functions on the way to it, joined by " > ", end. Everything that is reported is expected.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import sys
import unittest
from collections import Counter
from typing import List, Optional, Tuple

from checker import ROOT, Program, Result, cases, run_tests

# A static function, of which there is one in each unit.
WORK = 'function = "work"\nfile = "tests/coroutines/across.callee.c"\n'
COMMENT = re.compile(r'/\* reported: (?P<message>.*?)(?: \[(?P<path>[^]]*)\])? \*/')


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

    def test_untraced(self) -> None:
        self.check_case('untraced')

    def test_libraries(self) -> None:
        self.check_case('libraries')

    def test_cleanup(self) -> None:
        self.check_case('cleanup')

    def test_signals(self) -> None:
        self.check_case('signals')

    def test_big_lock(self) -> None:
        self.check_case('big-lock')

    def test_definitions(self) -> None:
        self.check_case('definitions')

    def test_across_units(self) -> None:
        self.check_case('across')

    def test_clean(self) -> None:
        self.assertEqual(self.check_case('clean').reports, [])

    def test_every_case_is_run(self) -> None:
        self.assertEqual(set(cases()), {'outside', 'no-coroutine', 'blocking', 'tables', 'across',
                                        'clean', 'system-calls', 'glib-sources', 'pointers',
                                        'untraced', 'libraries', 'cleanup', 'signals', 'big-lock',
                                        'definitions'})

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


if __name__ == '__main__':
    sys.exit(run_tests())
