# The compiler and its tests are fully typed.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import glob
import importlib.util
import os
import subprocess
import sys
import unittest

from corpus import HERE, SCRIPTS


@unittest.skipUnless(importlib.util.find_spec('mypy'), 'needs mypy')
class TypingTest(unittest.TestCase):
    """mypy --strict finds nothing."""

    def test_strict(self) -> None:
        files = [os.path.join(SCRIPTS, 'qapi'), *glob.glob(os.path.join(HERE, '*.py'))]
        done = subprocess.run([sys.executable, '-m', 'mypy', '--strict', '--cache-dir=/dev/null',
                               *files], env=dict(os.environ, MYPYPATH=SCRIPTS),
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
