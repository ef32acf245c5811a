"""What is said of features makes up the score, and is what the method says.

Sums: of every kind, on tables of adbench. Forest: against path attribution written down once more here, from the
trees of scikit-learn. Linear SVM of two classes: it is a sum of its features, so that each feature's part is known:
its weight times its distance from the ordinary row.
"""

import sys
import tempfile
from pathlib import Path

from common import ADBENCH, ROOT, adbench, model_rows, np, skip

try:
    from sklearn.ensemble import IsolationForest
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC
except ImportError:
    skip("no scikit-learn: apt-get install python3-sklearn")

sys.path.insert(0, str(ROOT / "tools"))
import sklearn_export  # noqa: E402

TOLERANCE = 1e-5  # MODEL_ATTRIBUTION_TOLERANCE
ROWS = 500


def attribute(program, model, rows):
    """Scores, scores of the ordinary row, contributions."""
    out = model_rows(program, "attribute", model, rows=rows).reshape(len(rows), -1)
    return out[:, 0].astype(float), out[:, 1].astype(float), out[:, 2:].astype(float)


def report(what, worst, limit):
    print(f"  {what}: worst {worst:.1e}", "" if worst <= limit else "TOO FAR")
    return worst <= limit


def sums(program, kind, name, folder):
    rows, labels = adbench(name)
    model = Path(folder) / "sum.weir"
    more, given = [kind, "rows=1000"], rows
    if kind in ("knn-class", "linear"):
        more.append("classes=2")
        given = np.hstack([rows, labels[:, None].astype(np.float32)])
    model_rows(program, "train", model, rows.shape[1], 1, *more, rows=given)
    probe = np.vstack([rows[:ROWS], rows[:50] * 10])
    score, ordinary, parts = attribute(program, model, probe)
    off = np.abs(parts.sum(axis=1) - (score - ordinary)) / np.maximum(1, np.abs(score))
    moved = np.abs(parts).max()
    return report(f"{kind} on {name}, parts up to {moved:.3g}, sums", off.max() if moved > 0 else 1, TOLERANCE)


def mean_path(n):
    n = np.asarray(n, dtype=float)
    return np.where(n > 2, 2 * (np.log(np.maximum(n, 2) - 1) + np.euler_gamma) - 2 * (n - 1) / n, n >= 2)


def tree_parts(tree, row, parts):
    """Adds to parts what each split does to the mean path below; the mean path of all."""
    n, left, right = tree.n_node_samples, tree.children_left, tree.children_right
    depth = np.zeros(tree.node_count)
    for at in range(tree.node_count):  # children come after their parent
        for child in (left[at], right[at]):
            if child > 0:
                depth[child] = depth[at] + 1
    mean = depth + mean_path(n)
    for at in reversed(range(tree.node_count)):
        if left[at] > 0:
            mean[at] = (n[left[at]] * mean[left[at]] + n[right[at]] * mean[right[at]]) / n[at]
    at = 0
    while left[at] > 0:
        down = left[at] if row[tree.feature[at]] <= tree.threshold[at] else right[at]
        parts[tree.feature[at]] += mean[down] - mean[at]
        at = down
    return mean[0]


def forest_parts(forest, row):
    parts = np.zeros(len(row))
    usual = sum(tree_parts(e.tree_, row, parts) for e in forest.estimators_)
    scale = 1 / (len(forest.estimators_) * mean_path(forest.max_samples_))
    ordinary, score = 2 ** (-usual * scale), 2 ** (-(usual + parts.sum()) * scale)
    return -parts * scale * np.log(2) * (score - ordinary) / np.log(score / ordinary)


def by_path(program, name, folder):
    rows = adbench(name)[0]
    forest = IsolationForest(n_estimators=50, random_state=4).fit(rows)
    model = Path(folder) / "path.weir"
    sklearn_export.export(forest, [f"f{i}" for i in range(rows.shape[1])], rows, model)
    ours = attribute(program, model, rows[:40])[2]
    theirs = np.array([forest_parts(forest, row) for row in rows[:40]])
    return report(f"forest on {name}, by path", np.abs(ours - theirs).max(), 1e-6)


def by_weight(program, name, folder):
    rows, labels = adbench(name)
    model = Path(folder) / "weight.weir"
    labelled = np.hstack([rows, labels[:, None].astype(np.float32)])
    model_rows(program, "train", model, rows.shape[1], 1, "linear", "rows=0", "classes=2", rows=labelled)
    scaler = StandardScaler().fit(rows.astype(float))
    machine = LinearSVC(dual=False, tol=1e-7, max_iter=50000).fit(scaler.transform(rows.astype(float)), labels)
    away = scaler.transform(rows[:ROWS].astype(float)) - scaler.transform([np.median(rows, axis=0).astype(float)])
    theirs = 2 * machine.coef_[0] * away  # one class against the other, and the other way round
    off = np.abs(attribute(program, model, rows[:ROWS])[2] - theirs).max() / np.abs(theirs).max()
    return report(f"linear on {name}, by weight, of the largest part", off, 1e-4)


def main():
    program = sys.argv[1]
    if not ADBENCH.exists():
        skip("no ../shared/captures/_flows/adbench beside the project")
    kinds = ("forest", "ocsvm", "knn", "lof", "kitnet", "knn-class", "linear")
    with tempfile.TemporaryDirectory() as folder:
        fine = [sums(program, k, name, folder) for k in kinds for name in ("38_thyroid", "18_Ionosphere")]
        fine += [by_path(program, name, folder) for name in ("38_thyroid", "4_breastw")]
        fine += [by_weight(program, name, folder) for name in ("38_thyroid", "4_breastw")]
    sys.exit(0 if all(fine) else 1)


main()
