"""Models of every kind, trained on one half of what is quiet and judged on the other half and on attacks."""

import csv
import os
import subprocess

KINDS = ["forest", "ocsvm", "knn", "lof", "kitnet"]
TRAIN_SECONDS_MAX = 600
ROWS_PER_FILE = 2000  # so that one long capture does not drown the others
FEATURES_MAX = 64
NOT_FEATURES = ("id", "Flow ID", "Src IP", "Src Port", "Dst IP", "Dst Port", "Timestamp", "Label", "Attempted Category", "Protocol")
REPEATED = ("Bulk", "Subflow", "Segment Size Avg")  # of CICFlowMeter: other columns have the same


def last_line(text):
    found = [line.strip() for line in text.splitlines() if line.strip()]
    return found[-1] if found else "no word of why"


def train(weir, arguments):
    """@return the error, None: it is trained"""
    command = [weir, "train", *arguments]
    try:
        out = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TRAIN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return f"not trained after {TRAIN_SECONDS_MAX} s"
    return None if out.returncode == 0 else last_line(out.stderr)


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
