"""Check that includes point downwards only (docs/devel/architecture.rst).

usage: check-floors.py [TREE]

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import sys
from typing import Iterator, List, Optional, Tuple

FLOORS = {
    'util': 0, 'qobject': 1, 'qapi': 2, 'qom': 3, 'backends': 4, 'memory': 4, 'chardev': 4,
    'block': 4, 'net': 4, 'hw': 5,
    'target': 5, 'ui': 5, 'monitor': 5, 'system': 6,
}
# Where the wings of floor 5 meet: who may include what of another wing.
MEETING_POINTS = {
    'hw': {'ui/console.h', 'ui/frame.h', 'ui/input.h', 'target/riscv/hart.h'},
}
# Generated: the prototypes of all HMP handlers, wherever they stand.
GENERATED = {'monitor/hmp-commands.h'}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def sources(tree: str) -> Iterator[Tuple[str, str]]:
    """Yield each C file of the floors with the folder it belongs to."""
    for folder in FLOORS:
        for top in (folder, os.path.join('include', folder)):
            for path, _, names in os.walk(os.path.join(tree, top)):
                for name in names:
                    if name.endswith(('.c', '.h', '.inc', '.S')):
                        yield os.path.join(path, name), folder


def wrong(folder: str, header: str) -> Optional[str]:
    """Say what is wrong with an include, if anything is."""
    other = header.split('/')[0]
    if '/' not in header or other not in FLOORS or other == folder or header in GENERATED:
        return None
    if FLOORS[other] > FLOORS[folder]:
        return 'points upwards'
    if FLOORS[other] == 5 and FLOORS[folder] == 5 and \
            header not in MEETING_POINTS.get(folder, set()):
        return 'is of another wing'
    return None


def main() -> int:
    """Report every wrong include."""
    tree = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..')
    found: List[str] = []
    count = 0
    for path, folder in sources(tree):
        with open(path, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                count += 1
                fault = wrong(folder, match.group(1))
                if fault:
                    place = f'{os.path.relpath(path, tree)}:{number}'
                    found.append(f'{place}: {match.group(1)} {fault}')
    print('\n'.join(found) or f'{count} includes, all downwards')
    return 1 if found or not count else 0


if __name__ == '__main__':
    sys.exit(main())
