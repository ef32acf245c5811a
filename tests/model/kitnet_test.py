"""Our KitNET does what the paper says (Mirsky et al.: Kitsune, NDSS 2018).

The algorithm is written here once more, in numpy and double precision, from the paper. Both see the same made stream
and draw the same first weights. They must find the same groups, and the same RMSE for each row: while learning
within LEARN_TOLERANCE, and of the frozen model, which is float32, within SCORE_TOLERANCE of the larger of 1 and the score.
"""

import os
import subprocess
import sys

from common import np, skip

LEARN_TOLERANCE = 1e-9
SCORE_TOLERANCE = 1e-5
REACH = 1000.0  # so far beyond the stream that the bound, which the paper has not, plays no part
MASK = 2**64 - 1


class Xoshiro:
    """xoshiro256** seeded by splitmix64, as src/model/random.h cites them."""

    def __init__(self, seed, stream):
        state = seed ^ self.splitmix(stream)[1]
        self.s = []
        for _ in range(4):
            state, value = self.splitmix(state)
            self.s.append(value)

    @staticmethod
    def splitmix(state):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return state, z ^ (z >> 31)

    def unit(self):
        def rotate(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        result = (rotate((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return (result >> 11) * 2.0**-53


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Autoencoder:
    def __init__(self, n, seed, stream):
        r = Xoshiro(seed, stream)
        hidden = int(np.ceil(0.75 * n))
        self.w = np.array([[(2 * r.unit() - 1) / n for _ in range(n)] for _ in range(hidden)])
        self.b, self.c = np.zeros(hidden), np.zeros(n)
        self.low, self.high = np.full(n, np.inf), np.full(n, -np.inf)

    def scaled(self, x):
        wide = self.high > self.low
        return np.where(wide, (x - self.low) / np.where(wide, self.high - self.low, 1), 0)

    def score(self, x):
        h = sigmoid(self.w @ x + self.b)
        return np.sqrt(np.mean((x - sigmoid(self.w.T @ h + self.c)) ** 2))

    def learn(self, raw, rate=0.1):
        self.low, self.high = np.minimum(self.low, raw), np.maximum(self.high, raw)
        x = self.scaled(raw)
        h = sigmoid(self.w @ x + self.b)
        error = x - sigmoid(self.w.T @ h + self.c)
        back = (self.w @ error) * h * (1 - h)
        self.w = self.w + rate * (np.outer(back, x) + np.outer(h, error))
        self.b, self.c = self.b + rate * back, self.c + rate * error
        return np.sqrt(np.mean(error**2))


def correlation_distance(rows):
    """Incremental, as the paper has it: residuals against the mean so far."""
    n = rows.shape[1]
    total, squares, products = np.zeros(n), np.zeros(n), np.zeros((n, n))
    for count, row in enumerate(rows, 1):
        total += row
        residual = row - total / count
        squares += residual**2
        products += np.outer(residual, residual)
    scale = np.outer(np.sqrt(squares), np.sqrt(squares))
    return np.where(scale > 0, np.maximum(1 - products / np.where(scale > 0, scale, 1), 0), 1)


def groups_of(distance, m):
    """The two closest points' clusters are joined till one is left; then cut from the root."""
    n = len(distance)
    tree = {i: i for i in range(n)}  # point -> its cluster: a point, or (left, right)

    def points(cluster):
        return [cluster] if isinstance(cluster, int) else points(cluster[0]) + points(cluster[1])

    for _, i, j in sorted((distance[i, j], i, j) for i in range(n) for j in range(i + 1, n)):
        if tree[i] is not tree[j] and tree[i] != tree[j]:
            both = (tree[i], tree[j])
            tree.update({p: both for p in points(both)})

    def cut(cluster):
        if isinstance(cluster, int) or len(points(cluster)) <= m:
            return [sorted(points(cluster))]
        return cut(cluster[0]) + cut(cluster[1])

    return sorted(cut(tree[0]))


def by_scipy(distance, m):
    """The same tree by scipy's single linkage, where it is there. @return groups, or None"""
    try:
        from scipy.cluster.hierarchy import linkage, to_tree
        from scipy.spatial.distance import squareform
    except ImportError:
        return None
    if len(distance) == 1:
        return [[0]]
    symmetric = (distance + distance.T) / 2
    np.fill_diagonal(symmetric, 0)
    root = to_tree(linkage(squareform(symmetric, checks=False), "single"))

    def cut(node):
        if node.count <= m:
            return [sorted(node.pre_order())]
        return cut(node.left) + cut(node.right)

    return sorted(cut(root))


def reference(rows, map_rows, learn_rows, m, seed):
    rows = rows.astype(float)
    distance = correlation_distance(rows[:map_rows])
    groups = groups_of(distance, m)
    other = by_scipy(distance, m)
    if other is None:
        print("  scipy is not here: its linkage is not compared")
    elif other != groups:
        sys.exit(f"this reference and scipy disagree: {groups}, {other}")
    nets = [Autoencoder(len(g), seed, i) for i, g in enumerate(groups)]
    output = Autoencoder(len(groups), seed, len(groups))
    rmse = []
    for row in rows[map_rows : map_rows + learn_rows]:
        rmse.append(output.learn(np.array([a.learn(row[g]) for a, g in zip(nets, groups)])))
    for row in rows[map_rows + learn_rows :]:
        errors = np.array([a.score(a.scaled(row[g])) for a, g in zip(nets, groups)])
        rmse.append(output.score(output.scaled(errors)))
    of = np.zeros(rows.shape[1])
    for number, group in enumerate(groups):
        of[group] = number
    return of, np.array(rmse)


def stream(width, n, seed, odd):
    """Families of features that go together, of very unlike sizes; the last `odd` rows are strange."""
    rng = np.random.default_rng(seed)
    families = max(1, width // 4)
    hidden = np.cumsum(rng.normal(0, 0.1, (n, families)), axis=0) + rng.normal(0, 1, (n, families))
    mix = np.array([rng.uniform(0.5, 2) for _ in range(width)])
    noise = rng.normal(0, 0.3, (n, width))
    rows = hidden[:, np.arange(width) % families] * mix + noise
    rows[n - odd :] += rng.normal(0, 6, (odd, width))
    return (rows * 10.0 ** rng.integers(-3, 6, width)).astype(np.float32)


def ours(program, rows, map_rows, learn_rows, m, seed):
    run = subprocess.run(
        [program, *map(str, (rows.shape[1], map_rows, learn_rows, m, REACH, seed))],
        input=rows.astype("<f4").tobytes(), stdout=subprocess.PIPE, check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    if run.returncode == 77:
        skip("this machine has no " + os.environ.get("WEIR_ISA", ""))
    run.check_returncode()
    numbers = np.frombuffer(run.stdout, dtype="<f8")
    return numbers[: rows.shape[1]], numbers[rows.shape[1] :]


def compare(program, width, map_rows, learn_rows, m, seed):
    rows = stream(width, map_rows + learn_rows + 600, seed, 100)
    groups, rmse = ours(program, rows, map_rows, learn_rows, m, seed)
    want_groups, want = reference(rows, map_rows, learn_rows, m, seed)
    same = np.array_equal(groups, want_groups)
    learning = np.abs(rmse[:learn_rows] - want[:learn_rows]).max()
    frozen, want_frozen = rmse[learn_rows:], want[learn_rows:]
    scoring = (np.abs(frozen - want_frozen) / np.maximum(1, want_frozen)).max()
    fine = same and learning <= LEARN_TOLERANCE and scoring <= SCORE_TOLERANCE
    print(
        f"  {width} features, m {m}: {int(want_groups.max()) + 1} groups,",
        "the same;" if same else "OTHERS;",
        f"RMSE {want[0]:.4f} -> {want[learn_rows - 500:learn_rows].mean():.4f}, apart {learning:.1e};",
        f"frozen {want_frozen[:500].mean():.4f}, strange {want_frozen[500:].mean():.4f},",
        f"apart {scoring:.1e}", "" if fine else "TOO FAR",
    )
    return fine


def main():
    program = sys.argv[1]
    fine = [
        compare(program, *case)
        for case in (
            (24, 500, 4000, 10, 1),
            (36, 1000, 4000, 10, 2),
            (100, 300, 1000, 10, 3),
            (24, 500, 1500, 1, 4),
            (16, 200, 1500, 16, 5),
            (1, 100, 1000, 10, 6),
        )
    ]
    sys.exit(0 if all(fine) else 1)


main()
