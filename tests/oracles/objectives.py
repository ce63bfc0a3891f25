"""Every objective beside its definition, drawn small enough to try all sets.

An objective joins by one line of `CASES`: a function of a generator and a number of rows that
makes the objective and its definition, a function of a tuple of rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from cribble.kernels.reference.dominance import union_volume
from cribble.objectives import Objective
from cribble.objectives.concave import SHAPES, ConcaveOverSums
from cribble.objectives.coverage import max_coverage, probabilistic_coverage, saturated_coverage
from cribble.objectives.dispersion import DisparityMin, DisparitySum
from cribble.objectives.facility_location import (
    Affinity,
    FacilityLocation,
    ListedFacilityLocation,
)
from cribble.objectives.graph_cut import GraphCut
from cribble.objectives.hypervolume import Hypervolume
from cribble.objectives.label_graph import label_graph, label_information
from cribble.objectives.listed_pairs import ListedPairs
from cribble.objectives.log_determinant import LogDeterminant
from cribble.objectives.mixture import Mixture, RemovingMixture
from cribble.objectives.modular import Modular
from cribble.objectives.streamed import OnRows
from oracles import streamed as streams
from oracles.drawn import Case, Rows, best, lists, unit
from oracles.targeted_objectives import TARGETED


def concave(shape: str, *, listed: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        features = rng.random((n, 5)) * (rng.random((n, 5)) < 0.7)
        weights, caps = rng.random(5), rng.random(5)
        kind = {
            "sqrt": np.sqrt,
            "log": lambda x: np.log(1 + x),
            "ratio": lambda x: x / (1 + x),
            "cap": lambda x: np.minimum(x, caps),
            "saturation": lambda x: 1 - np.exp(-x),
            "power": lambda x: (x + 1e-6) ** 0.8 - 1e-6**0.8,
        }[shape]
        given = lists(features) if listed else features
        made = ConcaveOverSums(given, shape, weights=weights, caps=caps, width=5)
        return made, lambda rows: float(weights @ kind(features[list(rows)].sum(axis=0)))

    return make


def saturated(*, listed: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        table = rng.random((n, 4))
        most = 0.3 * table.sum(axis=0)
        made = saturated_coverage(lists(table) if listed else table, 0.3, targets=4)
        return made, lambda rows: float(np.minimum(table[list(rows)].sum(axis=0), most).sum())

    return make


def covered(enough: float):
    def make(rng: np.random.Generator, n: int) -> Case:
        members, weights = (rng.random((n, 8)) < 0.4) * 1.0, rng.random(8)

        def value(rows: Rows) -> float:
            return float(weights @ np.minimum(members[list(rows)].sum(axis=0), enough))

        return max_coverage(lists(members), weights, enough=enough, elements=8), value

    return make


def probable(rng: np.random.Generator, n: int) -> Case:
    chances, weights = rng.random((n, 5)), rng.random(5)
    chances[0, 0] = 1.0

    def value(rows: Rows) -> float:
        return float(weights @ (1 - np.prod(1 - chances[list(rows)], axis=0)))

    return probabilistic_coverage(chances, weights), value


def graph_cut(lam: float, shift: int):
    def make(rng: np.random.Generator, n: int) -> Case:
        points = rng.standard_normal((n, 3)) if shift else rng.random((n, 3))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        table = 0.5 * (points @ points.T + shift)

        def value(rows: Rows) -> float:
            some = list(rows)
            return float(table[:, some].sum() - lam * table[np.ix_(some, some)].sum())

        return GraphCut(points, lam, shift=shift), value

    return make


def streamed(name: str):
    def make(rng: np.random.Generator, n: int) -> Case:
        case = streams.Case(int(rng.integers(1 << 30)), name, n)
        return OnRows(case.function, case.X), case.value

    return make


def log_determinant(ridge: float):
    def make(rng: np.random.Generator, n: int) -> Case:
        factor = rng.standard_normal((n, 3 if ridge else n + 2))
        kernel = factor @ factor.T / (ridge or 1.0) + (np.eye(n) if ridge else 0.0)

        def value(rows: Rows) -> float:
            return float(np.linalg.slogdet(kernel[np.ix_(list(rows), list(rows))])[1])

        return LogDeterminant(factor, ridge), value

    return make


def modular(rng: np.random.Generator, n: int) -> Case:
    scores = rng.standard_normal(n)
    return Modular(scores), lambda rows: float(scores[list(rows)].sum())


def mixture(rng: np.random.Generator, n: int) -> Case:
    pairs = [make(rng, n) for make in (saturated(listed=False), graph_cut(0.7, 1), modular)]
    weights = [0.5, 0.0, 2.0]

    def value(rows: Rows) -> float:
        return sum(w * f(rows) for w, (_, f) in zip(weights, pairs, strict=True))

    return Mixture([objective for objective, _ in pairs], weights), value


def facility_location(similarity: str, *, listed: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        X = rng.standard_normal((n, 3)).astype(np.float32)
        affinity = Affinity.of(X, similarity)
        points = affinity.points.astype(np.float64)
        table = affinity.scale * (points @ points.T) + affinity.offsets
        made = (
            ListedFacilityLocation(lists(np.float32(np.maximum(table.T, 0))), n)
            if listed
            else FacilityLocation(affinity)
        )
        return made, lambda rows: float(best(table, rows).sum())

    return make


def label_graph_information(shape: str, bend: Callable[[np.ndarray], np.ndarray]):
    def make(rng: np.random.Generator, n: int) -> Case:
        _, vectors, cosines = unit(rng, n)
        weights = cosines[n:, n:].copy()
        np.fill_diagonal(weights, 1.0)
        weights = np.where(weights >= 0.05, weights, 0) * np.where(np.eye(3) > 0, 1, 0.7)
        tags, quality = (rng.random((n, 3)) < 0.6) * 1.0, rng.random(n)
        table = quality[:, None] * tags @ (weights / weights.sum(axis=0))
        made = label_information(csr_array(tags), quality, label_graph(vectors, 0.05, 0.7), shape)
        return made, lambda rows: float(bend(table[list(rows)].sum(axis=0)).sum())

    return make


def distances(rng: np.random.Generator, n: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    points = rng.standard_normal((n, 3))
    if metric == "euclidean":
        return points, np.linalg.norm(points[:, None] - points[None], axis=2)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points, np.arccos(np.clip(points @ points.T, -1, 1)) / np.pi


def disparity_sum(metric: str):
    def make(rng: np.random.Generator, n: int) -> Case:
        points, gaps = distances(rng, n, metric)
        np.fill_diagonal(gaps, 0)
        made = DisparitySum(points, metric)
        return made, lambda rows: float(gaps[np.ix_(list(rows), list(rows))].sum() / 2)

    return make


def disparity_min(metric: str, *, diameter: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        points, gaps = distances(rng, n, metric)
        alone = float(gaps.max()) if diameter else 0.0

        def value(rows: Rows) -> float:
            pairs = [gaps[pair] for pair in itertools.combinations(rows, 2)]
            return float(min(pairs, default=alone))

        return DisparityMin(points, metric, alone), value

    return make


def removing_mixture(rng: np.random.Generator, n: int) -> Case:
    pairs = [make(rng, n) for make in (disparity_sum("euclidean"), modular, graph_cut(0.3, 1))]
    weights = [0.2, 1.0, 0.5]

    def value(rows: Rows) -> float:
        return sum(w * f(rows) for w, (_, f) in zip(weights, pairs, strict=True))

    return RemovingMixture([objective for objective, _ in pairs], weights), value


def listed_pairs(rng: np.random.Generator, n: int) -> Case:
    scores = rng.standard_normal(n)
    table = np.float32(rng.random((n, n)) * (rng.random((n, n)) < 0.6))
    table = np.maximum(table, table.T)

    def value(rows: Rows) -> float:
        near = sum(float(table[pair]) for pair in itertools.combinations(rows, 2))
        return float(scores[list(rows)].sum() - near)

    return ListedPairs(scores, lists(table)), value


def hypervolume(rng: np.random.Generator, n: int) -> Case:
    scores = rng.random((n, 3)) * (rng.random((n, 3)) < 0.9)
    return Hypervolume(scores), lambda rows: union_volume(scores[list(rows)])


CASES: dict[str, Callable[[np.random.Generator, int], Case]] = {
    **{f"{shape} of sums": concave(shape, listed=False) for shape in SHAPES},
    **{f"{shape} of listed sums": concave(shape, listed=True) for shape in SHAPES},
    "saturated coverage": saturated(listed=False),
    "listed saturated coverage": saturated(listed=True),
    "max coverage": covered(1.0),
    "max coverage twice": covered(2.0),
    "probabilistic coverage": probable,
    "graph cut": graph_cut(0.4, 1),
    "graph cut of a large lambda": graph_cut(0.9, 1),
    "graph cut of features": graph_cut(0.5, 0),
    "log determinant": log_determinant(0.0),
    "log determinant with a ridge": log_determinant(0.1),
    "modular": modular,
    "mixture": mixture,
    "mixture that rows can leave": removing_mixture,
    "hypervolume": hypervolume,
    "listed pairs": listed_pairs,
    **{
        f"{kind}facility location by {name}": facility_location(name, listed=bool(kind))
        for name in ("phantom", "cosine")
        for kind in ("", "listed ")
    },
    "label graph information": label_graph_information(
        "power", lambda x: (x + 1e-6) ** 0.8 - 1e-6**0.8
    ),
    "saturating label graph information": label_graph_information(
        "saturation", lambda x: 1 - np.exp(-x)
    ),
    "disparity sum": disparity_sum("euclidean"),
    "disparity sum of angles": disparity_sum("angle"),
    "disparity min": disparity_min("euclidean", diameter=False),
    "disparity min of angles": disparity_min("angle", diameter=True),
}

CASES.update(TARGETED)
CASES.update({f"streamed {name}": streamed(name) for name in streams.NAMES})

NOT_SUBMODULAR = {
    "mixture that rows can leave",
    "log determinant information",
    "weak log determinant information",
    "disparity sum",
    "disparity sum of angles",
    "disparity min",
    "disparity min of angles",
}
NOT_MONOTONE = {
    "listed pairs",
    "graph cut information, conditional gain",
    "graph cut of a large lambda",
    "log determinant",
    "modular",
    "mixture",
    "mixture that rows can leave",
    "disparity min",
    "disparity min of angles",
}


def draw(name: str, seed: int) -> tuple[Objective, Callable[[Rows], float], int]:
    """Draw a case, its definition and its number of rows, 8 for the first seed."""
    rng = np.random.default_rng((seed, len(name)))
    n = 8 if seed == 0 else int(rng.integers(4, 7))
    return *CASES[name](rng, n), n


def tolerance(name: str) -> float:
    """Cosines and distances of float32 rows are rounded to float32; their definitions are not."""
    rounded = ("facility", "information")
    return 1e-5 if any(word in name for word in rounded) else 1e-9
