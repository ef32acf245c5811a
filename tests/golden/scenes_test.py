#!/usr/bin/env python3
"""Made captures of each attack, and of traffic that only looks like one.

Each is analysed twice: the same bytes both times; the right kind of alarm at the right target, and
nothing else; and what the data path counted is what expected/ holds.

usage: scenes_test.py WEIR WEIR_FLOOD EXPECTED [--update] [SCENE...]
"""

import csv
import ipaddress
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from common import Wrong, analyze, need, report, run, workers

# Rate and length: enough for every floor of volume and duration, small enough for a test.
OPTIONS = ["--rate", "4000", "--seconds", "5"]
FAMILIES = {"4": [], "6": ["--ipv6"]}
# Who scans many hosts is what the alarm is about: there is no one victim.
SCANNER = {"4": "198.51.100.66", "6": "2001:db8:bad::66"}


def scenes_of(flood):
    out, _, _ = run([flood, "--list"])
    return [line.split()[0] for line in out.decode().splitlines()]


def options_of(scene, family):
    scanner = ["--source", SCANNER[family]] if scene == "horizontal_scan" else []
    return OPTIONS + FAMILIES[family] + scanner


def truth_of(path, family):
    """(kind, network) of the attack, or None."""
    with open(path, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        return None
    kind = rows[0]["kind"]
    target = SCANNER[family] if kind == "horizontal_scan" else rows[0]["target"]
    return kind, ipaddress.ip_network(target, strict=False)


def network_of(alarm):
    target = alarm["target"]
    text = target["address"] if isinstance(target, dict) else target
    return ipaddress.ip_network(text, strict=False)


def check_alarms(alarms, truth):
    found = [(alarm["kind"], str(network_of(alarm))) for alarm in alarms]
    if truth is None:
        need(not alarms, f"alarms where there is no attack: {found}")
        return
    kind, target = truth
    need(len(alarms) == 1, f"not one alarm for {kind} at {target}, but {found}")
    network = network_of(alarms[0])
    need(alarms[0]["kind"] == kind, f"{found} where it is {kind}")
    if kind == "horizontal_scan":  # who answers the scanner does not scan
        need(alarms[0]["distinct_sources"] == 1, f"{alarms[0]['distinct_sources']} sources of a scan by one host")
    need(network.version == target.version, f"{network}, not {target}")
    need(network.subnet_of(target) or target.subnet_of(network), f"{network}, not {target}")


def counted(summary):
    """What a change of the data path would change."""
    return {
        "packets": summary["packets"],
        "bytes": summary["bytes"],
        "flows": summary["flows"],
        "accounting": summary["accounting"],
        "protocols": {name: n for name, n in summary["protocols"].items() if n},
        "malformed": {name: n for name, n in summary["malformed"].items() if n},
    }


def check_expected(path, got, update):
    text = json.dumps(got, indent=1, sort_keys=True) + "\n"
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    need(os.path.exists(path), f"{path} is missing: run with --update and read what it writes")
    with open(path, encoding="utf-8") as file:
        want = file.read()
    need(text == want, f"differs from {path}:\n{text}")


def check_same_again(weir, capture, first):
    again, _, _ = run([weir, "analyze", "--json", "--transitions", capture])
    need(again == first, "the second run gave other bytes")


def check(weir, flood, scene, family, expected, update):
    name = f"{scene}-{family}"
    with tempfile.TemporaryDirectory() as folder:
        capture, truth = os.path.join(folder, f"{name}.pcap"), os.path.join(folder, "truth.csv")
        try:
            _, errors, code = run([flood, scene, "-o", capture, "-g", truth, *options_of(scene, family)])
            need(code == 0, f"weir-flood: {errors}")
            alarms, summary, errors, code = analyze(weir, capture)
            need(code == 0, f"exit {code}: {errors}")
            need(summary["accounting"]["malformed"] == 0, "malformed packets in a made capture")
            first, _, _ = run([weir, "analyze", "--json", "--transitions", capture])
            check_same_again(weir, capture, first)
            check_expected(os.path.join(expected, f"{name}.json"), counted(summary), update)
            check_alarms(alarms, truth_of(truth, family))
        except (Wrong, ValueError, KeyError) as wrong:
            return f"{name}: {wrong}"
    return None


def main():
    weir, flood, expected = sys.argv[1:4]
    update = "--update" in sys.argv[4:]
    scenes = [name for name in sys.argv[4:] if name != "--update"] or scenes_of(flood)
    jobs = [(scene, family) for scene in scenes for family in FAMILIES]
    with ThreadPoolExecutor(workers()) as pool:
        results = list(pool.map(lambda job: check(weir, flood, *job, expected, update), jobs))
    failures = [result for result in results if result is not None]
    return report("scenes", failures, len(jobs) - len(failures))


sys.exit(main())
