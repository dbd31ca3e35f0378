#!/usr/bin/python3
"""Build the manuals with Sphinx, a warning being an error.

usage: build.py VERSION DOCS QMP-REFERENCE.rst STAMP DEPFILE
       build.py --test VERSION DOCS QMP-REFERENCE.rst

DOCS and the generated reference together are the source. html/ and vitrine-qmp-ref.7 are written
beside STAMP, which comes last; DEPFILE tells ninja what it was made of. With --test everything goes
to a temporary folder, and the status is 77 when Sphinx is missing.
"""
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

MISSING = 'Sphinx is missing; Debian package: python3-sphinx'
REFERENCE = os.path.join('interop', 'vitrine-qmp-ref.rst')


def copy(source: str, target: str) -> None:
    """Copy what differs, so that Sphinx builds only what has changed."""
    with open(source, 'rb') as file:
        data = file.read()
    if os.path.exists(target):
        with open(target, 'rb') as file:
            if file.read() == data:
                return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, 'wb') as file:
        file.write(data)


def gather(docs: str, reference: str, tree: str) -> None:
    """Make @tree hold the manuals, the generated one among them, and nothing else."""
    wanted = {os.path.join(tree, REFERENCE): reference}
    for folder, _, names in os.walk(docs):
        for name in names:
            if is_source(name):
                path = os.path.join(folder, name)
                wanted[os.path.join(tree, os.path.relpath(path, docs))] = path
    for target, source in wanted.items():
        copy(source, target)
    for folder, _, names in os.walk(tree):
        for path in (os.path.join(folder, name) for name in names):
            if path not in wanted:
                os.remove(path)


def build(version: str, docs: str, reference: str, output: str) -> int:
    """Run Sphinx for each format; its status."""
    tree = os.path.join(output, 'source')
    gather(docs, reference, tree)
    for builder in ('html', 'man'):
        done = subprocess.run(
            [sys.executable, '-m', 'sphinx', '-q', '-W', '--keep-going', '-b', builder,
             '-D', f'version={version}', '-D', f'release={version}',
             '-d', os.path.join(output, 'doctrees'), tree, os.path.join(output, builder)],
            check=False, env=dict(os.environ, PYTHONDONTWRITEBYTECODE='1'))
        if done.returncode:
            return 1
    shutil.copyfile(os.path.join(output, 'man', 'vitrine-qmp-ref.7'),
                    os.path.join(output, 'vitrine-qmp-ref.7'))
    return 0


def write_stamp(docs: str, reference: str, stamp: str, depfile: str) -> None:
    """Folders are among what it depends on, for files that come and go."""
    used = [reference]
    for folder, _, names in os.walk(docs):
        used += [folder, *(os.path.join(folder, name) for name in names if is_source(name))]
    with open(depfile, 'w', encoding='utf-8') as file:
        file.write(f'{stamp}: ' + ' '.join(path.replace(' ', '\\ ') for path in used) + '\n')
    with open(stamp, 'w', encoding='utf-8'):
        pass


def is_source(name: str) -> bool:
    """Whether Sphinx reads it."""
    return name.endswith(('.rst', '.xml')) or name == 'conf.py'


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--test', action='store_true')
    parser.add_argument('version')
    parser.add_argument('docs')
    parser.add_argument('reference')
    parser.add_argument('output', nargs='*', metavar='STAMP DEPFILE')
    args = parser.parse_args()
    if importlib.util.find_spec('sphinx') is None:
        print(MISSING, file=sys.stderr)
        return 77 if args.test else 1
    if len(args.output) != (0 if args.test else 2):
        parser.error('STAMP and DEPFILE are needed, or --test without them')
    if not args.test:
        stamp, depfile = args.output
        status = build(args.version, args.docs, args.reference, os.path.dirname(stamp))
        if status == 0:
            write_stamp(args.docs, args.reference, stamp, depfile)
        return status
    with tempfile.TemporaryDirectory(prefix='vitrine-docs-') as output:
        return build(args.version, args.docs, args.reference, output)


if __name__ == '__main__':
    sys.exit(main())
