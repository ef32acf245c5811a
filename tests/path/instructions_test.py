#!/usr/bin/env python3
"""Instructions of the data path per packet, counted by callgrind, against the numbers kept beside this file.

Usage: instructions_test.py PROGRAM COMPILER [--update]
  PROGRAM   path_count of a build with the project's own flags
  COMPILER  its name and version, as "gcc 12.2.0"
  --update  write what was counted to instructions.json
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")
TOLERANCE = 0.03
TOLERANCE_OTHER_COMPILER = 0.15
SECONDS_MAX = 120
SKIPPED = 77


def skip(why):
    print("SKIP: " + why)
    sys.exit(SKIPPED)


def count(program, kind, folder):
    """Instructions per packet of this kind of traffic; the code for AVX2 is what valgrind can run."""
    command = ["valgrind", "--tool=callgrind", "--toggle-collect=counted_burst",
               "--callgrind-out-file=" + os.path.join(folder, kind), program, kind]
    out = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    collected = re.search(r"Collected : (\d+)", out.stderr)
    if out.returncode != 0 or collected is None or int(collected.group(1)) == 0:
        sys.exit(f"{kind}: callgrind counted nothing (exit code {out.returncode}):\n{out.stderr}")
    return int(collected.group(1)) / int(out.stdout)


def count_all(program):
    kinds = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        counts = pool.map(lambda kind: count(program, kind, folder), kinds)
        return {kind: round(n, 1) for kind, n in zip(kinds, counts)}


def update(compiler, counted):
    with open(FILE, "w", encoding="utf-8") as file:
        json.dump({"compiler": compiler, "isa": "avx2", "instructions_per_packet": counted}, file, indent="\t")
        file.write("\n")
    print("written to tests/path/instructions.json")


def compare(compiler, counted, known):
    tolerance = TOLERANCE
    if known["compiler"] != compiler:
        tolerance = TOLERANCE_OTHER_COMPILER
        print(f"note: the numbers are of {known['compiler']}, this is {compiler}: compared at "
              f"{tolerance:.0%} instead of {TOLERANCE:.0%}")
    expected = known["instructions_per_packet"]
    bad = 0
    print(f"{'instructions per packet':26}{'kept':>9}{'now':>9}{'change':>9}")
    for kind in sorted(set(expected) | set(counted)):
        if kind not in expected or kind not in counted:
            print(f"{kind:26} only {'counted, not kept' if kind in counted else 'kept, not counted'}")
            bad += 1
            continue
        change = counted[kind] / expected[kind] - 1
        wrong = abs(change) > tolerance
        bad += wrong
        print(f"{kind:26}{expected[kind]:9.1f}{counted[kind]:9.1f}{change:+9.1%}{'  <- changed' if wrong else ''}")
    return bad


def main():
    arguments = [a for a in sys.argv[1:] if a != "--update"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    program, compiler = arguments
    if shutil.which("valgrind") is None:
        skip("valgrind is not installed: tools/setup does it")
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        if " avx2 " not in file.read():
            skip("this machine has no AVX2")
    counted = count_all(program)
    if "--update" in sys.argv:
        update(compiler, counted)
        return
    with open(FILE, encoding="utf-8") as file:
        known = json.load(file)
    bad = compare(compiler, counted, known)
    if bad:
        sys.exit(f"{bad} changed by more than is allowed. If that was meant: tools/check --update-instructions, "
                 "and say in the commit why")


if __name__ == "__main__":
    main()
