"""Set functions that need no nearest pick, and a draw by volume, each on 5,000 rows.

Peers that know a form of ours are handed the rows; the others are handed the matrix, and what it
costs to make counts, as it does for ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.case import OURS, Case, Contender, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture

LAM = 0.4
ALPHA = 0.1


def make_rows(order: Order) -> Inputs:
    return {"x": mixture(order.seed, order.size["n"], order.size["d"])}


def make_amounts(order: Order) -> Inputs:
    x = np.maximum(mixture(order.seed, order.size["n"], order.size["d"]), 0)
    # submodlib scales every feature to [0, 1]; so scaled, all contenders see the same ones.
    x -= x.min(axis=0)
    return {"x": x / x.max(axis=0)}


def cosines(inputs: Inputs, dtype: type = np.float32) -> NDArray[Any]:
    x = inputs["x"].astype(dtype)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x @ x.T


def shifted(inputs: Inputs, dtype: type = np.float32) -> NDArray[Any]:
    return (1 + cosines(inputs, dtype)) / 2


def clipped(inputs: Inputs, dtype: type = np.float32) -> NDArray[Any]:
    return np.maximum(cosines(inputs, dtype), 0)


def ours(name: str, **parameters: float) -> Contender:
    def run(inputs: Inputs, size: Size) -> Picks:
        from cribble.core import Budget, Pool
        from cribble.selectors.catalogue import make

        pool = Pool.from_array(inputs["x"])
        return make(name, **parameters).select(pool, Budget(rows=size["k"])).indices

    return run


def _submodlib_picks(objective: Any, size: Size) -> list[int]:
    found = objective.maximize(
        size["k"], optimizer="LazyGreedy", stopIfZeroGain=False, show_progress=False
    )
    return [row for row, _ in found]


def log_det_submodlib(inputs: Inputs, size: Size) -> list[int]:
    from submodlib import LogDeterminantFunction

    objective = LogDeterminantFunction(
        n=len(inputs["x"]), mode="dense", lambdaVal=0, sijs=cosines(inputs)
    )
    return _submodlib_picks(objective, size)


def log_det_plain(inputs: Inputs, size: Size) -> list[int]:
    """The published algorithm, on the kernel."""
    kernel = cosines(inputs, np.float64)
    left, columns = kernel.diagonal().copy(), np.zeros((size["k"], len(kernel)))
    picks: list[int] = []
    for t in range(size["k"]):
        row = int(np.argmax(left))
        picks.append(row)
        columns[t] = (kernel[row] - columns[:t, row] @ columns[:t]) / np.sqrt(left[row])
        left = left - columns[t] ** 2
        left[row] = -np.inf
    return picks


def k_dpp_dppy(inputs: Inputs, size: Size) -> list[int]:
    from dppy.finite_dpps import FiniteDPP

    process = FiniteDPP("likelihood", L=cosines(inputs, np.float64))
    return [int(row) for row in process.sample_exact_k_dpp(size["k"], random_state=0)]


def k_dpp_plain(inputs: Inputs, size: Size) -> list[int]:
    """The published algorithm on the dual, with a pass over all rows a draw."""
    x = inputs["x"].astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    values, axes = np.linalg.eigh(x.T @ x)
    k, random = size["k"], np.random.default_rng(0)
    table = np.zeros((k + 1, len(values) + 1))
    table[0] = 1.0
    values_scaled = values / values.mean()
    for b, value in enumerate(values_scaled):
        table[1:, b + 1] = table[1:, b] + value * table[:-1, b]
    some, left = [], k
    for b in range(len(values), 0, -1):
        if (
            left
            and random.random() < values_scaled[b - 1] * table[left - 1, b - 1] / table[left, b]
        ):
            some.append(b - 1)
            left -= 1
    rows = x @ (axes[:, some] / np.sqrt(values[some]))
    rest, columns = (rows**2).sum(axis=1), np.zeros((k, len(x)))
    picks: list[int] = []
    for t in range(k):
        row = int(random.choice(len(x), p=rest / rest.sum()))
        picks.append(row)
        columns[t] = (rows @ rows[row] - columns[:t, row] @ columns[:t]) / np.sqrt(rest[row])
        rest = np.maximum(rest - columns[t] ** 2, 0.0)
    return picks


def log_det_value(inputs: Inputs, size: Size, picks: Picks) -> float:
    some = cosines({"x": inputs["x"][picks]}, np.float64)
    return float(np.linalg.slogdet(some)[1])


def graph_cut_submodlib(inputs: Inputs, size: Size) -> list[int]:
    from submodlib import GraphCutFunction

    objective = GraphCutFunction(
        n=len(inputs["x"]),
        mode="dense",
        lambdaVal=LAM,
        separate_rep=False,
        ggsijs=shifted(inputs),
    )
    return _submodlib_picks(objective, size)


def graph_cut_apricot(inputs: Inputs, size: Size) -> Picks:
    from apricot import GraphCutSelection

    # apricot multiplies the first term, submodlib and ours the second.
    model = GraphCutSelection(size["k"], alpha=1 / LAM, metric="precomputed")
    return model.fit(shifted(inputs)).ranking


def graph_cut_value(inputs: Inputs, size: Size, picks: Picks) -> float:
    table = shifted(inputs, np.float64)
    return float(table[:, picks].sum() - LAM * table[np.ix_(picks, picks)].sum())


def saturated_apricot(inputs: Inputs, size: Size) -> Picks:
    from apricot import SaturatedCoverageSelection

    model = SaturatedCoverageSelection(size["k"], alpha=ALPHA, metric="precomputed")
    return model.fit(clipped(inputs)).ranking


def saturated_value(inputs: Inputs, size: Size, picks: Picks) -> float:
    table = clipped(inputs, np.float64)
    return float(np.minimum(table[picks].sum(axis=0), ALPHA * table.sum(axis=0)).sum())


def features_submodlib(inputs: Inputs, size: Size) -> list[int]:
    from submodlib import FeatureBasedFunction
    from submodlib_cpp import FeatureBased

    x = inputs["x"]
    objective = FeatureBasedFunction(
        n=len(x),
        features=x.tolist(),
        numFeatures=x.shape[1],
        sparse=False,
        featureWeights=[1.0] * x.shape[1],
        mode=FeatureBased.squareRoot,
    )
    return _submodlib_picks(objective, size)


def features_apricot(inputs: Inputs, size: Size) -> Picks:
    from apricot import FeatureBasedSelection

    return FeatureBasedSelection(size["k"], concave_func="sqrt").fit(inputs["x"]).ranking


def features_value(inputs: Inputs, size: Size, picks: Picks) -> float:
    return float(np.sqrt(inputs["x"][picks].sum(axis=0, dtype=np.float64)).sum())


def read_once(inputs: Inputs, size: Size) -> Work:
    return Work(flop=2.0 * size["n"] * size["d"], bytes=4.0 * size["n"] * size["d"])


def all_pairs(inputs: Inputs, size: Size) -> Work:
    return Work(flop=1.0 * size["n"] ** 2 * size["d"], bytes=4.0 * size["n"] * size["d"])


CASES = tuple(
    Case(
        name=name,
        summary=f"{summary}, 5,000 x 128, k = 100",
        size={"n": 5_000, "d": 128, "k": 100},
        tiny={"n": 400, "d": 128, "k": 10},
        make_input=make_input,
        floor=floor,
        contenders=contenders,
        evaluate=evaluate,
    )
    for name, summary, make_input, floor, evaluate, contenders in (
        (
            "log_det",
            "log det of the cosine kernel (DPP MAP)",
            make_rows,
            read_once,
            log_det_value,
            {
                OURS: ours("dpp-map"),
                "submodlib-py": log_det_submodlib,
                "plain NumPy": log_det_plain,
            },
        ),
        (
            "k_dpp",
            "one draw of a k-DPP with the cosine kernel, scored by log det",
            make_rows,
            read_once,
            log_det_value,
            {OURS: ours("k-dpp"), "dppy": k_dpp_dppy, "plain NumPy": k_dpp_plain},
        ),
        (
            "graph_cut",
            f"graph cut, s = (1 + cosine) / 2, lambda = {LAM}",
            make_rows,
            read_once,
            graph_cut_value,
            {
                OURS: ours("graph-cut", lam=LAM),
                "submodlib-py": graph_cut_submodlib,
                "apricot-select": graph_cut_apricot,
            },
        ),
        (
            "saturated_coverage",
            f"saturated coverage of cosines, alpha = {ALPHA}",
            make_rows,
            all_pairs,
            saturated_value,
            {OURS: ours("saturated-coverage", alpha=ALPHA), "apricot-select": saturated_apricot},
        ),
        (
            "feature_based",
            "sum of the roots of feature sums",
            make_amounts,
            read_once,
            features_value,
            {
                OURS: ours("feature-based"),
                "submodlib-py": features_submodlib,
                "apricot-select": features_apricot,
            },
        ),
    )
)
