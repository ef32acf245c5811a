#!/usr/bin/env python3
"""Each prefetch of the data path is in the code that the compiler made of it, for each set of instructions.

To a compiler a function that only prefetches does nothing, and gcc has left such calls out (src/contract/prefetch.h):
nothing fails then, packets only wait for memory.

Usage: prefetches_test.py libweir_burst_ISA.a...
"""

import re
import subprocess
import sys

SKIPPED = 77

# Functions of the source whose prefetches must be there, inlined or not. Who renames one changes it here.
KINDS = {
    "burst_parse": "frames",
    "flow_prefetch_bucket": "buckets of flows",
    "flow_prefetch_record": "records of flows",
    "flow_prefetch_new": "records to be made",
    "host_table_prefetch_tags": "buckets of hosts",
    "host_table_prefetch_record": "records of hosts",
}


def prefetches(library):
    """{function of the source: how many prefetches came from it}, and whether there was debug information."""
    listing = subprocess.run(["objdump", "-dl", "--inlines", "--no-show-raw-insn", library],
                             capture_output=True, text=True, check=True).stdout
    found, chain, in_place, informed = {}, set(), False, False
    for line in listing.splitlines():
        instruction = re.match(r"\s+[0-9a-f]+:\t(\S*)", line)
        if instruction:
            in_place = False
            if instruction.group(1).startswith("prefetch"):
                for name in chain:
                    found[name] = found.get(name, 0) + 1
            continue
        # A place in the source: FUNCTION(): FILE:LINE, and where that was inlined, from the inside out.
        name = re.match(r"(\w+)\(\):$", line) or re.match(r"inlined by .*\((\w+)\)$", line)
        if name:
            informed = True
            chain = chain | {name.group(1)} if in_place else {name.group(1)}
        in_place = in_place or name is not None
    return found, informed


def main():
    libraries = sys.argv[1:]
    if not libraries:
        sys.exit(__doc__)
    missing = 0
    for library in libraries:
        found, informed = prefetches(library)
        if not informed:
            print("SKIP: built without debug information, which tells what was inlined")
            sys.exit(SKIPPED)
        for function, what in KINDS.items():
            n = found.get(function, 0)
            missing += n == 0
            print(f"{library.rsplit('_', 1)[1]:12} {function:28} {n:3}  {what}{'' if n else '  <- MISSING'}")
    if missing:
        sys.exit(f"{missing} missing: the compiler left them out, or the function has another name now")


if __name__ == "__main__":
    main()
