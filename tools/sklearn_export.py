#!/usr/bin/python3
"""Turn a scikit-learn IsolationForest into a Weir model file.

    tools/sklearn_export.py --csv ROWS.csv -o MODEL [--trees N] [--sample N] [--seed N]
    tools/sklearn_export.py --csv ROWS.csv -o MODEL --pickle FOREST.pkl

ROWS.csv has a header with the features' names and one row of numbers a line. Without --pickle a
forest is fitted to the rows; with it a fitted one is read (a pickle runs code: only your own). The
rows calibrate the model in both cases. From Python: export(forest, names, rows, path).

The form of the file is described in include/weir/model.h and src/model/forest.h. What Weir
scores equals minus score_samples() to 1e-6; tests/model holds it to that.
"""

import argparse
import json
import pickle
import struct
import sys

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest

MAGIC = b"WEIRMDL\0"
VERSION, KIND_FOREST = 1, 1
BODY_POINTS, TAIL_SHARE = 1024, 32  # as src/model/calibrate.c


def crc32c(data):
    """Castagnoli, RFC 3720 B.4."""
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
        table.append(i)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def float32_below(x):
    """The largest float32 that is not above x: for a float32 row, v <= x and v <= this agree."""
    y = np.float32(x)
    return np.nextafter(y, np.float32(-np.inf)) if np.float64(y) > x else y


def tree_nodes(tree, features):
    """Level by level, children side by side: link = left << 8 | feature, 0 for a leaf."""
    order, out = [0], []
    for at in order:  # grows while it is walked
        rows = int(tree.n_node_samples[at])
        left, right = tree.children_left[at], tree.children_right[at]
        if left < 0:
            out.append(struct.pack("<fII", 0, 0, rows))
            continue
        link = len(order) << 8 | int(features[tree.feature[at]])
        order += [left, right]
        out.append(struct.pack("<fII", float32_below(tree.threshold[at]), link, rows))
    return out


def calibration(raw):
    """Points (share that scores lower, raw): evenly spaced, and closer toward the top."""
    raw, n = np.sort(raw.astype(np.float32)), len(raw)
    ranks, at = [], 0
    while at + 1 < n:
        ranks.append(at)
        at += max(1, min(n // BODY_POINTS, (n - at) // TAIL_SHARE))
    ranks.append(n - 1)
    points = [(np.float32(r / n), raw[r]) for r in ranks] + [(np.float32(1), np.float32(1))]
    kept = points[:1] + [b for a, b in zip(points, points[1:]) if b[0] > a[0]]
    return b"".join(struct.pack("<ff", *p) for p in kept)


def section(tag, payload):
    return tag + struct.pack("<IQ", 0, len(payload)) + payload + bytes(-len(payload) % 8)


def forest_section(forest):
    trees = [
        tree_nodes(e.tree_, f) for e, f in zip(forest.estimators_, forest.estimators_features_)
    ]
    head = struct.pack("<II", len(trees), int(forest.max_samples_))
    counts = struct.pack(f"<{len(trees)}I", *map(len, trees))
    return head + counts + b"".join(b"".join(t) for t in trees)


def export(forest, names, rows, path):
    """rows: what calibrates, best normal rows that the forest was not fitted to."""
    rows = np.asarray(rows, dtype=np.float32)
    meta = {
        "program": "scikit-learn " + sklearn.__version__,
        "kind": "forest",
        "trees": len(forest.estimators_),
        "sample": int(forest.max_samples_),
        "threshold": None if forest.contamination == "auto" else -float(forest.offset_),
        "rows_calibrated": len(rows),
    }
    body = (
        section(b"NAME", b"".join(n.encode() + b"\0" for n in names))
        + section(b"META", json.dumps(meta, separators=(",", ":")).encode())
        + section(b"CALB", calibration(-forest.score_samples(rows)))
        + section(b"TREE", forest_section(forest))
    )
    head = struct.pack("<8sIIQII", MAGIC, VERSION, KIND_FOREST, 32 + len(body) + 4, len(names), 0)
    with open(path, "wb") as out:
        out.write(head + body + struct.pack("<I", crc32c(head + body)))


def main():
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--csv", required=True, metavar="ROWS.csv")
    ask.add_argument("-o", "--output", required=True, metavar="MODEL")
    ask.add_argument("--pickle", metavar="FOREST.pkl")
    ask.add_argument("--trees", type=int, default=100)
    ask.add_argument("--sample", type=int, default=256)
    ask.add_argument("--seed", type=int, default=1)
    args = ask.parse_args()
    with open(args.csv, encoding="utf-8") as f:
        names = f.readline().strip().split(",")
        rows = np.loadtxt(f, delimiter=",", ndmin=2, dtype=np.float32)
    if rows.shape[1] != len(names):
        sys.exit(f"{args.csv}: {len(names)} names, {rows.shape[1]} columns")
    if args.pickle:
        with open(args.pickle, "rb") as f:
            forest = pickle.load(f)
    else:
        sample = min(args.sample, len(rows))
        forest = IsolationForest(
            n_estimators=args.trees, max_samples=sample, random_state=args.seed
        ).fit(rows)
    export(forest, names, rows, args.output)


if __name__ == "__main__":
    main()
