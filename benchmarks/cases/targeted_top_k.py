"""Round robin over queries: each in turn takes its nearest row, by cosine, that none has taken.

The pool is a float16 memory map of rows of about unit length; float16 rounds them, so everyone
scales them again. The value is the mean, over picks, of the cosine to the nearest query.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture, to_unit_rows


def make_input(order: Order) -> Inputs:
    n, d, q = (order.size[name] for name in ("n", "d", "q"))
    rows = to_unit_rows(mixture(order.seed, n + q, d, dtype="float16"))
    return {"x": rows[q:], "queries": rows[:q].astype(np.float32)}


def cribble(inputs: Inputs, size: Size) -> Picks:
    from cribble.core import Budget, Pool
    from cribble.selectors.catalogue import make

    pool = Pool.from_array(inputs["x"], targets=(Pool.from_array(inputs["queries"]),))
    return make("rds-plus").select(pool, Budget(rows=size["k"])).indices


def depth(size: Size) -> int:
    """Rows to rank a query: its even share, and room for rows that others take first."""
    return min(size["n"], 32 + 4 * -(-size["k"] // size["q"]))


def round_robin(ranked: NDArray[np.int64], k: int) -> list[int]:
    taken: set[int] = set()
    picks: list[int] = []
    places = [iter(row) for row in ranked.tolist()]
    while len(picks) < k:
        for place in places:
            row = next((row for row in place if row not in taken), None)
            if row is None:
                raise RuntimeError("a query ran dry: rank more rows")
            taken.add(row)
            picks.append(row)
            if len(picks) == k:
                break
    return picks


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    wide = np.array(rows, dtype=np.float32)
    wide /= np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
    return wide


def faiss(inputs: Inputs, size: Size) -> list[int]:
    import faiss as library

    index = library.IndexFlatIP(inputs["x"].shape[1])
    index.add(unit(inputs["x"]))
    _, ranked = index.search(np.asarray(inputs["queries"]), depth(size))
    return round_robin(ranked, size["k"])


def sklearn(inputs: Inputs, size: Size) -> list[int]:
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=depth(size), algorithm="brute", metric="sqeuclidean")
    search.fit(unit(inputs["x"]))
    ranked = search.kneighbors(np.asarray(inputs["queries"]), return_distance=False)
    return round_robin(ranked, size["k"])


def plain_numpy(inputs: Inputs, size: Size) -> list[int]:
    queries, keep = np.asarray(inputs["queries"]), depth(size)
    best = np.full((len(queries), keep), -np.inf, dtype=np.float32)
    rows = np.zeros((len(queries), keep), dtype=np.int64)
    for start in range(0, len(inputs["x"]), 8192):
        block = unit(inputs["x"][start : start + 8192])
        near = queries @ block.T
        for query in np.nonzero((near > best.min(axis=1)[:, None]).any(axis=1))[0]:
            found = np.nonzero(near[query] > best[query].min())[0]
            scores = np.concatenate([best[query], near[query, found]])
            order = np.argsort(-scores, kind="stable")[:keep]
            rows[query] = np.concatenate([rows[query], start + found])[order]
            best[query] = scores[order]
    return round_robin(rows, size["k"])


def evaluate(inputs: Inputs, size: Size, picks: Picks) -> float:
    chosen = inputs["x"][picks].astype(np.float64)
    chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
    return float((chosen @ inputs["queries"].T.astype(np.float64)).max(axis=1).mean())


def floor(inputs: Inputs, size: Size) -> Work:
    return Work(flop=2.0 * size["n"] * size["d"] * size["q"], bytes=2.0 * size["n"] * size["d"])


CASES: tuple[Case, ...] = (
    Case(
        name="targeted_top_k",
        summary="mean cosine to the nearest of 1,000 queries, 1M x 384 float16 memmap, k = 10,000",
        size={"n": 1_000_000, "d": 384, "q": 1_000, "k": 10_000},
        tiny={"n": 2_000, "d": 384, "q": 10, "k": 20},
        make_input=make_input,
        floor=floor,
        contenders={
            OURS: cribble,
            "faiss-cpu (flat)": faiss,
            "scikit-learn (brute)": sklearn,
            "plain NumPy": plain_numpy,
        },
        evaluate=evaluate,
        mapped=True,
    ),
)
