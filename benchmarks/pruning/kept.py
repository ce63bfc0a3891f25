"""Trials that are done, one file a set and seed, so that a long run can go on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

from benchmarks.pruning.trial import RANDOM, Outcome


def completed(
    path: Path | None,
    methods: Sequence[str],
    cases: Iterable[tuple[float, float]],
    run: Callable[[Sequence[str]], Iterable[Outcome]],
) -> list[Outcome]:
    """Outcomes of one trial: those in the file, and those of ``run``, which are added to it.

    Args:
        path: The file; None keeps nothing.
        methods: What is asked for beside random rows.
        cases: Shares of flipped labels and budgets that are asked for.
        run: Runs the methods it is given, under every case.
    """
    kept = {one[1:4]: Outcome(*one) for one in _read(path)}
    wanted = set(cases)
    missing = [one for one in methods if not {(*case, one) for case in wanted} <= set(kept)]
    if missing or not {(*case, RANDOM) for case in wanted} <= set(kept):
        found = {(one.flipped, one.budget, one.method): one for one in run(missing)}
        kept |= found
        if path is not None:
            _write(path, [astuple(one) for one in kept.values()])
    return [
        kept[flipped, budget, method]
        for flipped, budget in sorted(wanted)
        for method in (RANDOM, *methods)
    ]


def _read(path: Path | None) -> list[tuple]:
    if path is None or not path.exists():
        return []
    return [tuple(one) for one in json.loads(path.read_text("utf-8"))]


def _write(path: Path, rows: list[tuple]) -> None:
    """All or nothing: a killed run leaves the file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text("[" + ",\n".join(map(json.dumps, rows)) + "]\n", "utf-8")
    part.replace(path)
