#!/usr/bin/python3
"""Write the manual page vitrine.1 from what `vitrine -help` prints, the option table.

usage: make-man.py VITRINE OUTPUT
"""
# SPDX-License-Identifier: GPL-2.0-or-later

import subprocess
import sys
from typing import List

PAGE = r'''.TH VITRINE 1 "" "@VERSION@"
.SH NAME
vitrine \- a RISC\-V machine behind glass
.SH SYNOPSIS
.B vitrine
.RI [ option ...]
.SH DESCRIPTION
One process is one virtual machine, a RISC\-V
.B virt
board, that managers steer over QMP, people at the human monitor (HMP), and that shows its screen in
screendumps and to VNC viewers.
.SH OPTIONS
@OPTIONS@.SH KEYS
Where a serial port and the monitor share a terminal
.RB ( \-nographic ,
.BR mon:stdio ),
.B Ctrl\-a c
goes from one to the other,
.B Ctrl\-a x
ends the process, and
.B Ctrl\-a h
shows the other keys.
.SH SEE ALSO
.BR vitrine\-qmp\-ref (7),
.BR virsh (1)
'''


def quote(text: str) -> str:
    """Text for a line of its own in roff."""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\\&' + text if text[:1] in ('.', "'") else text


def options(lines: List[str]) -> str:
    """Items from the table: `-name args  help`, or the help on a line of its own."""
    result = ''
    for number, line in enumerate(lines):
        if not line.startswith('-'):
            result += quote(line.strip()) + '\n'
            continue
        alone = number + 1 < len(lines) and lines[number + 1].startswith(' ')
        left, tail = (line, '') if alone else (line[:22], line[23:])
        name, _, argument = left.strip().partition(' ')
        result += f'.TP\n\\fB{quote(name)}\\fR' + (f' {quote(argument)}' if argument else '') + '\n'
        result += quote(tail) + '\n' if tail else ''
    return result


def main() -> None:
    """Command line."""
    vitrine, output = sys.argv[1:]
    text = subprocess.run([vitrine, '-help'], check=True, stdout=subprocess.PIPE).stdout.decode()
    head, _, table = text.partition('\n\n')
    page = PAGE.replace('@VERSION@', quote(head.splitlines()[0]))
    with open(output, 'w', encoding='utf-8') as file:
        file.write(page.replace('@OPTIONS@', options(table.splitlines())))


if __name__ == '__main__':
    main()
