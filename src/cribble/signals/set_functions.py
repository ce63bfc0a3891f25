"""Set functions learned from examples of good choices."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cribble.core import row_uniforms, stream
from cribble.core.errors import DataError, ParameterError, SignalError
from cribble.data.atomic import atomic_path
from cribble.kernels.set_functions import SetWeights, mean_gains, subset_loss
from cribble.kernels.threads import limited_threads

Example = tuple[ArrayLike, ArrayLike]
"""The vectors of a ground set, (n, d), and the rows of its best subset, (k,) int64."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SetFunction:
    """A trained set function: how much each row of a pool adds to a choice from it.

    Args:
        weights: Its parameters.
        typical: Mean number of rows of the ground sets that it was trained on.
    """

    weights: SetWeights
    typical: float

    @property
    def dim(self) -> int:
        """Dimensions of the vectors it takes."""
        return len(self.weights.embed)

    @property
    def fingerprint(self) -> str:
        """Hash of the parameters, hex."""
        parts = (*self.weights, np.float64(self.typical))
        return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"SetFunction({self.dim} dimensions, {self.fingerprint})"

    def gains(self, X: NDArray[Any], *, draws: int = 16, seed: int = 0) -> NDArray[np.float64]:
        """What each row adds to random halves of the pool, a mean over draws.

        The sigmoid of a gain is the row's chance to be in the best subset, as one step of
        mean-field inference from even chances sees it.

        Args:
            X: (n, d) float, the pool.
            draws: Number of random subsets.
            seed: Draws the subsets.

        Returns:
            (n,) float64. Memory: ``draws`` bytes a row.

        Raises:
            SignalError: The vectors are not (n, d) with d as in training.
        """
        if np.ndim(X) != 2 or X.shape[1] != self.dim:
            raise SignalError(
                "embedding",
                f"it has shape {np.shape(X)}, and the set function takes {self.dim} dimensions",
                "use the vectors that it was trained on",
            )
        masks = np.empty((draws, len(X)), dtype=np.bool_)
        for draw, mask in enumerate(masks):
            mask[:] = row_uniforms(seed, f"random half {draw}", 0, len(X)) < 0.5
        return mean_gains(X, self.weights, masks, self.typical)

    def write(self, path: str | Path) -> None:
        """Write it to an ``.npz`` file, whole or not at all.

        Raises:
            OutputError: The path cannot be written.
        """
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, typical=np.float64(self.typical), **self.weights._asdict())

    @classmethod
    def read(cls, path: str | Path) -> SetFunction:
        """Read what `write` wrote.

        Raises:
            DataError: The file is missing or holds no set function.
        """
        try:
            with np.load(path, allow_pickle=False) as parts:
                weights = SetWeights(*(parts[name] for name in SetWeights._fields))
                return cls(weights, float(parts["typical"]))
        except OSError as error:
            found = error.strerror or "it cannot be read"
            raise DataError(str(path), found, "name a file that can be read") from None
        except (AttributeError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile):
            raise DataError(
                str(path), "it holds no set function", "write one with SetFunction.write"
            ) from None


def train_set_function(
    examples: Sequence[Example],
    *,
    superset: bool = True,
    width: int = 32,
    draws: int = 5,
    batch: int = 32,
    epochs: int = 20,
    rate: float = 0.01,
    seed: int = 0,
) -> SetFunction:
    """Learn from ground sets and their best subsets what makes a subset good.

    The loss is the cross-entropy between the best subset and the chances of one mean-field step
    from even chances; it is minimized by Adam, on one thread, so that it ends at the same weights
    on any number of them. Sets may differ in size.

    Args:
        examples: Pairs of vectors, (n_i, d) float, and rows of the best subset, (k_i,) int64, at
            least one of them and not all.
        superset: Whether the function sees the whole ground set beside the subset.
        width: Features of a row, and hidden units.
        draws: Random subsets of a mean-field step.
        batch: Ground sets of a step of Adam.
        epochs: Passes over the examples.
        rate: Step size of Adam; it falls to 0 along half a cosine.
        seed: Draws the first weights, the subsets and the order.

    Returns:
        The set function. Memory: the examples, and 8 bytes a row of a batch, draw and unit,
        several times.

    Raises:
        ParameterError: There is no example, one is malformed, or a number is not positive.

    Source:
        Zaheer et al. (2017), arXiv:1703.06114; Ou et al. (2022), arXiv:2203.01693, without a
        recognition network; with ``superset``, Xie et al. (2024), arXiv:2402.03139. Sizes, Adam's
        schedule and sums scaled to the mean ground set are our own.
    """
    numbers = {"width": width, "draws": draws, "batch": batch, "epochs": epochs, "rate": rate}
    for name, value in numbers.items():
        if not value > 0:
            raise ParameterError(name, value, "above 0")
    sets = _checked(examples)
    weights, unit = _start(sets, width, superset, seed)
    typical = float(np.mean([len(X) for X, _ in sets]))
    random = stream(seed, "set function steps")
    steps = epochs * -(-len(sets) // batch)
    moments = [np.zeros_like(part) for part in (*weights, *weights)]
    step = 0
    with limited_threads(1):
        for _ in range(epochs):
            order = random.permutation(len(sets))
            for start in range(0, len(sets), batch):
                some = [sets[one] for one in order[start : start + batch]]
                X = (np.concatenate([X for X, _ in some]) - unit[0]) / unit[1]
                wanted = np.concatenate([marks for _, marks in some])
                starts = np.cumsum([0, *(len(marks) for _, marks in some[:-1])])
                masks = random.random((draws, len(X))) < 0.5
                _, gradient = subset_loss(X, wanted, starts, masks, weights, typical)
                if not superset:
                    gradient.whole[:] = 0
                pace = rate * (1 + np.cos(np.pi * step / steps)) / 2
                step += 1
                _adam(weights, gradient, moments, pace, step)
    embed = weights.embed / unit[1][:, None]
    return SetFunction(
        weights._replace(embed=embed, shift=weights.shift - unit[0] @ embed), typical
    )


def _checked(
    examples: Sequence[Example],
) -> list[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Ground sets with marks on the rows of their best subsets."""
    sets: list[tuple[NDArray[np.float64], NDArray[np.bool_]]] = []
    for number, (vectors, rows) in enumerate(examples):
        X, picked = np.asarray(vectors, dtype=np.float64), np.asarray(rows)
        name = f"example {number}"
        if X.ndim != 2 or not X.size or not np.isfinite(X).all():
            raise ParameterError(name, X.shape, "rows of finite vectors, (n, d)")
        if sets and X.shape[1] != sets[0][0].shape[1]:
            raise ParameterError(
                name, X.shape, f"of {sets[0][0].shape[1]} dimensions, as the first"
            )
        whole = picked.ndim == 1 and np.issubdtype(picked.dtype, np.integer)
        if not whole or not len(picked) or picked.min() < 0 or picked.max() >= len(X):
            raise ParameterError(f"{name}'s rows", rows, f"row numbers in [0, {len(X)})")
        marks = np.zeros(len(X), dtype=np.bool_)
        marks[picked] = True
        if marks.all():
            raise ParameterError(f"{name}'s rows", rows, "some of the rows, not all")
        sets.append((X, marks))
    if not sets:
        raise ParameterError("examples", len(sets), "at least one pair of vectors and rows")
    return sets


def _start(
    sets: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]],
    width: int,
    superset: bool,
    seed: int,
) -> tuple[SetWeights, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """First weights of Glorot's scale, for columns that are standardized by what comes second."""
    rows = np.concatenate([X for X, _ in sets])
    center, spread = rows.mean(axis=0), rows.std(axis=0)
    spread = np.where(spread > 1e-9 * np.abs(center), spread, 1.0)
    random = stream(seed, "set function weights")
    dim = rows.shape[1]
    embed = random.standard_normal((dim, width)) / np.sqrt(dim)
    own, whole = random.standard_normal((2, width, width)) / np.sqrt(width)
    last = random.standard_normal(width) / np.sqrt(width)
    weights = SetWeights(embed, np.zeros(width), own, whole * superset, np.zeros(width), last)
    return weights, (center, spread)


def _adam(
    weights: SetWeights,
    gradient: SetWeights,
    moments: Sequence[NDArray[np.float64]],
    rate: float,
    step: int,
) -> None:
    """One step of Adam, in place."""
    firsts, seconds = moments[: len(weights)], moments[len(weights) :]
    for part, slope, first, second in zip(weights, gradient, firsts, seconds, strict=True):
        first += 0.1 * (slope - first)
        second += 0.001 * (slope**2 - second)
        lead = first / (1 - 0.9**step)
        part -= rate * lead / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
