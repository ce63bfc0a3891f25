"""What a few small trainings on mixtures of sources say about all mixtures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError, UnknownNameError
from cribble.kernels.mixtures import Worth, at_size, best_shares, mixture_features, predicted

Floats = NDArray[np.float64]
Pilot = tuple[int, float, Mapping[str, float]]


class Scale(NamedTuple):
    """The pilots of one number of rows.

    Args:
        rows: That number.
        mixtures: (p, m) float64 shares, each row summing to 1.
        scores: (p,) float64.
    """

    rows: int
    mixtures: Floats
    scores: Floats


def check_pilots(pilots: Sequence[Pilot]) -> None:
    """Refuse pilots that are none.

    Raises:
        ParameterError: A number is not finite, a number of rows below 1, or shares are negative
            or all 0.
    """
    for rows, score, shares in pilots:
        parts = np.array(list(shares.values()), dtype=np.float64)
        if not (rows >= 1 and np.isfinite([score, *parts]).all()):
            raise ParameterError("pilots", (rows, score, shares), "finite, of 1 row or more")
        if (parts < 0).any() or not parts.sum() > 0:
            raise ParameterError("pilots", dict(shares), "shares of 0 or more, not all 0")


def scales(pilots: Sequence[Pilot], names: Sequence[str]) -> list[Scale]:
    """Sort pilots by number of rows, the smallest first.

    Args:
        pilots: Numbers of rows, scores and shares by name of source.
        names: The m sources.

    Raises:
        UnknownNameError: A pilot names another source.
        ParameterError: There are fewer than 3 m - 1 pilots of a number of rows.
    """
    place = {name: at for at, name in enumerate(names)}
    found = []
    for rows in sorted({pilot[0] for pilot in pilots}):
        own = [pilot for pilot in pilots if pilot[0] == rows]
        mixtures = np.zeros((len(own), len(names)))
        for at, (_, _, shares) in enumerate(own):
            for name, share in shares.items():
                if name not in place:
                    raise UnknownNameError("source of a pilot", name, tuple(names))
                mixtures[at, place[name]] = share
        if len(own) < 3 * len(names) - 1:
            need = f"{3 * len(names) - 1} or more of {rows:,} rows, for {len(names)} sources"
            raise ParameterError("pilots", len(own), need)
        mixtures /= mixtures.sum(axis=1, keepdims=True)
        found.append(Scale(rows, mixtures, np.array([pilot[1] for pilot in own])))
    return found


def least_distance(
    distance: Callable[[Floats], Worth], sources: int, steps: int
) -> tuple[Floats, dict[str, Any]]:
    """Find the shares whose mixture is nearest to the target."""

    def nearness(shares: Floats) -> Worth:
        found = distance(shares)
        return Worth(-found.value, -found.slope)

    shares, found = best_shares(nearness, np.full(sources, 1 / sources), steps)
    return shares, {"transport": -found.value}


def highest_score(
    table: Sequence[Scale], distance: Callable[[Floats], Worth], rows: int, steps: int
) -> tuple[Floats, dict[str, Any]]:
    """Find the shares of the best predicted score at the largest number of pilot rows.

    The search starts from equal shares and from the pilot that the fit likes best.

    Args:
        table: The pilots, the smallest number of rows first, at least one.
        distance: Transport distance of a mixture.
        rows: The number of rows to predict the score at.
        steps: Of each search, at most.

    Returns:
        shares: (m,) float64.
        stats: ``transport`` of the shares, ``predicted_score`` and ``fit``.
    """
    fits: list[Floats] = []
    quality = {}
    for scale in table:
        values = [distance(shares).value for shares in scale.mixtures]
        design = np.stack(list(map(mixture_features, scale.mixtures, values)))
        solution = np.linalg.lstsq(design, scale.scores, rcond=None)[0]
        fits.append(np.asarray(solution, dtype=np.float64))
        left = np.square(scale.scores - design @ fits[-1]).sum()
        spread = np.square(scale.scores - scale.scores.mean()).sum()
        quality[str(scale.rows)] = float(1 - left / spread) if spread > 0 else 1.0

    def worth(shares: Floats) -> Worth:
        return predicted(fits[-1], shares, distance(shares))

    likes = design @ fits[-1]
    starts = [np.full(scale.mixtures.shape[1], 1 / scale.mixtures.shape[1])]
    starts.append(scale.mixtures[int(np.argmax(likes))])
    found = [best_shares(worth, start, steps) for start in starts]
    shares = max(found, key=lambda one: one[1].value)[0]
    there = distance(shares)
    levels = np.array([predicted(fit, shares, there).value for fit in fits])
    sizes = np.array([scale.rows for scale in table], dtype=np.float64)
    return shares, {
        "transport": there.value,
        "predicted_score": at_size(sizes, levels, max(1, rows)),
        "fit": quality,
    }
