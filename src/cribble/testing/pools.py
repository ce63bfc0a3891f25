"""Small pools that have what a card needs and nothing more, so that a forgotten need shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups, Pool, TextBlock
from cribble.core.pool import DEFAULT_MEMORY

T = TypeVar("T")

KINDS = ("random", "identical", "zeros", "half", "ties")
"""Kinds of pool: Gaussian clusters; one row many times; some all-zero rows and empty texts, read
only; float16 vectors; coordinates so coarse that most rows tie, float64 in columns."""

_WORDS = ("sum", "prime", "angle", "proof", "river", "moon", "naïve", "数", "code", "loop", "🧂")


def make_pool(
    needs: Sequence[str],
    size: int,
    *,
    kind: str = "random",
    seed: int = 0,
    memory: int = DEFAULT_MEMORY,
    spoil: str | None = None,
    touched: list[str] | None = None,
) -> Pool:
    """Make a pool with the signals, groups, text and target that ``needs`` names.

    For budgets there are also the cost signals "tokens" (whole numbers) and "cost" (fractions,
    some 0), and the grouping "source" with groups "a" to "d", of which "d" has no row in every
    pool of under 4 rows.

    Args:
        needs: Names as on a card: "embedding" (n, 8), "quality" and "difficulty" (n,), "label"
            (signal and grouping, three classes), "probability" (n, 3), "group", "text", "target"
            (one pool of 5 rows).
        size: Number of rows.
        kind: One of `KINDS`.
        seed: Seed of the rows.
        memory: The pool's memory limit, bytes.
        spoil: Name of a signal to plant one NaN in, or "target" for the target's embedding.
        touched: Filled with the names of what is read, if given; cost signals are left out.

    Raises:
        ValueError: A need or kind is not known here.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; it must be one of {KINDS}")
    rng = np.random.default_rng((seed, size))
    codes = rng.integers(0, 4, size)
    codes[:4] = np.arange(size)[:4]
    arrays: dict[str, NDArray[Any]] = {
        "tokens": rng.integers(1, 60, size).astype(np.float64),
        "cost": rng.integers(0, 30, size) / 10,
    }
    groups: dict[str, Any] = {"source": Groups(codes, tuple("abcd"))}
    texts: list[str] | None = None
    targets: tuple[Pool, ...] = ()
    for need in needs:
        if need == "embedding":
            arrays[need] = _vectors(rng, size, kind)
        elif need in ("quality", "difficulty"):
            scores = rng.integers(0, 12, size)
            arrays[need] = scores if kind == "ties" else (scores / 4).astype(np.float32)
        elif need == "label":
            arrays[need] = rng.integers(0, 3, size)
            groups[need] = Groups(arrays[need].astype(np.int64), ("x", "y", "z"))
        elif need == "probability":
            arrays[need] = rng.dirichlet(np.ones(3), size)
        elif need == "group":
            groups[need] = Groups(rng.integers(0, 5, size), tuple("pqrst"))
        elif need == "text":
            texts = _sentences(rng, size, kind)
        elif need == "target":
            inside = [one for one in needs if one != "target"]
            spoiled = "embedding" if spoil == "target" else None
            target = make_pool(inside, 5, kind=kind, seed=seed + 1, spoil=spoiled, touched=touched)
            targets = (target,)
        else:
            raise ValueError(f"no way to make {need!r} for a test pool")
    if spoil in arrays:
        arrays[spoil] = arrays[spoil].astype(np.float64)
        arrays[spoil][size // 2, ...] = np.nan
    return _assemble(size, arrays, groups, texts, targets, memory, touched)


def narrowed(pool: Pool) -> Pool:
    """The same pool with one coordinate of its embedding less."""
    texts = (lambda: pool.text_blocks()) if pool.has_text else None
    signals = {name: pool.signal(name) for name in pool.signal_names}
    signals["embedding"] = signals["embedding"][:, :-1]
    groups = {name: pool.groups(name) for name in pool.group_names}
    return Pool(len(pool), signals=signals, groups=groups, texts=texts)


def _vectors(rng: np.random.Generator, size: int, kind: str) -> NDArray[Any]:
    centers = rng.normal(size=(6, 8)) * 2
    vectors = (centers[rng.integers(0, 6, size)] + rng.normal(size=(size, 8))).astype(np.float32)
    if kind == "identical":
        vectors[:] = vectors[:1]
    elif kind == "zeros":
        vectors[::3] = 0
        vectors.setflags(write=False)
    elif kind == "ties":
        vectors = np.asfortranarray(np.round(vectors / 4), dtype=np.float64)
    elif kind == "half":
        vectors = vectors.astype(np.float16)
    return vectors


def _sentences(rng: np.random.Generator, size: int, kind: str) -> list[str]:
    texts = [" ".join(rng.choice(_WORDS, rng.integers(3, 15))) for _ in range(size)]
    if kind == "identical":
        texts = texts[:1] * size
    elif kind == "zeros":
        texts[::3] = [""] * len(texts[::3])
    return texts


def _assemble(
    size: int,
    arrays: dict[str, NDArray[Any]],
    groups: dict[str, Any],
    texts: list[str] | None,
    targets: tuple[Pool, ...],
    memory: int,
    touched: list[str] | None,
) -> Pool:
    signals: dict[str, Any] = dict(arrays)
    told: Any = texts
    if touched is not None:
        for name in set(arrays) - {"tokens", "cost"}:
            signals[name] = _watched(name, arrays[name], touched)
        if texts is not None:
            told = _watched("text", [TextBlock.from_strings(texts)], touched)
    return Pool(size, signals=signals, groups=groups, texts=told, targets=targets, memory=memory)


def _watched(name: str, value: T, touched: list[str]) -> Callable[[], T]:
    def read() -> T:
        touched.append(name)
        return value

    return read
