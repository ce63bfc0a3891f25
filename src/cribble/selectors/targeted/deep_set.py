"""Deep set: choose as examples of good choices were chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.signals.set_functions import SetFunction, train_set_function
from cribble.signals.target import target_vectors

# Rows of the target and of the pool in a draw that is learned from.
_AIMS, _OTHERS = 4, 12
_BATCH, _HALVES = 16, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepSet:
    """Learned set function: the rows that a network, trained on good choices, would choose.

    The network sums features of the rows of a subset, and of the whole pool, and so can learn what
    depends on the pool: the odd rows, those on its larger side. Train it on pools whose best
    subsets are known, with `cribble.signals.set_functions.train_set_function`, and hand it over as
    ``model``; the target is not read then.

    Without a model it learns from the target: from small draws, each of 4 of its rows among 12 of
    the pool's, to tell the target's. The pool's rows count as not wanted there, also those that
    are like the target, so that is worth a try only where the target is small and unlike most.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float.
        model: A trained set function, or the file that its ``write`` made.
        superset: Whether the network sees the whole pool beside the subset (INSET).
        tasks: Draws to learn from.
        epochs: Passes over them.
        draws: Random halves of the pool that a row is added to.

    Raises:
        ParameterError: A number is below 1, or ``model`` is neither a set function nor a path.

    Source:
        Zaheer et al. (2017), arXiv:1703.06114; trained on best subsets, Ou et al. (2022),
        arXiv:2203.01693; with the pool, Xie et al. (2024), arXiv:2402.03139. Learning from a
        target is our own.
    """

    card: ClassVar[Card] = Card(
        "deep-set",
        family="targeted",
        needs=("embedding", "target"),
        cost="O(n (d + draws)), and learning from the draws",
        memory="O(n draws)",
        row_bytes=150,
        source="arXiv:1703.06114",
        explains=("score",),
    )
    signal: str = "embedding"
    model: SetFunction | str | Path | None = None
    superset: bool = True
    tasks: int = 64
    epochs: int = 5
    draws: int = 16

    def __post_init__(self) -> None:
        for name in ("tasks", "epochs", "draws"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")
        known = (type(None), SetFunction, str, Path)
        if not isinstance(self.model, known):
            raise ParameterError("model", self.model, "a trained set function or its file")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows that add the most to random halves of the pool.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then by score.
            scores: (n,) float64, what a row adds; above 0 the network would pick it.
            stats: ``predicted_rows``, how many it would pick were it free to; ``model``, its hash.

        Raises:
            TargetError: There is no model and no target, or a target is empty.
            DataError: The model's file is missing or holds none.
            SignalError: The signal is missing, is not (n, d) or not finite, or target or model
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        model = self._model(pool, seed)
        X = pool.signal(self.signal, ndim=2)
        scores = np.zeros(0)
        if model is not None:
            scores = model.gains(X, draws=self.draws, seed=seed)
        return Selection(
            indices=Admission(limits).add_in_order(ranked(limits, scores)),
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={
                "predicted_rows": int((scores > 0).sum()),
                "model": model.fingerprint if model is not None else None,
            },
            pool=pool,
        )

    def _model(self, pool: Pool, seed: int) -> SetFunction | None:
        """The set function; None where there is no row to learn from."""
        if isinstance(self.model, (str, Path)):
            return SetFunction.read(self.model)
        if self.model is not None:
            return self.model
        aims, X = target_vectors(pool, self.signal), pool.signal(self.signal, ndim=2)
        return self._learned(X, aims, seed) if len(X) else None

    def _learned(self, X: NDArray[Any], aims: NDArray[Any], seed: int) -> SetFunction:
        random, examples = stream(seed, "set function draws"), []
        for _ in range(self.tasks):
            wanted = aims[random.integers(0, len(aims), _AIMS)]
            others = X[random.integers(0, len(X), _OTHERS)]
            examples.append((np.concatenate([wanted, others]), np.arange(_AIMS)))
        return train_set_function(
            examples,
            superset=self.superset,
            draws=_HALVES,
            batch=_BATCH,
            epochs=self.epochs,
            seed=seed,
        )
