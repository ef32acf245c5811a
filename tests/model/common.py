"""What the model tests share: the C library behind a pipe, the data, and a visible skip."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADBENCH = ROOT / ".." / "shared" / "captures" / "_flows" / "adbench"

# AUC of scikit-learn 1.2.1 (100 trees, 256 samples, mean and deviation over 5 seeds).
REFERENCE_AUC = {
    "34_smtp": (0.904, 0.004),
    "38_thyroid": (0.978, 0.002),
    "23_mammography": (0.859, 0.004),
    "4_breastw": (0.988, 0.001),
    "18_Ionosphere": (0.844, 0.006),
}


def skip(why):
    print("SKIP:", why)
    sys.exit(77)


try:
    import numpy as np
except ImportError:
    skip("no numpy: apt-get install python3-numpy")


def adbench(name):
    """(rows as float32, labels), or None where the captures are not beside the project."""
    path = ADBENCH / (name + ".npz")
    if not path.exists():
        return None
    with np.load(path) as data:
        return data["X"].astype(np.float32), data["y"].astype(int)


def model_rows(program, *args, rows):
    run = subprocess.run(
        [program, *map(str, args)], input=np.ascontiguousarray(rows, dtype="<f4").tobytes(),
        stdout=subprocess.PIPE, check=False, env={**os.environ, "LC_ALL": "C"},
    )
    if run.returncode == 77:
        skip("this machine has no " + os.environ.get("WEIR_ISA", ""))
    run.check_returncode()
    return np.frombuffer(run.stdout, dtype="<f4")


def score(program, model, rows):
    """Raw and calibrated scores."""
    return model_rows(program, "score", model, rows=rows).reshape(-1, 2).T


def auc(scores, labels):
    """Share of (strange, normal) pairs that are in order, ties counted half: Mann-Whitney's U."""
    values, at, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    strange = labels == 1
    n, m = strange.sum(), (~strange).sum()
    return (ranks[strange].sum() - n * (n + 1) / 2) / (n * m)
