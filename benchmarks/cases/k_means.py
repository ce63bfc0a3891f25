"""K-means on a float32 memory map; contenders return centers, and the value is the inertia.

Rounds differ on purpose: the bar is the time to an inertia no higher than that of faiss after ten
rounds over all rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.case import OURS, Case, Inputs, Order, Size, Work
from harness.inputs import mixture

ROUNDS = 10


def make_input(order: Order) -> Inputs:
    return {"x": mixture(order.seed, order.size["n"], order.size["d"])}


def evaluate(inputs: Inputs, size: Size, answer: NDArray[Any]) -> float:
    """Inertia around centers, or around picked rows."""
    x, total = inputs["x"], 0.0
    wide = (x[answer] if answer.ndim == 1 else answer).astype(np.float64)
    for start in range(0, len(x), 4096):
        block = x[start : start + 4096].astype(np.float64)
        gaps = (block**2).sum(1)[:, None] - 2 * block @ wide.T + (wide**2).sum(1)
        total += float(np.maximum(gaps.min(axis=1), 0).sum())
    return total


def cribble_rounds(rounds: int, warm_up: int) -> Any:
    def run(inputs: Inputs, size: Size) -> NDArray[np.float32]:
        from cribble.kernels.kmeans import k_means

        return k_means(inputs["x"], size["k"], iterations=rounds, warm_up=warm_up).centers

    return run


def faiss(inputs: Inputs, size: Size) -> NDArray[np.float32]:
    import faiss as library

    x = np.asarray(inputs["x"])
    kmeans = library.Kmeans(
        x.shape[1], size["k"], niter=ROUNDS, max_points_per_centroid=len(x), seed=1
    )
    kmeans.train(x)
    return kmeans.centroids


def sklearn_mini_batch(inputs: Inputs, size: Size) -> NDArray[np.float32]:
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(size["k"], batch_size=10_240, n_init=1, random_state=0)
    return model.fit(np.asarray(inputs["x"])).cluster_centers_


def ours_seeds(exact: bool) -> Any:
    def run(inputs: Inputs, size: Size) -> NDArray[np.int64]:
        from cribble.kernels.seeding import seed_centers

        return seed_centers(inputs["x"], size["k"], exact=exact)

    return run


def plain_seeds(inputs: Inputs, size: Size) -> list[int]:
    x, random = np.asarray(inputs["x"]), np.random.default_rng(0)
    squares, picks = np.einsum("ij,ij->i", x, x), [int(random.integers(len(x)))]
    gaps = np.full(len(x), np.inf, dtype=np.float32)
    while len(picks) < size["k"]:
        last = picks[-1]
        np.minimum(gaps, squares - 2 * (x @ x[last]) + squares[last], out=gaps)
        table = np.cumsum(np.maximum(gaps, 0), dtype=np.float64)
        picks.append(int(np.searchsorted(table, random.random() * table[-1], side="right")))
    return picks


def sklearn_seeds(inputs: Inputs, size: Size) -> NDArray[np.int64]:
    from sklearn.cluster import kmeans_plusplus

    x = np.asarray(inputs["x"])
    return kmeans_plusplus(x, size["k"], n_local_trials=1, random_state=0)[1]


CASES = (
    Case(
        name="k_means_1m",
        summary="inertia of k-means, 1M x 128 memmap, k = 1,000",
        size={"n": 1_000_000, "d": 128, "k": 1_000},
        tiny={"n": 2_000, "d": 128, "k": 10},
        make_input=make_input,
        floor=lambda inputs, size: Work(flop=2.0 * ROUNDS * size["n"] * size["d"] * size["k"]),
        contenders={
            OURS: cribble_rounds(3, 20),
            "cribble (no warm-up)": cribble_rounds(ROUNDS, 0),
            "faiss-cpu (all rows)": faiss,
            "scikit-learn (mini-batch)": sklearn_mini_batch,
        },
        evaluate=evaluate,
        larger_is_better=False,
        mapped=True,
    ),
    Case(
        name="k_means_seeding_1m",
        summary="inertia of k-means++ seeds, 1M x 128 memmap, k = 1,000",
        size={"n": 1_000_000, "d": 128, "k": 1_000},
        tiny={"n": 2_000, "d": 128, "k": 10},
        make_input=make_input,
        floor=lambda inputs, size: Work(bytes=4.0 * size["n"] * size["d"]),
        contenders={
            OURS: ours_seeds(False),
            "cribble (exact)": ours_seeds(True),
            "plain NumPy (exact)": plain_seeds,
            "scikit-learn (one trial)": sklearn_seeds,
        },
        evaluate=evaluate,
        larger_is_better=False,
        mapped=True,
    ),
)
