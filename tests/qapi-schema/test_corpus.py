# Every case of the corpus is one test.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import unittest
from typing import Callable

from corpus import Case, case_files, read_cases


class CorpusTest(unittest.TestCase):
    """Its methods are made below."""

    maxDiff = None


def _method(case: Case) -> Callable[[CorpusTest], None]:
    def test(self: CorpusTest) -> None:
        self.assertEqual(len(case.expected()), 1, 'a case has one expectation')
        self.assertEqual(case.outcome(), case.expected())

    return test


def _add_methods() -> None:
    for path in case_files():
        for case in read_cases(path):
            name = 'test_' + re.sub(r'\W+', '_', f'{case.group} {case.title}')
            if hasattr(CorpusTest, name):
                raise ValueError(f'{path}: two cases named {case.title}')
            setattr(CorpusTest, name, _method(case))


_add_methods()
