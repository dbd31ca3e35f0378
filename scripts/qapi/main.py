# The command line.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import argparse
import re
import os
from typing import List, Optional, Protocol

from .cgen import Names
from .commands import CommandGen
from .error import exit_status
from .events import EventGen
from .introspect import IntrospectGen
from .schema import QAPISchema, QAPISchemaVisitor
from .types import TypeGen
from .visit import VisitGen


class _Generator(Protocol):
    def write(self, outdir: str) -> None: ...


def generate(fname: str, outdir: str, prefix: str, unmask: bool, builtins: bool) -> None:
    """Compile schema @fname; nothing is written unless all of it is good."""
    schema = QAPISchema(fname)
    names = Names(prefix, builtins, os.path.basename(fname))
    generators = [TypeGen(names), VisitGen(names), CommandGen(names), EventGen(names)]
    introspect = IntrospectGen(names, unmask)
    visitors: List[QAPISchemaVisitor] = [*generators, introspect]
    for visitor in visitors:
        schema.visit(visitor)
    writers: List[_Generator] = [*generators, introspect]
    for writer in writers:
        writer.write(outdir)


def _prefix(text: str) -> str:
    if not re.fullmatch(r'([A-Za-z_][A-Za-z0-9_.-]*)?', text):
        raise argparse.ArgumentTypeError(
            f"'{text}' cannot begin a name in C: it is made of letters, digits, '_', '-', '.' "
            "and does not begin with a digit")
    return text


def _parse_args(argv: Optional[List[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Generate C code from a QAPI schema.')
    parser.add_argument('-b', '--builtins', action='store_true',
                        help='generate code for built-in types, too')
    parser.add_argument('-o', '--output-dir', metavar='DIR', default='',
                        help='write into DIR (default: the current one)')
    parser.add_argument('-p', '--prefix', metavar='PREFIX', type=_prefix, default='',
                        help='what names of files and of global symbols begin with')
    parser.add_argument('-u', '--unmask-non-abi-names', dest='unmask', action='store_true',
                        help='show names of types in introspection')
    parser.add_argument('schema', metavar='SCHEMA')
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Status 0, or 1 after telling on stderr what is wrong."""
    args = _parse_args(argv)
    return exit_status(lambda: generate(args.schema, args.output_dir, args.prefix, args.unmask,
                                        args.builtins))
