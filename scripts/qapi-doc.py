#!/usr/bin/python3
# Write the reference manual of a QAPI schema as reStructuredText.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import sys

from qapi.docgen import main

if __name__ == '__main__':
    sys.exit(main())
