# Read every translation unit of a build directory: in parallel, and only what has changed.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib
import json
import multiprocessing
import os
import shlex
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from .cursors import CLEANUP_ARGS
from .extract import ExtractError, Extractor
from .summary import Summary

_CACHE_DIR = 'check-coroutines.cache'
# What decides about the content of the cache.
_READERS = ('containers.py', 'cursors.py', 'extract.py', 'flows.py', 'locks.py', 'places.py',
            'program.py', 'summary.py')


@dataclass
class Unit:
    """One translation unit to read."""

    file: str
    directory: str
    args: List[str]
    source_root: str
    build_dir: str


class FileHashes:
    """Hashes of files' content, each computed once."""

    def __init__(self) -> None:
        self._known: Dict[str, str] = {}

    def of(self, path: str) -> str:
        """The hash of @path; empty when it cannot be read."""
        if path not in self._known:
            try:
                with open(path, 'rb') as file:
                    self._known[path] = hashlib.sha256(file.read()).hexdigest()
            except OSError:
                self._known[path] = ''
        return self._known[path]


def _own_version() -> str:
    here = os.path.dirname(os.path.abspath(__file__))
    hashes = FileHashes()
    return ''.join(hashes.of(os.path.join(here, name)) for name in _READERS)


def _parser_args(command: str) -> List[str]:
    """Those of the compiler's arguments that say what is read."""
    kept: List[str] = []
    words = shlex.split(command)[1:]
    for index, word in enumerate(words):
        if word in ('-I', '-D', '-U', '-include', '-isystem', '-iquote'):
            kept += [word, words[index + 1]]
        elif word.startswith(('-I', '-D', '-U', '-std=', '-isystem', '-fsanitize=')):
            kept.append(word)
    return kept + ['-w', *CLEANUP_ARGS]


def read_units(source_root: str, build_dir: str, skip: List[str]) -> List[Unit]:
    """The translation units of compile_commands.json, less the outputs below @skip."""
    with open(os.path.join(build_dir, 'compile_commands.json'), encoding='utf-8') as file:
        entries = json.load(file)
    units: Dict[str, Unit] = {}
    for entry in entries:
        if not entry['file'].endswith('.c') or any(
                entry.get('output', '').startswith(prefix) for prefix in skip):
            continue
        path = os.path.realpath(os.path.join(entry['directory'], entry['file']))
        units.setdefault(path, Unit(path, entry['directory'], _parser_args(entry['command']),
                                    source_root, build_dir))
    return list(units.values())


def _cache_path(unit: Unit) -> str:
    name = hashlib.sha256(unit.file.encode()).hexdigest()[:24] + '.json'
    return os.path.join(unit.build_dir, _CACHE_DIR, name)


def _cached(unit: Unit, version: str, hashes: FileHashes) -> Optional[Summary]:
    try:
        with open(_cache_path(unit), encoding='utf-8') as file:
            value = json.load(file)
    except (OSError, ValueError):
        return None
    if value['version'] != version or value['args'] != unit.args:
        return None
    if any(hashes.of(path) != digest for path, digest in value['summary']['files'].items()):
        return None
    return Summary.from_json(value['summary'])


def _store(unit: Unit, version: str, summary: Summary) -> None:
    path = _cache_path(unit)
    temporary = f'{path}.{os.getpid()}'
    with open(temporary, 'w', encoding='utf-8') as file:
        json.dump({'version': version, 'args': unit.args, 'summary': summary.to_json()}, file)
    os.replace(temporary, path)


def _extract(job: Tuple[Unit, str]) -> Tuple[Optional[Summary], str]:
    unit, version = job
    before = FileHashes()
    before.of(unit.file)
    try:
        summary = Extractor(unit.source_root, unit.build_dir).read(unit.file, unit.args,
                                                                   unit.directory)
    except ExtractError as err:
        return None, str(err)
    summary.files = {path: before.of(path) for path in summary.files}
    _store(unit, version, summary)
    return summary, ''


def read_program(units: List[Unit], jobs: int) -> Tuple[List[Summary], List[str]]:
    """The summaries of @units, and what was wrong with those that could not be read."""
    if not units:
        return [], ['no translation units to check']
    os.makedirs(os.path.join(units[0].build_dir, _CACHE_DIR), exist_ok=True)
    version = _own_version()
    hashes = FileHashes()
    summaries: List[Summary] = []
    todo: List[Tuple[Unit, str]] = []
    for unit in units:
        summary = _cached(unit, version, hashes)
        if summary is None:
            todo.append((unit, version))
        else:
            summaries.append(summary)
    errors: List[str] = []
    if len(todo) > 1 and jobs > 1:
        with multiprocessing.Pool(min(jobs, len(todo))) as pool:
            results = pool.map(_extract, todo, chunksize=1)
    else:
        results = [_extract(job) for job in todo]
    for summary, error in results:
        if summary is None:
            errors.append(error)
        else:
            summaries.append(summary)
    return summaries, errors
