#!/usr/bin/python3
# Compile a QAPI schema to C.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import sys

from qapi.main import main

if __name__ == '__main__':
    sys.exit(main())
