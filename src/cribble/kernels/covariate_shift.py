"""Density ratios by any estimator, and whether they bring the pool nearer to the target at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream
from cribble.kernels.density_ratio import classifier, kliep, likely_width, median_gap, ulsif
from cribble.kernels.features import random_features
from cribble.kernels.matching import match_means

Floats = NDArray[np.float64]

ESTIMATORS = ("classifier", "kliep", "ulsif", "kmm", "double")

_WIDTHS = (2.0, 1.0, 0.5, 0.25)
_FOLDED_ROWS, _FOLDED_TARGETS = 2_000, 500
_MATCHED_TARGETS = {"kmm": 2_000, "double": 500}
_CHECKED_ROWS, _CHECKED_TARGETS, _FEATURES = 4_000, 2_000, 256


class Ratios(NamedTuple):
    """Density ratios of the rows of a pool.

    Args:
        values: (n,) float64 of mean 1.
        width: Standard deviation of the kernel; None where there is none.
        targets: (s,) int64, the target rows that were matched; empty unless by "double".
        support: (s,) float64 in [0, 1], how much of each matched target row the pool stands for.
    """

    values: Floats
    width: float | None
    targets: NDArray[np.int64]
    support: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimation:
    """How density ratios are estimated.

    Args:
        estimator: One of `ESTIMATORS`.
        width: Of the kernels, as a share of the median distance between target rows; None takes
            1 for "kmm" and "double", and for "kliep" and "ulsif" the one of 2, 1, 0.5 and 0.25
            that fits held-out targets best (0.5 below 10 target rows).
        centers: Kernels of "kliep" and "ulsif", on so many target rows at most.
        ridge: Of "ulsif".
        release: Of "double".
        seed: Seed of the run.
    """

    estimator: str
    width: float | None
    centers: int
    ridge: float
    release: float
    seed: int

    def ratios(self, rows: NDArray[Any], targets: NDArray[Any]) -> Ratios:
        """Estimate the ratio at each row.

        Time O(n d centers), for "kmm" and "double" O(n (batch d + 500 batch)); memory of a block.

        Args:
            rows: (n, d) finite floats, n at least 1.
            targets: (q, d) finite floats, q at least 1.
        """
        nobody, nothing = np.empty(0, dtype=np.int64), np.empty(0)
        if self.estimator == "classifier":
            return Ratios(classifier(rows, targets, self.seed), None, nobody, nothing)
        order = stream(self.seed, "targets of density ratios").permutation(len(targets))
        centers = np.asarray(targets[np.sort(order[: self.centers])], dtype=np.float64)
        gap = median_gap(targets, centers)
        if self.estimator in _MATCHED_TARGETS:
            some = np.sort(order[: _MATCHED_TARGETS[self.estimator]])
            width = gap * (self.width or 1.0)
            release = self.release if self.estimator == "double" else 0.0
            found = match_means(rows, targets[some], width, release=release, seed=self.seed)
            told = (some, found.support) if self.estimator == "double" else (nobody, nothing)
            return Ratios(found.weights, width, *told)
        width = gap * self.width if self.width else self._width(rows, targets[order], centers, gap)
        if self.estimator == "kliep":
            return Ratios(kliep(rows, targets, centers, width), width, nobody, nothing)
        return Ratios(ulsif(rows, targets, centers, width, self.ridge), width, nobody, nothing)

    def _width(
        self, rows: NDArray[Any], shuffled: NDArray[Any], centers: Floats, gap: float
    ) -> float:
        if len(shuffled) < 10:
            return 0.5 * gap
        some = _sample(rows, _FOLDED_ROWS, "rows of folds", self.seed)
        ridge = self.ridge if self.estimator == "ulsif" else None
        widths = [gap * share for share in _WIDTHS]
        return likely_width(some, shuffled[:_FOLDED_TARGETS], centers, widths, ridge)


class Gain(NamedTuple):
    """A fall of the squared distance to targets that were held out, and its standard error."""

    value: float
    error: float


def held_out_gain(
    rows: NDArray[Any],
    targets: NDArray[Any],
    estimate: Callable[[NDArray[Any], NDArray[Any]], Floats],
    seed: int,
) -> Gain | None:
    """How much nearer weights bring a pool to target rows that they were not estimated from.

    The weights are estimated from half of the targets and judged by the other, both ways round.
    Distance is the maximum mean discrepancy of a Gaussian kernel as wide as the median distance of
    targets, by 256 random features, on 4,000 rows and 2,000 targets at most. The fall is a mean
    over the held-out targets, hence its error.

    Args:
        rows: (n, d) finite floats, n at least 1.
        targets: (q, d) finite floats.
        estimate: From rows and targets to weights of the rows.
        seed: Decides halves and samples.

    Returns:
        None below 10 targets.
    """
    if len(targets) < 10:
        return None
    rows = _sample(rows, _CHECKED_ROWS, "checked rows", seed)
    order = stream(seed, "halves of targets").permutation(len(targets))[:_CHECKED_TARGETS]
    aims = np.asarray(targets[order], dtype=np.float64)
    maps = random_features(aims.shape[1], _FEATURES, median_gap(aims, aims[:100]), seed)
    plain = maps.mean(rows)
    values, variances = [], []
    for side in (0, 1):
        given, held = aims[side::2], aims[1 - side :: 2]
        weighted = maps.mean(rows, estimate(rows, given))
        pull = np.concatenate([2 * (tile @ (weighted - plain)) for tile in maps.tiles(held)])
        values.append(pull.mean() + plain @ plain - weighted @ weighted)
        variances.append(pull.var(ddof=1) / len(pull))
    return Gain(float(np.mean(values)), float(np.sum(variances)) ** 0.5 / 2)


def _sample(rows: NDArray[Any], size: int, name: str, seed: int) -> NDArray[Any]:
    if len(rows) <= size:
        return rows
    return rows[np.sort(stream(seed, name).choice(len(rows), size, replace=False))]
