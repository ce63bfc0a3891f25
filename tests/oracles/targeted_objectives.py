"""Objectives with queries and private rows, beside their definitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cribble.objectives.conditional_gain import (
    facility_location_conditional_gain,
    facility_location_conditional_information,
    graph_cut_conditional_gain,
    log_det_conditional_gain,
)
from cribble.objectives.facility_location import Affinity, FacilityLocation
from cribble.objectives.mutual_information import (
    LogDetInformation,
    concave_over_modular_information,
    facility_location_information,
    facility_location_query_information,
    graph_cut_information,
)
from oracles.drawn import Case, Rows, best, lists, unit


def conditional(rng: np.random.Generator, n: int) -> Case:
    points, _, cosines = unit(rng, n)
    held = np.float32(0.7 * best(cosines[:n], (n, n + 1, n + 2)))
    made = FacilityLocation(Affinity.of(points, "cosine"), held=held)
    return made, lambda rows: float(np.maximum(best(cosines[:n, :n], rows) - held, 0).sum())


def capped(*, held: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        cosines = np.maximum(unit(rng, n)[2], 0)
        caps = np.float32(0.9 * best(cosines[:n], (n, n + 1)))
        start = np.float32(0.5 * cosines[:n, n + 2]) if held else None
        made = facility_location_information(lists(np.float32(cosines[:n, :n])), caps, start)
        before = 0 if start is None else start

        def value(rows: Rows) -> float:
            reached = np.minimum(best(cosines[:n, :n], rows), caps)
            return float(np.maximum(reached - before, 0).sum())

        return made, value

    return make


def private_cut(lam: float):
    def make(rng: np.random.Generator, n: int) -> Case:
        points, private, cosines = unit(rng, n)
        table = (1 + cosines) / 2

        def value(rows: Rows) -> float:
            some = list(rows)
            own = table[:n, some].sum() - lam * table[np.ix_(some, some)].sum()
            return float(own - 2 * lam * 0.7 * table[some, n:].sum())

        return graph_cut_conditional_gain(points, private, lam, 0.7), value

    return make


def private_volume(nu: float):
    def make(rng: np.random.Generator, n: int) -> Case:
        points, private, cosines = unit(rng, n)
        kernel = cosines + 0.1 * np.eye(n + 3)

        def value(rows: Rows) -> float:
            some = list(rows)
            across = nu * kernel[np.ix_(some, range(n, n + 3))]
            rest = kernel[np.ix_(some, some)]
            rest = rest - across @ np.linalg.solve(kernel[n:, n:], across.T)
            return float(np.linalg.slogdet(rest)[1] - len(some) * np.log(0.1))

        return log_det_conditional_gain(points, private, nu, 0.1), value

    return make


def private_location(*, queries: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        points, others, cosines = unit(rng, n)
        near = np.maximum(cosines, 0)
        given = (lists(np.float32(near[:n, :n])), points)

        def value(rows: Rows) -> float:
            reached = best(near[:n, :n], rows)
            if queries:
                reached = np.minimum(reached, 0.9 * best(near[:n], (n, n + 1)))
            return float(np.maximum(reached - 0.5 * near[:n, n + 2], 0).sum())

        if queries:
            made = facility_location_conditional_information(
                *given, others[:2], others[2:], 0.9, 0.5
            )
        else:
            made = facility_location_conditional_gain(*given, others[2:], 0.5)
        return made, value

    return make


def query_information(rng: np.random.Generator, n: int) -> Case:
    points, queries, cosines = unit(rng, n)
    across = np.maximum(cosines[n:, :n], 0)
    made = facility_location_query_information(Affinity.of(points, "cosine"), queries, 0.6)

    def value(rows: Rows) -> float:
        return float(best(across, rows).sum() + 0.6 * across[:, list(rows)].max(axis=0).sum())

    return made, value


def cut_information(rng: np.random.Generator, n: int) -> Case:
    points, queries, cosines = unit(rng, n)
    across = np.maximum(cosines[n:, :n], 0)
    return graph_cut_information(points, queries), lambda rows: float(across[:, list(rows)].sum())


def concave_information(shape: str, bend: Callable[[np.ndarray], np.ndarray]):
    def make(rng: np.random.Generator, n: int) -> Case:
        points, queries, cosines = unit(rng, n)
        across = np.maximum(cosines[n:, :n], 0)

        def value(rows: Rows) -> float:
            some = across[:, list(rows)]
            return float(0.6 * bend(some.sum(axis=0)).sum() + bend(some.sum(axis=1)).sum())

        return concave_over_modular_information(points, queries, 0.6, shape), value

    return make


def volume_information(eta: float):
    def make(rng: np.random.Generator, n: int) -> Case:
        points, queries, cosines = unit(rng, n)
        kernel = cosines + 0.1 * np.eye(n + 3)

        def value(rows: Rows) -> float:
            some = list(rows)
            inside, across = kernel[np.ix_(some, some)], eta * kernel[np.ix_(some, range(n, n + 3))]
            rest = inside - across @ np.linalg.solve(kernel[n:, n:], across.T)
            return float(np.linalg.slogdet(inside)[1] - np.linalg.slogdet(rest)[1])

        return LogDetInformation(points, queries, eta), value

    return make


TARGETED: dict[str, Callable[[np.random.Generator, int], Case]] = {
    "facility location, conditional": conditional,
    "facility location information": capped(held=False),
    "facility location information, conditional": capped(held=True),
    "facility location query information": query_information,
    "graph cut information": cut_information,
    "graph cut information, conditional gain": private_cut(0.4),
    "log determinant information, conditional gain": private_volume(1.0),
    "weak log determinant information, conditional gain": private_volume(0.6),
    "facility location, conditional gain": private_location(queries=False),
    "facility location information, conditional gain": private_location(queries=True),
    "log over modular information": concave_information("log", np.log1p),
    "sqrt over modular information": concave_information("sqrt", np.sqrt),
    "ratio over modular information": concave_information("ratio", lambda x: x / (1 + x)),
    "log determinant information": volume_information(1.0),
    "weak log determinant information": volume_information(0.8),
}
