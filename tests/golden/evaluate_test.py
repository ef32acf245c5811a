#!/usr/bin/env python3
"""weir evaluate: made captures whose truth weir-flood knows, a few found ones, and labels that are wrong.

usage: evaluate_test.py WEIR WEIR_FLOOD ROOT
"""

import csv
import json
import os
import sys
import tempfile

from common import Wrong, need, report, run

WEIR, FLOOD, ROOT = sys.argv[1:4]
FOUND = os.path.join(ROOT, "..", "shared", "captures")
PACE = ["--rate", "2000", "--seconds", "8"]

# Of the found captures: what is easy to see, and must stay so. Words of their files' names.
SEEN = {
    "synflood": "syn_flood",
    "amp.UDP.isakmp": "amplification",
    "portScan_1_to_10000": "vertical_scan",
    "hs-icmpScan.pcapng": "horizontal_scan",
}
QUIET = ["nqmn_dev_normal", "Aria/Setup-A-1-STA"]


def evaluate(folder, labels, *options, code=0):
    out, errors, got = run([WEIR, "evaluate", "--json", "--quiet", folder, "--labels", labels, *options])
    need(got == code, f"exit {got}, not {code}: {errors}")
    return json.loads(out) if out else None, errors


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def make(folder, scene, *options):
    """A capture and what weir-flood says of it."""
    truth = os.path.join(folder, scene + ".truth")
    _, errors, code = run([FLOOD, scene, "-o", os.path.join(folder, scene + ".pcap"), "--truth", truth, *PACE, *options])
    need(code == 0, errors)
    with open(truth, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_sums(result):
    """The kinds add up to the total, and attacks to the kinds."""
    for key in ("counted", "excluded", "detected", "right_name", "right_target", "right", "alarms", "other_alarms"):
        need(sum(kind[key] for kind in result["kinds"]) == result["total"][key], f"{key} does not add up")
    total, attacks = result["total"], result["attacks"]
    need(len(attacks) == total["counted"] + total["excluded"], "attacks are not as many as counted and excluded")
    need(sum(a["verdict"] == "right" for a in attacks) == total["right"], "verdicts are not the total's")
    need(total["right"] <= min(total["right_name"], total["right_target"]), "right without name or target")
    quiet = result["quiet"]
    need(sum(quiet["alarms"].values()) == sum(quiet["alarms_by_kind"].values()), "quiet alarms do not add up")


def one(result, file):
    found = [a for a in result["attacks"] if a["file"] == file]
    need(len(found) == 1, f"{len(found)} verdicts of {file}")
    return found[0]


def made_truth_is_found(folder):
    """Right, wrong name, wrong target, missed and quiet, each by its label."""
    attack = make(folder, "syn_flood", "--normal", "0.2", "--delay", "4")[0]
    make(folder, "normal")
    flood, quiet = "syn_flood.pcap", "normal.pcap"
    os.symlink(flood, os.path.join(folder, "b.pcap"))
    os.symlink(flood, os.path.join(folder, "c.pcap"))
    os.symlink(flood, os.path.join(folder, "d.pcap"))
    start, end = attack["start"], attack["end"]
    labels = os.path.join(folder, "labels.csv")
    head = ["file", "class", "kind", "target", "start", "end"]
    write_rows(labels, [head, [flood, "mixed", "syn_flood", attack["target"], "+4", "+8"],
                        ["b.pcap", "mixed", "udp_flood", attack["target"], start, end],
                        ["c.pcap", "mixed", "syn_flood", "192.0.2.77", start, end],
                        ["d.pcap", "mixed", "syn_flood", attack["target"], "+0", "+2.9"],
                        [quiet, "benign", "", "", "", ""]])
    result, _ = evaluate(folder, labels)
    check_sums(result)
    wanted = {flood: "right", "b.pcap": "wrong name", "c.pcap": "wrong target", "d.pcap": "missed"}
    for file, verdict in wanted.items():
        got = one(result, file)
        need(got["verdict"] == verdict, f"{file}: {got['verdict']}, not {verdict}")
    right = one(result, flood)
    need(0 < right["delay_s"] <= 1, f"named after {right['delay_s']} s")
    need(right["alarms"] == 1 and right["packets"] > 5000, f"{right['alarms']} alarms, {right['packets']} packets")
    # Before its time, the alarm is beside the attack of d.pcap.
    need([a["file"] for a in result["beside"]] == ["d.pcap"], f"beside: {result['beside']}")
    quiet_part = result["quiet"]
    need(quiet_part["files"] == 1 and quiet_part["without_alarm"] == 1, f"quiet: {quiet_part}")
    need(abs(quiet_part["hours"] * 3600 - 8) < 0.5, f"{quiet_part['hours']} hours")
    hosts = next(m for m in result["models"] if m["rows"] == "hosts")  # flows of one packet have no row
    need(hosts["quiet_rows"] > 0 and hosts["attack_rows"] > 0 and 0 <= hosts["auc"] <= 1, f"AUC {hosts['auc']}")
    need(hosts["roc"][0][:2] == [0, 0] and hosts["roc"][-1][:2] == [1, 1], "the curve does not reach its corners")


def answers_are_the_same_with_every_instruction_set(folder):
    make(folder, "udp_flood", "--normal", "0.2", "--delay", "2")
    labels = os.path.join(folder, "labels.csv")
    write_rows(labels, [["file", "type"], ["udp_flood.pcap", "udp flood"]])
    first, _ = evaluate(folder, labels)
    os.environ["WEIR_ISA"] = "scalar"
    try:
        second, _ = evaluate(folder, labels)
    finally:
        del os.environ["WEIR_ISA"]
    need(first == second, "scalar code judges otherwise")


def laid_over_quiet_traffic_it_is_still_right(folder):
    attack = make(folder, "dns_amplification", "--seed", "7")[0]
    quiet = os.path.join(folder, "quiet.pcap")
    _, errors, code = run([FLOOD, "normal", "-o", quiet, "--rate", "300", "--seconds", "40", "--start", "2030-01-01T00:00:00Z"])
    need(code == 0, errors)
    labels = os.path.join(folder, "labels.csv")
    write_rows(labels, [["file", "kind", "target", "start", "end"], ["dns_amplification.pcap", "dns_amplification", attack["target"], "", ""],
                        ["quiet.pcap", "", "", "", ""]])
    alone, _ = evaluate(folder, labels)
    over, _ = evaluate(folder, labels, "--over", quiet)
    for result in (alone, over):
        check_sums(result)
        got = one(result, "dns_amplification.pcap")
        need(got["verdict"] == "right" and got["alarms"] == 1, f"{got['verdict']}, {got['alarms']} alarms")
        need(got["packets"] == int(attack["packets"]), f"{got['packets']} packets, not {attack['packets']}")
        need(0 < got["delay_s"] <= 1, f"named after {got['delay_s']} s")
        need(not result["beside"], f"beside: {result['beside']}")
    need(over["quiet"] == alone["quiet"], "the quiet file is judged otherwise")


def what_cannot_be_read_is_told_and_the_rest_goes_on(folder):
    make(folder, "ack_flood")
    with open(os.path.join(folder, "text.pcap"), "w", encoding="utf-8") as file:
        file.write("no capture\n")
    labels = os.path.join(folder, "labels.csv")
    write_rows(labels, [["file", "type"], ["gone.pcap", "syn flood"], ["text.pcap", "syn flood"], ["ack_flood.pcap", "ack flood"]])
    result, errors = evaluate(folder, labels, code=1)
    lines = errors.splitlines()
    need(len(lines) == 2, f"not a line each: {errors}")
    need("labels.csv:2: " in lines[0] and "gone.pcap" in lines[0], lines[0])
    need("labels.csv:3: " in lines[1] and "text.pcap" in lines[1], lines[1])
    need(one(result, "ack_flood.pcap")["verdict"] == "right", "the good one is not right")
    need(one(result, "gone.pcap")["verdict"] == "excluded", "a missing file counts")
    need(len(result["failed"]) == 2, f"failed: {result['failed']}")


def wrong_labels_are_refused_with_their_place(folder):
    labels = os.path.join(folder, "labels.csv")
    for row, place in ((["a.pcap", "sin_flood", ""], ":2"), (["a.pcap", "syn_flood", "ten"], ":2"), (["../a.pcap", "syn_flood", ""], ":2:1")):
        write_rows(labels, [["file", "kind", "target"], row])
        _, errors = evaluate(folder, labels, code=1)
        need(errors.startswith(f"weir evaluate: {labels}{place}: ") and errors.count("\n") == 1, errors)


def found_captures_are_seen(_):
    with open(os.path.join(FOUND, "labels.csv"), encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    chosen = {word: next(n for n in names if word in n) for word in [*SEEN, *QUIET]}
    with open(os.path.join(FOUND, "labels.csv"), encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] in chosen.values()]
    with tempfile.TemporaryDirectory() as folder:
        labels = os.path.join(folder, "few.csv")
        write_rows(labels, [list(rows[0]), *[list(row.values()) for row in rows]])
        result, _ = evaluate(FOUND, labels)
    check_sums(result)
    for word, group in SEEN.items():
        got = one(result, chosen[word])
        need(got["verdict"] == "right" and got["attack"] == group, f"{word}: {got['verdict']}, {got['attack']}")
    need(result["quiet"]["files"] == len(QUIET), f"quiet: {result['quiet']}")
    need(result["quiet"]["without_alarm_above_low"] == len(QUIET), f"quiet: {result['beside']}")


def main():
    checks = [made_truth_is_found, answers_are_the_same_with_every_instruction_set,
              laid_over_quiet_traffic_it_is_still_right, what_cannot_be_read_is_told_and_the_rest_goes_on,
              wrong_labels_are_refused_with_their_place]
    if os.path.exists(os.path.join(FOUND, "labels.csv")):
        checks.append(found_captures_are_seen)
    else:
        print(f"SKIPPED: found captures: {FOUND} is absent; they are not part of the project")
    failures = []
    for check in checks:
        with tempfile.TemporaryDirectory(prefix="weir-evaluate-") as folder:
            try:
                check(folder)
            except (Wrong, ValueError, KeyError) as wrong:
                failures.append(f"{check.__name__}: {wrong}")
    return report("evaluate", failures, len(checks) - len(failures))


sys.exit(main())
