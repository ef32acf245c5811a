#!/usr/bin/env python3
"""What weir analyze does with files as users have them: packed, cut, empty, of another kind.

usage: files_test.py WEIR WEIR_FLOOD
"""

import bz2
import csv
import gzip
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile

from common import Wrong, analyze, need, report, run

FILE_HEADER = 24


def without_name(summary):
    return {key: value for key, value in summary.items() if key != "file"}


def pack(plain, folder):
    """The same capture, packed; the names say nothing."""
    packed = {"gzip": gzip.compress(plain), "xz": lzma.compress(plain), "bzip2": bz2.compress(plain)}
    half = len(plain) // 2
    packed["two gzip members"] = gzip.compress(plain[:half]) + gzip.compress(plain[half:])
    for tool in ("zstd", "lz4"):
        if shutil.which(tool) is None:
            print(f"SKIPPED: {tool} is not installed")
            continue
        done = subprocess.run([tool, "-c"], input=plain, capture_output=True, check=True)
        packed[tool] = done.stdout
    for name, data in packed.items():
        path = os.path.join(folder, name.replace(" ", "_"))
        with open(path, "wb") as file:
            file.write(data)
        yield name, path, data


def packed_is_the_same(world):
    for name, path, data in pack(world.plain, world.folder):
        _, summary, errors, code = analyze(world.weir, path)
        need(code == 0, f"{name}: exit {code}: {errors}")
        need(without_name(summary) == without_name(world.summary), f"{name}: another summary")
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
        _, summary, errors, code = analyze(world.weir, path)
        need(code == 1 and path in errors, f"half of {name}: exit {code}: {errors}")
        if summary is not None:
            need(not summary["complete"], f"half of {name} is complete")


def standard_input_is_a_file(world):
    done = subprocess.run(
        [world.weir, "analyze", "--json", "-"], input=world.plain, capture_output=True, check=False
    )
    need(done.returncode == 0, done.stderr.decode())
    need(f'"packets":{world.summary["packets"]},'.encode() in done.stdout, "another count")


def a_cut_file_is_used_and_told(world):
    path = os.path.join(world.folder, "cut")
    # Each place in the first packets' records, and in the file header.
    for n in [*range(0, FILE_HEADER + 200, 7), len(world.plain) - 1]:
        with open(path, "wb") as file:
            file.write(world.plain[:n])
        _, summary, errors, code = analyze(world.weir, path)
        if summary is not None and summary["complete"]:
            need(code == 0, f"cut at {n}: {errors}")
            continue
        need(code == 1 and "cut" in errors, f"cut at {n}: exit {code}: {errors}")
        if summary is not None:
            need(f"packet {summary['packets'] + 1} " in errors, f"which packet? {errors}")


def what_cannot_be_read_is_refused(world):
    text = os.path.join(world.folder, "text")
    with open(text, "w", encoding="utf-8") as file:
        file.write("this is not a capture\n" * 10)
    for path in (text, world.folder, os.path.join(world.folder, "absent")):
        _, summary, errors, code = analyze(world.weir, path)
        need(summary is None and code == 1 and path in errors, f"{path}: exit {code}: {errors}")
        need(errors.count("\n") == 1, f"not one line: {errors}")


def no_packets_is_no_attack(world):
    path = os.path.join(world.folder, "none")
    with open(path, "wb") as file:
        file.write(world.plain[:FILE_HEADER])
    alarms, summary, errors, code = analyze(world.weir, path)
    need(code == 0 and not alarms and summary["packets"] == 0, f"exit {code}: {errors}")
    need(summary["first"] is None, "the time of a packet that is not there")
    out, _, _ = run([world.weir, "analyze", path])
    need(b"the capture is empty" in out, "it is not said that the capture is empty")


def another_link_type_is_told(world):
    path = os.path.join(world.folder, "radio")
    with open(path, "wb") as file:
        file.write(world.plain[:20] + struct.pack("<I", 127) + world.plain[FILE_HEADER:])
    _, summary, errors, code = analyze(world.weir, path)
    need(code == 1 and "IEEE802_11_RADIO is not decoded" in errors, f"exit {code}: {errors}")
    need(summary["malformed"]["link_type"] == summary["packets"], "not all counted")


def flows_and_hosts_have_every_feature(world):
    flows, hosts = (os.path.join(world.folder, name) for name in ("flows.csv", "hosts.csv"))
    _, summary, _, _ = analyze(world.weir, world.path, "--flows", flows, "--hosts", hosts)
    with open(flows, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    need(len(rows) == summary["flows"], f"{len(rows)} rows, {summary['flows']} flows")
    need(sum(int(row["packets"]) for row in rows) == summary["packets"], "packets of the flows")
    need(all(None not in row and None not in row.values() for row in rows), "a short or long row")
    need(all(row["dst"] == "203.0.113.10" and row["dport"] == "80" for row in rows), "the 5-tuple")
    with open(hosts, encoding="utf-8") as file:
        need("203.0.113.10" in {row["host"] for row in csv.DictReader(file)}, "the target's rows")


def exit_codes_are_as_told(world):
    cases = [
        (["--exit-code", world.path], 3),
        ([world.path], 0),
        ([], 2),
        (["--nonsense", world.path], 2),
        (["--transitions", world.path], 2),
        (["--help"], 0),
        (["--model", world.path, world.path], 1),
        (["--config", world.path, world.path], 1),
        (["--flows", os.path.join(world.folder, "no", "folder"), world.path], 1),
    ]
    for arguments, want in cases:
        _, errors, code = run([world.weir, "analyze", *arguments])
        need(code == want, f"{arguments}: exit {code}, not {want}: {errors}")
        need(want not in (1, 2) or "weir analyze: " in errors, f"{arguments}: {errors}")


class World:
    """One capture of a SYN flood, and what is said of it."""

    def __init__(self, weir, flood, folder):
        self.weir, self.folder = weir, folder
        self.path = os.path.join(folder, "plain.pcap")
        run([flood, "syn_flood", "-o", self.path, "--rate", "3000", "--seconds", "3"])
        with open(self.path, "rb") as file:
            self.plain = file.read()
        _, self.summary, _, _ = analyze(weir, self.path)


TESTS = [
    packed_is_the_same,
    standard_input_is_a_file,
    a_cut_file_is_used_and_told,
    what_cannot_be_read_is_refused,
    no_packets_is_no_attack,
    another_link_type_is_told,
    flows_and_hosts_have_every_feature,
    exit_codes_are_as_told,
]


def main():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        world = World(*sys.argv[1:3], folder)
        for test in TESTS:
            try:
                test(world)
            except (Wrong, ValueError, KeyError) as wrong:
                failures.append(f"{test.__name__}: {wrong}")
    return report("files", failures, len(TESTS) - len(failures))


sys.exit(main())
