#!/usr/bin/python3
"""
Compare the hart with qemu-riscv64: same registers, fflags and memory after random instructions,
in M mode without translation and in U mode behind page tables.

Exit status: 0 when they agree, 1 when not, 77 (skipped) when qemu-riscv64 is missing.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

import forms
import gen
from chunk import WINDOW_SIZE, decode_window

SKIPPED = 77
PEER = 'qemu-riscv64'
SHOWN = 12  # differences


def execute(command, stdout_path):
    with open(stdout_path, 'wb') as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, timeout=100)
    return done.returncode, done.stderr.decode(errors='replace').strip()


def disassemble(program, index, work):
    """A chunk's code, by objdump if it is there, else as plain bytes."""
    start, end = program.starts[index:index + 2]
    code = bytes(program.code[start - gen.CODE:end - gen.CODE])
    tool = shutil.which('riscv64-linux-gnu-objdump')
    if not tool:
        return f'(no riscv64-linux-gnu-objdump) code at {start:#x}: {code.hex()}'
    path = os.path.join(work, 'chunk.bin')
    with open(path, 'wb') as out:
        out.write(code)
    text = subprocess.run([tool, '-D', '-z', '-b', 'binary', '-m', 'riscv:rv64',
                           f'--adjust-vma={start:#x}', path],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    return '\n'.join(line for line in text.splitlines() if re.match(r'\s*[0-9a-f]+:\t', line))


def explain_trap(message, program, work):
    found = re.search(r'pc (0x[0-9a-f]+)', message)
    if not found:
        return
    index = program.chunk_of(int(found.group(1), 16))
    if 0 <= index < len(program.starts) - 1:
        print(f'chunk {index}:\n{disassemble(program, index, work)}')


def explain_difference(ours, theirs, program, work):
    """The first chunk that differs, what differs in it, and its code."""
    if len(ours) != len(theirs) or len(ours) != len(program.data):
        print(f'{len(ours)} bytes of output, {len(theirs)} from {PEER}, '
              f'{len(program.data)} expected')
        return
    starts = range(gen.LEAD, len(ours), WINDOW_SIZE)
    bad = [i for i in starts if ours[i:i + WINDOW_SIZE] != theirs[i:i + WINDOW_SIZE]]
    if not bad:
        print('something stored outside of the windows')
        return
    at = bad[0]
    index = starts.index(at)
    mine = decode_window(ours[at:at + WINDOW_SIZE])
    other = decode_window(theirs[at:at + WINDOW_SIZE])
    names = [name for name, value in mine.items() if value != other[name]]
    print(f'{len(bad)} of {len(starts)} chunks differ, first chunk {index} '
          f'(window at {gen.DATA + at:#x})')
    for name in names[:SHOWN]:
        print(f'  {name}: {mine[name]:#018x}, {PEER} has {other[name]:#018x}')
    print(disassemble(program, index, work))


def compare(program, args, work):
    path = os.path.join(work, 'program')
    with open(path, 'wb') as out:
        out.write(program.elf())
    os.chmod(path, 0o755)
    theirs = None
    for command in ([PEER, path], [args.runner, path], [args.runner, '--paged', path]):
        output = os.path.join(work, 'output')
        status, message = execute(command, output)
        if status != 0:
            print(f'{" ".join(command)} ended with status {status}: {message}')
            explain_trap(message, program, work)
            return False
        with open(output, 'rb') as data:
            ours = data.read()
        if theirs is None:
            theirs = ours
        elif ours != theirs:
            print(f'{" ".join(command)}:')
            explain_difference(ours, theirs, program, work)
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('group', choices=forms.GROUPS)
    parser.add_argument('--runner', required=True, help='the isa-runner to test')
    parser.add_argument('--seed', default='1', help='what the instructions are drawn from')
    parser.add_argument('--count', type=int, default=100000,
                        help='how many instructions of the group shall run')
    args = parser.parse_args()
    if not shutil.which(PEER):
        print(f'skipped: {PEER} is not installed (Debian package qemu-user)')
        return SKIPPED
    program = gen.generate(args.group, args.seed, args.count)
    with tempfile.TemporaryDirectory(prefix='vitrine-isa-') as work:
        same = compare(program, args, work)
    if not same:
        print(f'group {args.group}, seed {args.seed}: not as {PEER} has it')
        return 1
    print(f'group {args.group}, seed {args.seed}: {program.certain} instructions in '
          f'{len(program.starts) - 1} chunks, {len(forms.FORMS[args.group])} forms: the same')
    return 0


if __name__ == '__main__':
    sys.exit(main())
