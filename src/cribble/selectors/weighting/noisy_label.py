"""Noisy label: rows drawn and weighted by how likely their label is the clean one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.drawing import check_clip, draw_by_weight, shuffled
from cribble.core import Budget, Card, Pool, Selection, stream
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.weights import weight_stats

_SCHEMES = ("reweight", "rent", "dws")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyLabel:
    """Rows drawn by their chance of the label given clean over that given noisy.

    The ratio is f[label] / sum_b T[label, b] f[b], with f what a model says of the clean class and
    T how labels go wrong. With all rows in the budget each row weighs its ratio; with fewer, rows
    are drawn in proportion to it and weigh it over their chance. "rent" then draws as many picks
    again with replacement, and a pick weighs how often it came (0 for some); "dws" draws weights
    from a Dirichlet distribution around them. Both serve anew each epoch, with a seed an epoch;
    for one choice that stays, "reweight" has the same mean and no such noise.

    Args:
        label: Name of a pool signal, (n,) whole numbers in [0, C): the labels, some wrong.
        probability: Name of a pool signal, (n, C): what the model says of each clean class.
        transition: C rows of C numbers, T[noisy][clean], columns that sum to 1. None takes the
            mean probabilities over the rows of each class that the model is surest of, which
            is right only for a model that was fitted to the noisy labels.
        scheme: "reweight", "rent" or "dws".
        concentration: Of the Dirichlet distribution, a pick; large ones come near "reweight".
        clip: Largest ratio, in multiples of the mean; None for no limit.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Bae et al. (2024), arXiv:2403.02690; the ratio: Liu and Tao (2016), arXiv:1411.7718; the
        estimate of T from sure rows: Patrini et al. (2017), arXiv:1609.03683.
    """

    card: ClassVar[Card] = Card(
        "noisy-label",
        family="weighting",
        needs=("label", "probability"),
        cost="O(n C^2)",
        memory="O(n C)",
        row_bytes=220,
        guarantee="the weighted loss is on average that over clean labels, if the probabilities "
        "and T are right (no clipping; row budgets without quotas)",
        source="arXiv:2403.02690",
        explains=("score",),
    )
    label: str = "label"
    probability: str = "probability"
    transition: Sequence[Sequence[float]] | None = None
    scheme: str = "reweight"
    concentration: float = 1.0
    clip: float | None = 20.0

    def __post_init__(self) -> None:
        if self.scheme not in _SCHEMES:
            raise ParameterError("scheme", self.scheme, " or ".join(map(repr, _SCHEMES)))
        if not self.concentration > 0:
            raise ParameterError("concentration", self.concentration, "above 0")
        if self.transition is not None:
            T = np.asarray(self.transition, dtype=np.float64)
            square = T.ndim == 2 and T.shape[0] == T.shape[1]
            if not (square and (T >= 0).all() and np.allclose(T.sum(axis=0), 1, atol=1e-3)):
                raise ParameterError("transition", self.transition, "square, columns of sum 1")
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows and weigh them within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            weights: (k,) float64, ratio over chance, or what ``scheme`` makes of it.
            scores: (n,) float64 ratios.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``; ``transition``.

        Raises:
            SignalError: A signal is missing or not finite, a label is not in [0, C), a probability
                is negative, or T has not C rows.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        labels = np.asarray(pool.signal(self.label, ndim=1))
        chances = np.asarray(pool.signal(self.probability, ndim=2), dtype=np.float64)
        self._check(labels, chances)
        labels = labels.astype(np.int64)
        T = _sure_means(chances) if self.transition is None else np.asarray(self.transition)
        right = chances[np.arange(len(labels)), labels]
        ratios = right / ((T[labels] * chances).sum(axis=1) + 1e-12)
        drawn = draw_by_weight(limits, ratios, shuffled(seed, self.card.name), self.clip)
        weights = self._drawn_again(drawn.weights, seed)
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=weights,
            scores=ratios,
            stats={
                **drawn.stats,
                **weight_stats(weights, drawn.stats["clipped"]),
                "transition": T.tolist(),
            },
            pool=pool,
        )

    def _check(self, labels: NDArray[np.float64], chances: NDArray[np.float64]) -> None:
        classes = chances.shape[1]
        if ((labels < 0) | (labels >= classes) | (labels % 1 != 0)).any():
            raise SignalError(self.label, f"one is not in [0, {classes})", "number the classes")
        if (chances < 0).any():
            raise SignalError(self.probability, "one is negative", "hand over probabilities")
        if self.transition is not None and len(self.transition) != classes:
            found = f"it has {classes} classes, the transition {len(self.transition)}"
            raise SignalError(self.probability, found, "give one row and column a class")

    def _drawn_again(self, weights: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        total = float(weights.sum())
        if self.scheme == "reweight" or total <= 0:
            return weights
        shares, random = weights / total, stream(seed, f"{self.scheme} of noisy-label")
        if self.scheme == "rent":
            parts = random.multinomial(len(weights), shares).astype(np.float64)
        else:
            parts = random.standard_gamma(self.concentration * shares * len(weights))
        scaled: NDArray[np.float64] = parts * (total / (float(parts.sum()) or 1.0))
        return scaled


def _sure_means(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean probabilities over the hundredth of all rows with the largest one of each class."""
    classes = chances.shape[1]
    sure = max(1, len(chances) // (100 * max(1, classes)))
    T = np.eye(classes)
    for clean in range(classes if len(chances) else 0):
        rows = np.argsort(-chances[:, clean], kind="stable")[:sure]
        T[:, clean] = chances[rows].mean(axis=0)
    return T
