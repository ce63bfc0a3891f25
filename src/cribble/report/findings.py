"""What stands out about a pool, in words: copies, groups that dominate, wrong labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.kernels.scratch import taken_rows
from cribble.metrics.blocked import sample_rows
from cribble.report.copies import like_each
from cribble.report.label_noise import wrong_labels

_MANY_COPIES, _EMPTY, _UNNAMED = 0.2, 0.01, 0.1
# By how many of the largest groups: the share of the rows they hold, and how many times their
# fair share that has to be, lest one of two labels be said to dominate the other.
_DOMINANT, _UNFAIR = {1: 0.5, 2: 0.8}, 4 / 3
_AMONG, _LABELED = 50_000, 20_000
# How readers name the group of rows whose value is missing.
_NULL = "null"


def pool_findings(pool: Pool, seed: int = 0, *, labels: str | None = None) -> tuple[str, ...]:
    """Look for what a person should know before trusting any subset of the pool.

    Args:
        pool: The pool.
        seed: Seed of the samples: copies of 1,000 rows among at most 50,000, labels of 20,000.
        labels: Grouping with the labels; None for "label", where there is one.

    Returns:
        One sentence a finding; empty where nothing stands out.
    """
    found = [line for name in pool.group_names for line in _groups(pool, name)]
    if pool.has("embedding") and pool.signal("embedding").ndim == 2 and len(pool) > 1:
        vectors = pool.signal("embedding")
        labels = labels or ("label" if "label" in pool.group_names else None)
        if labels is not None:
            found.append(_labels(pool, vectors, labels, seed))
        rows = sample_rows(len(pool), _AMONG, seed, "findings")
        found += _vectors(taken_rows(vectors, rows), len(pool), seed, of_text=pool.has_text)
    return tuple(dict.fromkeys(one for one in found if one))


def _groups(pool: Pool, name: str) -> list[str]:
    groups = pool.groups(name)
    counts = np.bincount(groups.codes, minlength=len(groups.names))
    lines = []
    if _NULL in groups.names:
        place = groups.names.index(_NULL)
        unnamed, counts[place] = counts[place] / len(pool), 0
        if unnamed >= _UNNAMED:
            lines.append(f"{_share(unnamed)} of the rows have no {name}.")
    named = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    for number, least in _DOMINANT.items():
        share = counts[named[:number]].sum() / max(1, len(pool))
        if share < max(least, _UNFAIR * number / max(1, len(named))):
            continue
        first, *second = (f"“{groups.names[code]}”" for code in named[:number])
        if second:
            named_both = f"{name} {first} or {second[0]}"
            lines.append(
                f"Two groups dominate the pool: {_share(share)} of its rows have {named_both}."
            )
        else:
            lines.append(
                f"One group dominates the pool: {_share(share)} of its rows have {name} {first}."
            )
        break
    return lines


def _share(share: float) -> str:
    """Percent without decimals, unless that would say all of what is not all."""
    return f"{share:.0%}" if share == 1 or share < 0.995 else f"{share:.2%}"


def _labels(pool: Pool, vectors: NDArray[Any], name: str, seed: int) -> str:
    groups = pool.groups(name)
    labeled = np.ones(len(pool), dtype=bool)
    if _NULL in groups.names:
        labeled = groups.codes != groups.names.index(_NULL)
    rows = np.flatnonzero(labeled)
    rows = rows[sample_rows(len(rows), _LABELED, seed, "labeled")]
    share = wrong_labels(vectors[rows], np.unique(groups.codes[rows], return_inverse=True)[1], seed)
    if not share:
        return ""
    return (
        f"Labels look wrong: about {share:.0%} of them, judged by the rows whose label should be "
        "plainest from rows like them."
    )


def _vectors(vectors: NDArray[Any], size: int, seed: int, *, of_text: bool) -> list[str]:
    empty = ~vectors.any(axis=1)
    lines = []
    if empty.mean() >= _EMPTY:
        lines.append(
            f"{empty.mean():.0%} of the rows have an embedding of zeros: "
            "the embedder found nothing in them."
        )
    alike = like_each(vectors[~empty] if empty.any() else vectors, seed, of_text=of_text)
    copies = float(np.mean(alike > 1)) if len(alike) else 0.0
    if copies >= _MANY_COPIES:
        among = "" if len(vectors) == size else f" (judged among {len(vectors):,} of them)"
        lines.append(
            f"The pool repeats itself: {copies:.0%} of its rows have a copy or a near-duplicate"
            f"{among}; one of each kind would be {np.mean(1 / alike):.0%} of the rows."
        )
    return lines
