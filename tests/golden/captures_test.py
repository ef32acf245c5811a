#!/usr/bin/env python3
"""weir analyze on every capture of ../shared/captures, where it lies.

No crash, no sanitizer's word, well-formed output, an exit code with a reason, the number of packets
that labels.csv tells, and packets that add up.

usage: captures_test.py WEIR ROOT
"""

import csv
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from common import Wrong, analyze, need, report, skip, workers

# What a label counts in the outermost headers and a summary in the innermost agrees where there is no
# tunnel and nothing malformed.
SAME = {"ipv4": "ip4", "ipv6": "ip6", "arp": "arp"}


def check_code(summary, errors, code, name):
    """Exit 1 has a reason, and the reason is told in a line that names the file."""
    unsupported = summary["malformed"]["link_type"] > 0
    need(code == (1 if unsupported or not summary["complete"] else 0), f"exit {code}: {errors}")
    if code != 0:
        need(os.path.basename(name) in errors, f"the error does not name the file: {errors}")
    if unsupported:
        need("is not decoded" in errors, errors)
    if not summary["complete"]:
        need("cannot be read" in errors and "packet " in errors, errors)


def check_label(summary, label):
    need(summary["packets"] == int(label["packets"]), f"{summary['packets']} packets, not {label['packets']}")
    if summary["malformed"]["link_type"] or summary["accounting"]["malformed"] or label["linktype"] != "EN10MB":
        return
    count = summary["protocols"]
    if count["tunnel"] or count["mpls"] or count["pppoe"]:
        return
    for theirs, ours in SAME.items():
        need(count[ours] == int(label[theirs]), f"{ours}: {count[ours]}, not {label[theirs]}")


def check(weir, folder, label):
    name = label["file"]
    try:
        _, summary, errors, code = analyze(weir, os.path.join(folder, name))
        need(summary is not None, f"refused: {errors}")
        check_code(summary, errors, code, name)
        check_label(summary, label)
    except (Wrong, ValueError, KeyError) as wrong:
        return f"{name}: {wrong}"
    return None


def main():
    weir, root = sys.argv[1:3]
    folder = os.path.join(root, "..", "shared", "captures")
    if not os.path.exists(os.path.join(folder, "labels.csv")):
        skip(f"{folder} is absent: the captures that this test reads are not part of the project")
    with open(os.path.join(folder, "labels.csv"), encoding="utf-8") as labels:
        rows = list(csv.DictReader(labels))
    with ThreadPoolExecutor(workers()) as pool:
        results = list(pool.map(lambda label: check(weir, folder, label), rows))
    failures = [result for result in results if result is not None]
    return report("captures", failures, len(rows) - len(failures))


sys.exit(main())
