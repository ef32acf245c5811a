"""Models of every kind, trained on one half of what is quiet and judged on the other half and on attacks."""

import csv
import json
import os
import subprocess

KINDS = ["forest", "ocsvm", "knn", "lof", "kitnet", "hbos"]
TRAIN_SECONDS_MAX = 600
ROWS_PER_FILE = 2000  # so that one long capture does not drown the others
FEATURES_MAX = 64
NOT_FEATURES = ("id", "Flow ID", "Src IP", "Src Port", "Dst IP", "Dst Port", "Timestamp", "Label", "Attempted Category", "Protocol")
REPEATED = ("Bulk", "Subflow", "Segment Size Avg")  # of CICFlowMeter: other columns have the same


def last_line(text):
    found = [line.strip() for line in text.splitlines() if line.strip()]
    return found[-1] if found else "no word of why"


def train(weir, arguments):
    """@return (the error, None: it is trained; what its report says of calibration)"""
    command = [weir, "train", "--json", *arguments]
    try:
        out = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TRAIN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return f"not trained after {TRAIN_SECONDS_MAX} s", []
    if out.returncode != 0:
        return last_line(out.stderr), []
    return None, json.loads(out.stdout)["meta"]["calibration_check"]


def shipped_check(weir, file):
    """The same, of a model that was made before; one that was made before there was any says nothing."""
    out = subprocess.run([weir, "model", "info", "--json", file], capture_output=True, text=True, check=False)
    return json.loads(out.stdout)["meta"].get("calibration_check", []) if out.returncode == 0 else []


def halves(labels, folder):
    """Quiet captures that can be read, every second one for training: (to train on, file of labels that leaves them out)."""
    with open(labels[0], encoding="utf-8", newline="") as file:
        rows = [row["file"] for row in csv.DictReader(file) if row.get("class") == "benign"]
    chosen = rows[::2]
    left_out = os.path.join(folder, "trained-on.csv")
    with open(left_out, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["file", "class"], *[[name, "parser"] for name in chosen]])
    return chosen, left_out


def readable(weir, folder, names):
    """Of these captures, those of a link type that is decoded."""
    out = []
    for name in names:
        path = os.path.join(folder, name)
        done = subprocess.run([weir, "analyze", "--json", "--quiet", path], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            out.append(path)
    return out


def columns_of(header, rows):
    """Numbers that are not all the same, at most FEATURES_MAX."""
    out = []
    for name in header:
        if name in NOT_FEATURES or any(word in name for word in REPEATED):
            continue
        if len({row[name] for row in rows}) > 1:
            out.append(name)
    return out[:FEATURES_MAX]


def model_name(column):
    """A feature's name has no spaces."""
    return "".join(c if c.isalnum() else "_" for c in column)[:31]


def cic_tables(source, folder):
    """Half of the quiet flows to train on; the other half and all attacks to judge. @return (train, judge, features)"""
    def read(name):
        with open(os.path.join(source, name), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    quiet = read("BENIGN.csv")
    features = columns_of(list(quiet[0]), quiet)
    attacks = [row for name in sorted(os.listdir(source)) if name.endswith(".csv") and name != "BENIGN.csv" for row in read(name)]
    files = []
    for name, rows in (("train", quiet[::2]), ("judge", quiet[1::2] + attacks)):
        files.append(os.path.join(folder, name + ".csv"))
        with open(files[-1], "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow([*map(model_name, features), "Label"])
            out.writerows([row[f] for f in features] + ["BENIGN" if row["Label"] == "BENIGN" else "ATTACK"] for row in rows)
    return files[0], files[1], [model_name(f) for f in features]


def scored(weir, file, sorts, folder):
    """What the shipped models say of each packet or row of a file, beside what it is: a table for weir evaluate --rows."""
    scores, joined = os.path.join(folder, "scores.csv"), os.path.join(folder, "joined.csv")
    out = subprocess.run([weir, "analyze", "--quiet", "--scores", scores, file], capture_output=True, text=True, check=False)
    if out.returncode != 0:
        raise ValueError(last_line(out.stderr))
    with open(scores, encoding="utf-8", newline="") as file_in, open(joined, "w", encoding="utf-8", newline="") as file_out:
        rows = csv.DictReader(file_in)
        table = csv.writer(file_out, lineterminator="\n")
        table.writerow(["flow_score", "host_score", "sort"])
        for row in rows:
            table.writerow([row["flow_score"], row["host_score"], sorts[int(row["packet"]) - 1]])
    return joined


def packet_labels(source, captures):
    """[(capture, [a sort for each packet])] of files NAME_labeled.csv with `number;sort` lines, where NAME's capture is known."""
    out = []
    for name in sorted(os.listdir(source)):
        stem = name.removesuffix("_labeled.csv")
        capture = next((c for c in captures if os.path.splitext(os.path.basename(c))[0] == stem), None)
        if stem == name or capture is None:
            continue
        with open(os.path.join(source, name), encoding="utf-8") as file:
            out.append((capture, ["normal" if line.strip().split(";")[-1] == "0" else "attack" for line in file if line.strip()]))
    return out


def cic_rows(source, folder):
    """All of CICFlowMeter's rows in one file, and what each is."""
    path, sorts = os.path.join(folder, "flows.csv"), []
    with open(path, "w", encoding="utf-8", newline="") as file_out:
        for name in sorted(f for f in os.listdir(source) if f.endswith(".csv")):
            with open(os.path.join(source, name), encoding="utf-8") as file_in:
                lines = [line for line in file_in if line.strip()]
            file_out.writelines(lines if not sorts else lines[1:])
            sorts += ["normal" if name == "BENIGN.csv" else "attack"] * (len(lines) - 1)
    return path, sorts
