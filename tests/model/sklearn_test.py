"""A forest of scikit-learn, exported, scores the same rows the same to 1e-6."""

import sys
import tempfile
from pathlib import Path

from common import REFERENCE_AUC, ROOT, adbench, np, score, skip

try:
    import sklearn
    from sklearn.ensemble import IsolationForest
except ImportError:
    skip("no scikit-learn: apt-get install python3-sklearn")

sys.path.insert(0, str(ROOT / "tools"))
import sklearn_export  # noqa: E402

TOLERANCE = 1e-6


def random_cases():
    rng = np.random.default_rng(20)
    for n, width, options in [
        (5000, 36, {}),
        (1000, 1, {}),
        (300, 64, {"n_estimators": 7}),
        (2000, 5, {"max_samples": 2}),
        (3000, 8, {"max_samples": 1000, "n_estimators": 33}),
        (2000, 6, {"bootstrap": True}),
        (2000, 10, {"max_features": 4}),
        (1000, 4, {"contamination": 0.1}),
    ]:
        yield f"random {n} x {width} {options}", rng.lognormal(0, 3, (n, width)), options
    # Few distinct values: rows that lie on thresholds, and leaves of many rows.
    yield "grid", rng.integers(0, 3, (2000, 4)).astype(float), {}
    yield "huge and tiny", rng.normal(0, 1, (1000, 3)) * [1e30, 1e-30, 1], {}


def adbench_cases():
    for name in REFERENCE_AUC:
        data = adbench(name)
        if data is None:
            print(f"  {name}: not compared, ../shared/captures is not beside the project")
        else:
            yield name, data[0], {}


def compare(program, what, rows, options, folder):
    rows = rows.astype(np.float32)
    forest = IsolationForest(**{"n_estimators": 100, "random_state": 3, **options}).fit(rows)
    model = Path(folder) / "forest.weir"
    sklearn_export.export(forest, [f"f{i}" for i in range(rows.shape[1])], rows, model)

    # Beside the rows themselves: rows on the thresholds and beyond all of them.
    edges = np.vstack([rows, rows * 2, rows[::-1] - rows, np.nextafter(rows, np.float32(9))])
    raw, share = score(program, model, edges)
    worst = np.abs(raw + forest.score_samples(edges)).max()
    fine = worst <= TOLERANCE and share.min() >= 0 and share.max() <= 1
    print(f"  {what}: {len(edges)} rows, worst difference {worst:.2e}", "" if fine else "TOO FAR")
    return fine


def main():
    program = sys.argv[1]
    print("scikit-learn", sklearn.__version__)
    with tempfile.TemporaryDirectory() as folder:
        fine = [
            compare(program, *case, folder)
            for cases in (random_cases(), adbench_cases())
            for case in cases
        ]
    sys.exit(0 if all(fine) else 1)


main()
