"""Our training finds what scikit-learn's finds: AUC over five seeds on five data sets."""

import sys
import tempfile
from pathlib import Path

from common import ADBENCH, REFERENCE_AUC, adbench, auc, model_rows, np, score, skip

SEEDS = range(1, 6)


def mean_auc(program, rows, labels, folder):
    results = []
    for seed in SEEDS:
        model = Path(folder) / f"{seed}.weir"
        model_rows(program, "train", model, rows.shape[1], seed, rows=rows)
        results.append(auc(score(program, model, rows)[0], labels))
    return np.mean(results), np.std(results)


def main():
    program = sys.argv[1]
    if not ADBENCH.exists():
        skip("no ../shared/captures/_flows/adbench beside the project")
    bad = 0
    print(f"{'data':16} {'ours':>14} {'reference':>14}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (want, deviation) in REFERENCE_AUC.items():
            got, spread = mean_auc(program, *adbench(name), folder)
            off = abs(got - want) > 3 * deviation
            bad += off
            print(
                f"{name:16} {got:.4f} ± {spread:.4f} {want:.3f} ± {deviation:.3f}",
                "TOO FAR" if off else "",
            )
    sys.exit(1 if bad else 0)


main()
