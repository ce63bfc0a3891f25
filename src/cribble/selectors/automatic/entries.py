"""Which methods fit a pool, and by what they are judged: decided by what it has, not by numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from cribble.core import Pool, Selector
from cribble.selectors import catalogue
from cribble.selectors.automatic.heats import (
    CLUSTER_MARGIN,
    CLUSTER_RISK,
    cluster_heat,
    label_heat,
    target_heat,
)
from cribble.selectors.automatic.race import RISK, Heat
from cribble.selectors.automatic.sample import Sample

MakeHeat = Callable[[Sample, str, int, int], Heat]

LABEL, GROUP = "label", "group"
# With fewer rows a class, a column names rows rather than classes.
_ROWS_A_CLASS = 4
# Held-out parts of fewer target rows tell nothing, and the rows near the target are asked for.
_LEAST_TARGET = 12
# Of the risk with labels, for herding by class: it seldom is no better, so others get less.
_FAVORED = 0.8
# Facility location takes half of a race, and is 1 to 9 points of accuracy behind herding but where
# classes are at least so many and get at most so many rows each (record 0081).
_MANY_CLASSES, _FEW_A_CLASS = 16, 20
# k-medoids takes some two CPU seconds there, and grows with the square.
_MEDOID_ROWS = 10_000
_NO_JUDGE = "no row that is held out can judge it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The race that fits a pool.

    Args:
        seen: What the pool has, in words.
        judged: What decides, in words.
        methods: The methods by name.
        judge: From a sample, the signal of costs, the round and the seed to that round of the
            race; None where there is nothing to race.
        margin: The least lead over random that counts.
        risks: Chance that a method that is no better wins, by name; None for 5%, shared evenly.
        rounds: How many rounds there are.
        unused: What the pool has and the race makes nothing of, and why.
    """

    seen: str
    judged: str = ""
    methods: Mapping[str, Selector]
    judge: MakeHeat | None = None
    margin: float = 0.0
    risks: Mapping[str, float] | None = None
    rounds: int = 8
    unused: Mapping[str, str] = field(default_factory=dict)


def entry_of(pool: Pool, rows: int | None = None) -> Entry | None:
    """Find the race for a pool; None where it has nothing to choose by.

    Args:
        pool: The pool.
        rows: How many are to be picked; None for all methods that any number calls for.

    Raises:
        SignalError: A signal is malformed.
    """
    vectors = pool.has("embedding") and pool.signal("embedding").ndim == 2
    texts = pool.has_text and all(one.has_text for one in pool.targets)
    if pool.targets:
        pool.target_pools()
        aimed = vectors and all(one.has("embedding") for one in pool.targets)
        if texts or aimed:
            return _target(pool, texts, aimed)
    if vectors and classes_of(pool, LABEL):
        return _labels(pool, rows)
    if vectors:
        return _vectors(pool)
    if pool.has("quality"):
        seen = "a quality signal, and neither vectors nor text"
        return Entry(seen=seen, methods=_made("top-score"))
    return None


def classes_of(pool: Pool, grouping: str) -> int:
    """How many classes a grouping has; 0 where there is none that tells classes."""
    if grouping not in pool.group_names:
        return 0
    classes = len(pool.groups(grouping).names)
    return classes if 2 <= classes <= len(pool) // _ROWS_A_CLASS else 0


def _made(*names: str) -> dict[str, Selector]:
    return {name: catalogue.make(name) for name in names}


def _shared(methods: Mapping[str, Selector], risk: float, first: float) -> dict[str, float]:
    """The risk of each method: a share of the whole for the first, the others the rest."""
    leading, *others = methods
    rest = dict.fromkeys(others, risk * (1 - first) / max(1, len(others)))
    return {leading: risk * first, **rest}


def _unused(pool: Pool, why: Mapping[str, str]) -> dict[str, str]:
    return {name: reason for name, reason in why.items() if pool.has(name)}


def _target(pool: Pool, texts: bool, vectors: bool) -> Entry:
    names = [*(["rds-plus"] if vectors else []), *(["dsir"] if texts else [])]
    aside = "the target decides"
    unused = _unused(pool, {"quality": aside, LABEL: aside, GROUP: aside})
    if sum(map(len, pool.targets)) < _LEAST_TARGET:
        seen = "a target of too few rows to hold some out"
        return Entry(seen=seen, methods=_made(*names), unused=unused)
    return Entry(
        seen="a target",
        judged="surprise a token of held-out target text (nats)"
        if texts
        else "energy distance to held-out target rows",
        methods=_made(*names),
        judge=partial(target_heat, texts),
        unused=unused,
    )


def _labels(pool: Pool, rows: int | None) -> Entry:
    # Few methods: each shares the risk of the others, and costs its runs.
    classes, by_label = classes_of(pool, LABEL), ["grouped-herding"]
    if classes >= _MANY_CLASSES and (rows is None or rows <= _FEW_A_CLASS * classes):
        by_label.append("grouped-facility-location")
    methods = {name: catalogue.make(name, by=LABEL) for name in by_label}
    seen = f"vectors and labels of {classes:,} classes"
    if pool.has("quality"):
        # Held-out labels tell whether the scores are worth anything.
        seen, methods = f"{seen}, and scores", {**methods, **_made("mmr")}
    return Entry(
        seen=seen,
        judged="accuracy of a linear classifier on held-out rows",
        methods=methods,
        judge=partial(label_heat, LABEL),
        risks=_shared(methods, RISK, _FAVORED if len(methods) > 1 else 1.0),
        unused=_unused(pool, {GROUP: "the labels decide"}),
    )


def _vectors(pool: Pool) -> Entry:
    # One method, which costs little on pools of the size: of both, medoids lead more often.
    small = len(pool) <= _MEDOID_ROWS
    medoids = {"k-medoids": catalogue.make("k-medoids", centered=True)}
    methods, grouping = medoids if small else _made("facility-location"), ""
    seen, judged = "vectors, and neither labels nor a target", "the clusters"
    if groups := classes_of(pool, GROUP):
        # Each group gets its share of the rows, and says what a row may be asked for.
        methods["grouped-herding"] = catalogue.make("grouped-herding", by=GROUP)
        seen, judged = f"vectors of {groups:,} groups", "the clusters and groups"
        grouping = GROUP
    return Entry(
        seen=seen,
        judged=f"accuracy on {judged} of held-out rows",
        methods=methods,
        judge=partial(cluster_heat, grouping),
        rounds=4,
        margin=CLUSTER_MARGIN,
        risks=_shared(methods, CLUSTER_RISK, 1 / len(methods)),
        unused=_unused(pool, {"quality": _NO_JUDGE}),
    )
