"""The kinds of models give what scikit-learn's give: on the same rows, within the tolerance that stands here.

Detectors: one-class SVM, k-NN distance, local outlier factor on the tables of adbench, each scaled to
mean 0 and deviation 1. Compared are the scores of all rows and of rows between and beyond them, their ranks, and
what they are worth (AUC). Each value is moved by about a hundredth of a deviation first: of neighbours at equal
distances, which tables of whole numbers are full of, each program takes others, and both are right.
Classifiers: k-NN and linear SVM on flows of CIC-IDS 2017, the same split, by macro-F1.
"""

import csv
import sys
import tempfile
from pathlib import Path

from common import ADBENCH, REFERENCE_AUC, adbench, auc, model_rows, np, score, skip

try:
    import sklearn
    from scipy.stats import spearmanr
    from sklearn.metrics import f1_score
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor, NearestNeighbors
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import OneClassSVM, LinearSVC
except ImportError:
    skip("no scikit-learn: apt-get install python3-sklearn")

CIC = ADBENCH.parent / "cicids2017_improved"
ROWS_MAX = 6000  # of a table, evenly spaced: a one-class SVM takes the square of them
NU, K = 0.05, 20
# Score: |ours - theirs| <= SCORE * max(1, |theirs|); of all but one row in 2000, whose K-th neighbour and the next are
# equally far in float32, which is what Weir computes in.
WITHIN = 0.9995
SCORE = {"ocsvm": 1e-5, "knn": 1e-5, "lof": 1e-4}
RANK = 0.9999  # Spearman's, of scores rounded to RANK_DIGITS: beyond a border all are alike
RANK_DIGITS = 5
AUC = 2e-3
F1 = {"knn-class": 2e-3, "linear": 5e-3, "condensed": 0.03}
CLASS_ROWS_MIN = 10


def reference(kind, rows, probe):
    """Higher is stranger."""
    if kind == "ocsvm":
        machine = OneClassSVM(nu=NU, gamma="scale", tol=1e-4).fit(rows)
        return -machine.decision_function(probe) / machine.dual_coef_.sum()
    if kind == "knn":
        return NearestNeighbors(n_neighbors=K).fit(rows).kneighbors(probe)[0][:, -1]
    return -LocalOutlierFactor(n_neighbors=K, novelty=True).fit(rows).score_samples(probe)


OPTIONS = {"ocsvm": [f"nu={NU}"], "knn": [f"k={K}"], "lof": [f"k={K}"]}


def moved(rows):
    scale = np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1)
    return (rows + np.random.default_rng(5).normal(0, 1e-2, rows.shape) * scale).astype(np.float32)


def probes(rows):
    """The rows, rows between them, and beyond."""
    return np.vstack([rows, rows * 0.7 + rows[::-1] * 0.3, rows * 3]).astype(np.float32)


def detector(program, kind, name, folder):
    rows, labels = adbench(name)
    step = max(1, len(rows) // ROWS_MAX)
    rows, labels = moved(rows[::step]), labels[::step]
    scaler = StandardScaler().fit(rows.astype(float))
    model = Path(folder) / f"{kind}.weir"
    model_rows(program, "train", model, rows.shape[1], 1, kind, "rows=0", *OPTIONS[kind], rows=rows)
    probe = probes(rows)
    ours = score(program, model, probe)[0]
    theirs = reference(kind, scaler.transform(rows.astype(float)), scaler.transform(probe.astype(float)))
    off = np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))
    rank = spearmanr(ours.round(RANK_DIGITS), theirs.round(RANK_DIGITS))[0]
    worth = [auc(s[: len(rows)], labels) for s in (ours, theirs)]
    within = (off <= SCORE[kind]).mean()
    fine = within >= WITHIN and rank >= RANK and abs(worth[0] - worth[1]) <= AUC
    print(
        f"{kind:9} {name:16} {len(rows):6} rows: half within {np.median(off):.1e}, worst {off.max():.1e}; "
        f"{within:.3%} within {SCORE[kind]:g}; ranks {rank:.6f}; AUC {worth[0]:.4f}, theirs {worth[1]:.4f}",
        "" if fine else "TOO FAR",
    )
    return fine


def flows():
    """Every class of CIC-IDS 2017 that has enough rows: the first 64 columns that are numbers and vary."""
    rows, labels = [], []
    for path in sorted(CIC.glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as f:
            lines = list(csv.DictReader(f))
        if len(lines) < CLASS_ROWS_MIN:
            continue
        skipped = {"id", "Flow ID", "Src IP", "Dst IP", "Src Port", "Timestamp", "Label", "Attempted Category"}
        rows += [[float(v) for k, v in line.items() if k not in skipped] for line in lines]
        labels += [path.stem] * len(lines)
    rows = np.nan_to_num(np.array(rows), posinf=0, neginf=0).astype(np.float32)
    rows = rows[:, rows.std(axis=0) > 0][:, :64]
    names = sorted(set(labels))
    return rows, np.array([names.index(label) for label in labels]), names


def classified(program, kind, options, split, n_classes, folder):
    train, test, train_class, _ = split
    model = Path(folder) / "class.weir"
    labelled = np.hstack([train, train_class[:, None].astype(np.float32)])
    model_rows(
        program, "train", model, train.shape[1], 1, kind, "rows=0", f"classes={n_classes}", *options, rows=labelled
    )
    return model_rows(program, "classify", model, rows=test).astype(int), model.stat().st_size


def classifiers(program, folder):
    rows, labels, names = flows()
    split = train_test_split(rows, labels, test_size=0.3, random_state=7, stratify=labels)
    train, test, train_class, test_class = split
    scaler = StandardScaler().fit(train.astype(float))
    z, z_test = scaler.transform(train.astype(float)), scaler.transform(test.astype(float))
    print(f"CIC-IDS 2017: {len(train)} rows to train on, {len(test)} to test, {len(names)} classes")
    theirs = {
        "knn-class": KNeighborsClassifier(5).fit(z, train_class).predict(z_test),
        "linear": LinearSVC(dual=False, tol=1e-5, max_iter=20000).fit(z, train_class).predict(z_test),
    }
    theirs["condensed"] = theirs["knn-class"]
    fine = True
    for what, kind, options in [
        ("knn-class", "knn-class", ["k=5", "condense=0"]),
        ("condensed", "knn-class", ["k=5"]),
        ("linear", "linear", []),
    ]:
        found, size = classified(program, kind, options, split, len(names), folder)
        ours, them = (f1_score(test_class, f, average="macro") for f in (found, theirs[what]))
        same = (found == theirs[what]).mean()
        near = abs(ours - them) <= F1[what]
        fine = fine and near
        print(
            f"{what:9} macro-F1 {ours:.4f}, theirs {them:.4f} (within {F1[what]:g}); the same class for {same:.2%}; "
            f"{size} bytes",
            "" if near else "TOO FAR",
        )
    return fine


def main():
    program = sys.argv[1]
    if not ADBENCH.exists() or not CIC.exists():
        skip("no ../shared/captures/_flows beside the project")
    print("scikit-learn", sklearn.__version__)
    with tempfile.TemporaryDirectory() as folder:
        fine = [detector(program, kind, name, folder) for kind in SCORE for name in REFERENCE_AUC]
        fine.append(classifiers(program, folder))
    sys.exit(0 if all(fine) else 1)


main()
