"""Rounds of greedy over random parts: fewer rows a round, until one part holds what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Limits, row_uniforms
from cribble.core.errors import ParameterError
from cribble.objectives.listed_pairs import ListedPairs
from cribble.optimizers.two_round import first_round, narrow

# Calls a function on the entries of several iterables, as the built-in does, perhaps elsewhere.
Map = Callable[..., Iterable[Any]]


def survivors(
    objective: ListedPairs,
    limits: Limits,
    rows: NDArray[np.int64],
    count: int,
    *,
    parts: int,
    rounds: int,
    seed: int = 0,
    run_all: Map = map,
) -> NDArray[np.int64]:
    """Find the rows that greedy takes in random parts, round after round.

    A part holds at most a ``parts``-th of the rows, in every round: as rows leave, the parts grow
    fewer, and once one holds all that is left no further round is run. Each round keeps an equal
    share of each part, its greedy picks; the number kept falls by equal steps from all rows to
    ``count`` in the last round. One part leaves every row.

    Args:
        objective: The function, at the set that the rows are to be added to.
        limits: What the picks must hold: a row budget alone.
        rows: (m,) int64 rows, ascending.
        count: Rows that shall be picked among them in the end.
        parts: Parts of the first round, 1 or more.
        rounds: Rounds at most, 1 or more.
        seed: Seed of the parts: a row's place among the others is a hash of it, the round and the
            seed.
        run_all: Maps greedy over the parts of a round, as an executor does.

    Returns:
        (p,) int64 rows, ascending, ``count`` or more.

    Raises:
        ParameterError: ``parts`` or ``rounds`` is below 1.

    Source:
        Boether et al. (2025), arXiv:2402.16442.
    """
    for name, value in (("parts", parts), ("rounds", rounds)):
        if value < 1:
            raise ParameterError(name, value, "1 or more")
    room, surplus = -(-len(rows) // parts), len(rows) - count
    alone = replace(limits, keep=limits.keep[:0])
    for step in range(1, rounds + 1):
        if len(rows) <= room:
            break
        keys = row_uniforms(seed, f"partition {step}", 0, objective.size)[rows]
        order = rows[np.argsort(keys, kind="stable")]
        pieces = [np.sort(piece) for piece in np.array_split(order, -(-len(rows) // room))]
        share = -(-(count + surplus * (rounds - step) // rounds) // len(pieces))
        narrowed = (narrow(replace(alone, rows=share), piece) for piece in pieces)
        runs = run_all(first_round, map(objective.part, pieces), narrowed, pieces)
        rows = np.sort(np.concatenate([run.indices for run in runs]))
    return rows
