"""How well models that saw normal rows only find the attacks of captures and flow tables that others labelled.

    anomaly_test.py WEIR

Everything goes through the command line, as anyone would do it: weir analyze --flows, weir train, weir evaluate --rows. All
kinds are shown side by side; what KitNET and an ensemble must reach is FLOOR, which is what they reached when this
was written, less 0.03.
"""

import csv
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from common import ROOT, np, skip

CAPTURES = ROOT / ".." / "shared" / "captures"
WEIR = str(Path(sys.argv[1]).resolve())
SEEDS = (1, 2, 3)
ONE_CLASS = ("forest", "ocsvm", "knn", "lof", "kitnet")
FLOOR = {
    ("modbus", "kitnet"): 0.97,
    ("westermo", "kitnet"): 0.94,
    ("cicids", "kitnet"): 0.89,
    ("modbus", "ensemble"): 0.96,
    ("westermo", "ensemble"): 0.88,
    ("cicids", "ensemble"): 0.90,
}


def weir(*args):
    return subprocess.run([WEIR, *map(str, args)], check=True, capture_output=True, text=True).stdout


def flows_of(capture):
    weir("analyze", "--quiet", capture, "--flows", "flows.csv")
    with open("flows.csv", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    return rows, names[names.index("duration") : names.index("score")]


def labelled_packets(capture, labels):
    """(time, the two ends) of each packet that the labels, a line a packet, call 1."""
    strange = [line.split(";")[1].strip() == "1" for line in labels.read_text().splitlines()]
    data, at = capture.read_bytes(), 24
    for bad in strange:
        seconds, micros, kept, _ = struct.unpack("<IIII", data[at : at + 16])
        frame, at = data[at + 16 : at + 16 + kept], at + 16 + kept
        if not bad or frame[12:14] != b"\x08\x00":
            continue
        ends = frame[14 + (frame[14] & 15) * 4 :]
        ports = struct.unpack(">HH", ends[:4]) if frame[23] in (6, 17) else (0, 0)
        sides = zip((frame[26:30], frame[30:34]), ports)
        yield seconds + micros * 1e-6, frozenset((".".join(map(str, a)), p) for a, p in sides)


def modbus():
    """A control network with one intrusion, labelled packet by packet: trained on what ended before it."""
    capture = CAPTURES / "antoine-lemay__Modbus_dataset/moving_two_files_modbus_6RTU.pcap"
    labels = CAPTURES / "_flows/modbus_packet_labels/moving_two_files_modbus_6RTU_labeled.csv"
    packets = list(labelled_packets(capture, labels))
    bad, first = {ends for _, ends in packets}, min(time for time, _ in packets)
    rows, features = flows_of(capture)

    def strange(row):
        ends = ((row["src"], int(row["sport"])), (row["dst"], int(row["dport"])))
        return frozenset(ends) in bad

    train = [row for row in rows if float(row["last_s"]) < first]
    test = [row for row in rows if float(row["last_s"]) >= first]
    return features, train, test, [strange(row) for row in test]


def westermo():
    """A control network with port scans and password guessing at known times: trained on the first half of quiet flows."""
    rows, features = flows_of(CAPTURES / "_derived/westermo_right_reduced_first_half.pcap")
    with open(CAPTURES / "_flows/westermo/westermo_events.csv", encoding="ascii") as file:
        events = [
            (e["event"], float(e["pcap_epoch_start"]) - 1, float(e["pcap_epoch_end"]) + 1)
            for e in csv.DictReader(file) if e["event"].startswith("BAD")
        ]

    def during(row):
        first = float(row["first_s"])
        return {name for name, start, end in events if start <= first <= end}

    quiet = [row for row in rows if not during(row)]
    attacks = [row for row in rows if during(row) & {"BAD-SSH", "BAD-PORTSCAN1", "BAD-PORTSCAN2"}]
    half = np.median([float(row["first_s"]) for row in quiet])
    train = [row for row in quiet if float(row["first_s"]) < half]
    test = [row for row in quiet if float(row["first_s"]) >= half]
    return features, train, test + attacks, [False] * len(test) + [True] * len(attacks)


def cicids():
    """Flows of the corrected CIC-IDS2017 by CICFlowMeter, the first 64 of its features: half of the benign ones trained on."""
    quiet, attacks = [], []
    for path in sorted((CAPTURES / "_flows/cicids2017_improved").glob("*.csv")):
        with open(path, encoding="utf-8-sig") as file:
            (quiet if path.stem == "BENIGN" else attacks).extend(csv.DictReader(file))
    columns = list(quiet[0])
    columns = columns[columns.index("Flow Duration") :][:64]
    names = ["".join(c if c.isalnum() else "_" for c in name) for name in columns]

    def renamed(row):
        return {name: row[column] for name, column in zip(names, columns)}

    np.random.default_rng(1).shuffle(quiet)
    half = len(quiet) // 2
    test = [renamed(row) for row in quiet[half:] + attacks]
    truth = [False] * (len(quiet) - half) + [True] * len(attacks)
    return names, [renamed(row) for row in quiet[:half]], test, truth


def write(path, features, rows, truth=None):
    with open(path, "w", encoding="ascii", newline="") as file:
        out = csv.writer(file)
        out.writerow(features + ["truth"])
        for i, row in enumerate(rows):
            label = "attack" if truth is not None and truth[i] else "quiet"
            out.writerow([row[name] for name in features] + [label])


def train(kind, seed, features, *options):
    name = f"{kind}.weir"
    weir("train", "--kind", kind, "--features", ",".join(features), "--seed", seed, "-o", name, *options, "train.csv")
    return name


def evaluate(model):
    """(AUC, share of quiet rows that score at least 0.99)"""
    told = json.loads(
        weir("evaluate", "--json", "--rows", "test.csv", "--label", "truth", "--normal", "quiet", "--model", model)
    )
    return told["auc"], dict(told["calibration"])[0.99]


def trials(features):
    """Kind -> a result for each seed. The ensemble is of the other kinds, all alike."""
    results = {}
    for seed in SEEDS:
        members = [train(kind, seed, features) for kind in ONE_CLASS]
        members_said = [word for member in members for word in ("--member", member)]
        for kind, model in zip(ONE_CLASS, members):
            results.setdefault(kind, []).append(evaluate(model))
        model = train("ensemble", seed, features, *members_said)
        results.setdefault("ensemble", []).append(evaluate(model))
    return results


def table(what, rows):
    features, train_rows, test_rows, truth = rows
    write("train.csv", features, train_rows)
    write("test.csv", features, test_rows, truth)
    print(f"{what}: trained on {len(train_rows)} rows, tested on {len(test_rows)}, {sum(truth)} of attacks")
    fine = True
    for kind, results in trials(features).items():
        (mean, quiet), spread = np.mean(results, axis=0), np.std(results, axis=0)[0]
        floor = FLOOR.get((what, kind), 0)
        fine &= mean >= floor
        print(
            f"  {kind:9} AUC {mean:.3f} ± {spread:.3f}; quiet rows that score 0.99 or more: {quiet:.4f}",
            f"BELOW {floor}" if mean < floor else "",
        )
    return fine


def main():
    if not (CAPTURES / "labels.csv").exists():
        skip("no ../shared/captures beside the project")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        fine = [table(made.__name__, made()) for made in (modbus, westermo, cicids)]
        os.chdir("/")
    sys.exit(0 if all(fine) else 1)


main()
