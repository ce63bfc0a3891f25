"""One trial: a pool drawn anew, labels flipped, every method's picks judged on rows held out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.pruning.probe import accuracy
from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.signals.difficulty import TrainingLog

HELD, HELD_AT_MOST, DRAWS = 0.2, 2_000, 10
EPOCHS, BATCH, RATE = 10, 32, 4.0

RANDOM = "random"
SIGNALS = ("embedding", "label", "group", "quality", "difficulty", "probability")
"""What a pool has: a method that needs more does not fit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The accuracy after one method in one case and trial; for random, the mean of ten draws."""

    set: str
    flipped: float
    budget: float
    method: str
    seed: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pool to prune, and rows held out, of which no method sees anything."""

    vectors: np.ndarray
    labels: np.ndarray
    held: np.ndarray
    truth: np.ndarray


class Remembering(core.Pool):
    """A pool of arrays that computes what a method works out from the vectors only once."""

    def __init__(self, size: int, **rest: Any) -> None:
        super().__init__(size, **rest)
        self._derived: dict[tuple[str, str], np.ndarray] = {}

    def derived(self, signal: str, name: str, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """Compute it if no budget, label noise or method before has."""
        if (signal, name) not in self._derived:
            self._derived[signal, name] = compute()
        return self._derived[signal, name]


def drawn(vectors: np.ndarray, labels: np.ndarray, rows: int, seed: int) -> Drawn:
    """Hold out a fifth of the rows, at most 2,000; the pool is at most ``rows`` of the others."""
    order = core.stream(seed, "pool").permutation(len(labels))
    cut = min(int(HELD * len(labels)), HELD_AT_MOST)
    held, pool = order[:cut], np.sort(order[cut : cut + rows])
    return Drawn(vectors[pool], labels[pool], vectors[held], labels[held])


def flipped(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Give that share of the rows another class, each other class with the same chance."""
    rng = core.stream(seed, "flips")
    classes = int(labels.max()) + 1
    rows = rng.permutation(len(labels))[: round(share * len(labels))]
    wrong = labels.copy()
    wrong[rows] = (labels[rows] + rng.integers(1, classes, len(rows))) % classes
    return wrong


def labeled_signals(vectors: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Train softmax regression for ten epochs; score every row from what it said at each.

    Quality is the area under the margin, brought to [0, 1]; difficulty is EL2N.
    """
    rng = core.stream(seed, "proxy")
    X = np.concatenate([vectors, np.ones((len(vectors), 1), np.float32)], axis=1)
    weights = np.zeros((X.shape[1], int(labels.max()) + 1), dtype=np.float32)
    log = TrainingLog(labels)
    for _ in range(EPOCHS):
        order = rng.permutation(len(X))
        for at in range(0, len(X), BATCH):
            rows = order[at : at + BATCH]
            error = _softmax(X[rows] @ weights)
            error[np.arange(len(rows)), labels[rows]] -= 1
            weights -= RATE / len(rows) * (X[rows].T @ error)
        chances = _softmax(X @ weights)
        log.add(chances)
    return {
        "label": labels,
        "probability": chances,
        "quality": (1 + log.aum(mean=True)) / 2,
        "difficulty": log.el2n(),
        "margin": log.margin(),
        "forgetting": log.forgetting(),
    }


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def outcomes(
    name: str,
    part: Drawn,
    methods: Mapping[str, core.Selector],
    budgets: Sequence[float],
    flips: Sequence[float],
    seed: int,
) -> Iterator[Outcome]:
    """Judge every method under every budget and share of flipped labels on one pool.

    Picks that come with weights are judged with them. A method that needs vectors alone is given
    nothing else, so its picks serve every share of flipped labels.
    """
    bare = Remembering.from_array(part.vectors)
    blind = {
        (label, budget): method.select(bare, core.Budget(share=budget), seed)
        for label, method in methods.items()
        if method.card.needs == ("embedding",)
        for budget in budgets
    }
    for share in flips:
        labels = flipped(part.labels, share, seed)
        grouping = core.Groups(labels, tuple(map(str, range(int(labels.max()) + 1))))
        pool = bare.adding(
            signals=labeled_signals(part.vectors, labels, seed),
            groups={"label": grouping, "group": grouping},
        )

        def judged(chosen: core.Selection, labels: np.ndarray = labels) -> float:
            rows = chosen.indices
            return accuracy(part.vectors[rows], labels[rows], part.held, part.truth, chosen.weights)

        for budget in budgets:
            asked = core.Budget(share=budget)
            draws = [judged(Random().select(pool, asked, draw)) for draw in range(DRAWS)]
            yield Outcome(name, share, budget, RANDOM, seed, float(np.mean(draws)))
            for label, method in methods.items():
                chosen = blind.get((label, budget)) or method.select(pool, asked, seed)
                yield Outcome(name, share, budget, label, seed, judged(chosen))
