"""Run a libFuzzer target over its seeds and a fixed number of inputs; print TAP.

usage: run-fuzzer.py TARGET RUNS DICTIONARY SEEDS

The random seed is fixed, so that a run can be repeated. An input that breaks something is kept
beside the target.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import subprocess
import sys


def main() -> int:
    """Return whether the target fell over or fell short."""
    target, runs, dictionary, seeds = sys.argv[1:]
    name = os.path.basename(target)
    os.environ.setdefault('UBSAN_OPTIONS', 'halt_on_error=1:print_stacktrace=1')
    print('1..1', flush=True)
    inputs = sorted(os.path.join(seeds, seed) for seed in os.listdir(seeds))
    # No entropic schedule: with as much code as this its bookkeeping costs more than the runs.
    # Leaks are looked for at the end: pools that grow would have it look after every other run.
    result = subprocess.run(
        [target, f'-runs={runs}', '-seed=1', '-max_len=512', '-timeout=20', '-entropic=0',
         '-detect_leaks=0', f'-dict={dictionary}', f'-artifact_prefix={target}-',
         f'-seed_inputs={",".join(inputs)}'],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors='replace', check=False)
    done = re.search(r'^Done (\d+) runs in (\d+) second', result.stdout, re.M)
    if result.returncode == 0 and done and int(done[1]) >= int(runs):
        print(f'ok 1 - {name}: {done[1]} inputs in {done[2]} s')
        return 0
    print(f'not ok 1 - {name}: status {result.returncode}')
    for line in result.stdout.splitlines()[-100:]:
        print(f'# {line}')
    return 1


if __name__ == '__main__':
    sys.exit(main())
