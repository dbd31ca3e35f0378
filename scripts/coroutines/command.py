# The command line of scripts/check-coroutines.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import argparse
import os
import sys
from typing import List

from .check import Checker
from .graph import Graph
from .program import read_program, read_units
from .rules import RulesError, read_rules

_HERE = os.path.dirname(os.path.abspath(__file__))


def _parse(argv: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='check-coroutines',
        description='Check, over the call graph of the whole program, that nothing runs in a '
                    'context in which it must not.')
    parser.add_argument('build_dir', metavar='BUILD-DIR', help='where compile_commands.json is')
    parser.add_argument('--source-root', default=os.path.dirname(os.path.dirname(_HERE)),
                        help="the source tree, to which reported paths are relative")
    parser.add_argument('--rules', nargs='+', metavar='FILE',
                        default=[os.path.join(_HERE, name)
                                 for name in ('rules.toml', 'libraries.toml')])
    parser.add_argument('--allowed', default=os.path.join(_HERE, 'allowed.toml'))
    parser.add_argument('--skip', action='append', metavar='PREFIX',
                        help='leave out objects below PREFIX (default: tests/)')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    return parser.parse_args(argv)


def main(argv: List[str]) -> int:
    """0: clean; 1: findings; 2: the program could not be read."""
    args = _parse(argv)
    skip = args.skip if args.skip is not None else ['tests/']
    try:
        rules = read_rules(args.rules, args.allowed)
        units = read_units(os.path.realpath(args.source_root), os.path.realpath(args.build_dir),
                           skip)
    except (RulesError, OSError, ValueError) as err:
        print(f'check-coroutines: {err}', file=sys.stderr)
        return 2
    summaries, errors = read_program(units, args.jobs)
    for error in errors:
        print(f'check-coroutines: {error}', file=sys.stderr)
    if errors:
        return 2
    checker = Checker(Graph(summaries, rules), rules)
    findings = checker.run()
    for finding in findings:
        print(finding.text())
    unused = list(checker.unused())
    for entry in unused:
        calls = f" calling {', '.join(entry.calls)}" if entry.calls else ''
        where = f' in {entry.file}' if entry.file else ''
        print(f'{args.allowed}: nothing needs the exception for {entry.function}(){where}{calls}')
    return 1 if findings or unused else 0
