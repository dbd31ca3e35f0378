"""Add up what meson's test logs say and close with "N passed, N failed".

usage: count-tests.py FAILED-BUILDS BUILD-DIR...

A test that speaks TAP counts case by case, any other as one. A build that failed, and a build
directory without a test log, count as one failure each.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import glob
import json
import re
import sys
from typing import Dict, Tuple

CASE = re.compile(r'^(not )?ok\b[^#\n]*(# SKIP)?', re.MULTILINE | re.IGNORECASE)


def count_cases(output: str) -> Tuple[int, int, int]:
    """Return how many TAP cases passed, failed and were skipped."""
    passed = failed = skipped = 0
    for match in CASE.finditer(output):
        if match.group(2):
            skipped += 1
        elif match.group(1):
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def count_test(test: Dict[str, str]) -> Tuple[int, int, int]:
    """Count one test of a meson log."""
    passed, failed, skipped = count_cases(test.get('stdout') or '')
    if test['result'] == 'SKIP':
        return passed, failed, max(skipped, 1)
    if test['result'] in ('OK', 'EXPECTEDFAIL'):
        return max(passed, 1 - skipped, 0), failed, skipped
    # Whatever its cases said: it crashed, timed out or failed.
    return passed, max(failed, 1), skipped


def main() -> int:
    """Print the sum; fail when anything failed or nothing passed."""
    passed, failed, skipped = 0, int(sys.argv[1]), 0
    for build in sys.argv[2:]:
        logs = glob.glob(f'{build}/meson-logs/testlog*.json')
        if not logs:
            print(f'{build}: no test ran')
            failed += 1
        for log in logs:
            with open(log, encoding='utf-8', errors='replace') as lines:
                for line in lines:
                    test = json.loads(line)
                    counts = count_test(test)
                    passed += counts[0]
                    failed += counts[1]
                    skipped += counts[2]
                    if counts[2]:
                        print(f'{build}: {test["name"]}: {counts[2]} skipped')
                    if counts[1]:
                        print(f'{build}: {test["name"]}: {counts[1]} failed')
    if skipped:
        print(f'{skipped} skipped')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
