#!/usr/bin/python3
# All tests of the schema compiler, reported as TAP. Arguments, if any, name the tests to run.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import sys
import traceback
import unittest
from types import TracebackType
from typing import Iterator, List, Optional, Set, Tuple, Type, Union

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', '..', 'scripts')]

_ExcInfo = Union[Tuple[Type[BaseException], BaseException, TracebackType],
                 Tuple[None, None, None]]


class TapResult(unittest.TestResult):
    """One line a test; what went wrong as comments after it."""

    def __init__(self) -> None:
        super().__init__()
        self._failed: Set[int] = set()

    def _line(self, word: str, test: unittest.TestCase, note: str = '') -> None:
        print(f'{word} {self.testsRun} - {test.id()}{note}', flush=True)

    def _fault(self, test: unittest.TestCase, err: _ExcInfo) -> None:
        self._line('not ok', test)
        self._explain(test, err)

    def _explain(self, test: unittest.TestCase, err: _ExcInfo) -> None:
        print(f'# {test.id()}')
        for line in ''.join(traceback.format_exception(*err)).splitlines():
            print(f'# {line}')

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self._line('ok', test)

    def addFailure(self, test: unittest.TestCase, err: _ExcInfo) -> None:
        super().addFailure(test, err)
        self._fault(test, err)

    def addError(self, test: unittest.TestCase, err: _ExcInfo) -> None:
        super().addError(test, err)
        self._fault(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase,
                   err: Optional[_ExcInfo]) -> None:
        """The first failing part fails the test; unittest says nothing more about it."""
        first = err is not None and id(test) not in self._failed
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed.add(id(test))
            if first:
                self._line('not ok', test)
            self._explain(subtest, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._line('ok', test, f' # SKIP {reason}')


def _tests(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _tests(test)
        else:
            yield test


def main(names: Optional[List[str]] = None) -> int:
    suite = unittest.defaultTestLoader.discover(HERE, 'test_*.py', HERE)
    wanted = [test for test in _tests(suite)
              if not names or any(name in test.id() for name in names)]
    print(f'1..{len(wanted)}')
    result = TapResult()
    unittest.TestSuite(wanted).run(result)
    print(f'# {len(wanted)} cases, {len(result.failures) + len(result.errors)} failed')
    return 0 if result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
