"""What choices of more and more rows teach about held-out rows, and what repeating them would."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Groups, Pool, Selector
from cribble.core.errors import BudgetError
from cribble.metrics import repetition_factor
from cribble.metrics.blocked import sample_rows
from cribble.report.holdout import Split, split
from cribble.report.size_curve import HeldOutCurve, TrainingBudget
from cribble.report.size_runs import Runs, run_sizes
from cribble.selectors.automatic.judges import LabelJudge, MatchJudge, TextJudge

Rows = NDArray[np.int64]
Numbers = NDArray[np.float64]

# Passes over the pool that a training budget pays for.
TIMES = (1.0, 4.0, 10.0)
# Goyal et al. work with tenths of a pool, and find half-lives of one to ten passes over each.
BUCKET, HALF_LIFE = 0.1, 3.0
_RISK = 0.05
_LEAST_ROWS, _LEAST_TARGET, _ROWS_A_CLASS, _MATCHED = 20, 12, 4, 4_096


class Judge(NamedTuple):
    """Judges picks on rows that were held out.

    Args:
        measure: What it measures, in words.
        losses: From picks, ascending, to a loss for each thing that is held out.
        trains: Whether the loss is that of something trained on the picks.
        whole: Whether it can judge all rows of the pool at once.
        chance: Loss on each thing that is held out of who learns nothing but how common each
            label is; None where nobody can say.
    """

    measure: str
    losses: Callable[[Rows], Numbers]
    trains: bool
    whole: bool
    chance: Numbers | None = None


def held_out_curve(
    pool: Pool, budget: Budget, method: Selector, seed: int, label: str
) -> tuple[HeldOutCurve | None, tuple[TrainingBudget, ...]]:
    """Choose from a part of the pool, and judge on the rest.

    Args:
        pool: The pool.
        budget: The largest size, and the limits.
        method: Who chooses.
        seed: Decides what is held out, and what the method draws.
        label: Grouping with the labels.

    Returns:
        The curve, and what the scaling law makes of it; None and nothing where there are neither
        labels nor a target, or too few rows.
    """
    labels = _labels(pool, label)
    if len(pool) < _LEAST_ROWS or (labels is None and not _aimed(pool)):
        return None, ()
    try:
        parts = split(pool, budget, seed, labels)
    except BudgetError:
        # The limits leave no row to judge on.
        return None, ()
    runs = run_sizes(parts.pool, parts.budget, method, seed)
    judge = _judge(pool, parts, labels, runs, seed)
    found = np.array([judge.losses(np.sort(runs.picks(at))) for at in range(len(runs.sizes))])
    losses = found.mean(axis=1)
    gaps = found - found[np.argmin(losses)]
    free = np.nonzero(~parts.budget.resolve(parts.pool).excluded)[0]
    curve = HeldOutCurve(
        measure=judge.measure,
        sizes=runs.sizes,
        losses=losses,
        errors=gaps.std(axis=1, ddof=1) / math.sqrt(gaps.shape[1]),
        held=gaps.shape[1],
        whole=float(judge.losses(free).mean()) if judge.whole else None,
        chance=None if judge.chance is None else float(judge.chance.mean()),
        beats_chance=judge.chance is None or _beaten(judge.chance, found),
    )
    if not (judge.trains and curve.beats_chance):
        return curve, ()
    return curve, training_budgets(curve, *_costs(parts.pool, runs, free), len(free))


def _beaten(chance: Numbers, found: Numbers) -> bool:
    """Whether at some size the mean loss is below that by chance, beyond chance.

    Args:
        chance: (h,) float64 losses by chance.
        found: (m, h) float64 losses at each size; they share the risk.
    """
    from scipy.special import stdtrit

    leads = chance - found
    errors = leads.std(axis=1, ddof=1) / math.sqrt(len(chance))
    reach = float(stdtrit(len(chance) - 1, 1 - _RISK / len(found)))
    return bool((leads.mean(axis=1) > reach * errors).any())


def training_budgets(
    curve: HeldOutCurve, costs: Numbers, total: float, rows: int
) -> tuple[TrainingBudget, ...]:
    """Predict which size is best where training goes over the picks again and again.

    The loss measured at a size stands for one pass. Further passes lower it by the law of
    `cribble.metrics.repetition_factor`, whose utility is the slope of the losses up to this size,
    both on logarithmic axes. A pass is worth half after three more over a tenth of the pool or
    less; over p tenths, after 3 p.

    Args:
        curve: The held-out curve.
        costs: (m,) float64 cost of a pass over the picks of each size, such as tokens.
        total: Cost of a pass over all rows.
        rows: How many all rows are.

    Returns:
        One entry for 1, 4 and 10 passes over all rows; nothing where a loss is 0 or less.

    Source:
        Goyal et al. (2024), arXiv:2404.07177.
    """
    sizes, losses, measured = curve.sizes, curve.losses, len(curve.sizes)
    if curve.whole is not None and sizes[-1] < rows:
        sizes, losses = np.append(sizes, rows), np.append(losses, curve.whole)
        costs = np.append(costs, total)
    if len(sizes) < 2 or not (losses > 0).all() or not (costs > 0).all():
        return ()
    utilities = [_slope(sizes[: at + 1], losses[: at + 1]) for at in range(1, len(sizes))]
    half_lives = HALF_LIFE * np.maximum(1.0, costs / total / BUCKET)
    found = []
    for times in TIMES:
        passes = times * total / costs
        factors = [
            repetition_factor(*one)
            for one in zip(
                [utilities[0], *utilities], half_lives.tolist(), passes.tolist(), strict=True
            )
        ]
        found.append(
            TrainingBudget(
                times=times,
                sizes=sizes,
                passes=passes,
                losses=losses * factors,
                whole=measured < len(sizes),
            )
        )
    return tuple(found)


def _slope(sizes: Rows, losses: Numbers) -> float:
    """Slope of the losses on logarithmic axes; 0 where they do not fall."""
    along = np.log(sizes) - np.log(sizes).mean()
    return min(0.0, float(along @ np.log(losses) / (along @ along)))


def _labels(pool: Pool, label: str) -> Groups | None:
    if label not in pool.group_names or not _vectors(pool) or pool.targets:
        return None
    groups = pool.groups(label)
    return groups if 2 <= len(groups.names) <= len(pool) // _ROWS_A_CLASS else None


def _vectors(pool: Pool) -> bool:
    return pool.has("embedding") and pool.signal("embedding").ndim == 2


def _texts(pool: Pool) -> bool:
    return pool.has_text and all(one.has_text for one in pool.targets)


def _aimed(pool: Pool) -> bool:
    if sum(map(len, pool.targets)) < _LEAST_TARGET:
        return False
    return _texts(pool) or (_vectors(pool) and all(one.has("embedding") for one in pool.targets))


def _judge(pool: Pool, parts: Split, labels: Groups | None, runs: Runs, seed: int) -> Judge:
    if labels is not None:
        return _label_judge(pool, parts, labels, runs)
    if _texts(parts.pool):
        judge = TextJudge(parts.pool, parts.targets)
        return Judge("surprise a token of held-out target text (nats)", judge.losses, True, True)
    vectors = parts.pool.signal("embedding", ndim=2)
    held = np.concatenate([one.signal("embedding", ndim=2) for one in parts.targets])

    def losses(picks: Rows) -> Numbers:
        # Pairs of picks are squared in number: a sample of them tells the same.
        some = picks[sample_rows(len(picks), _MATCHED, seed, "match")]
        return MatchJudge(vectors[some], held).losses(np.arange(len(some)))

    return Judge("energy distance to held-out target rows", losses, False, True)


def _label_judge(pool: Pool, parts: Split, labels: Groups, runs: Runs) -> Judge:
    vectors = parts.pool.signal("embedding", ndim=2)
    codes = labels.codes[parts.rows]
    # The judge copies what it may learn from, in float64, and more than once.
    whole = 4 * vectors.size * 8 <= parts.pool.memory
    rows = np.arange(len(vectors)) if whole else np.unique(np.concatenate(runs.every))
    queries, truth = pool.signal("embedding", ndim=2)[parts.held], labels.codes[parts.held]
    free = ~parts.budget.resolve(parts.pool).excluded
    common = int(np.bincount(codes[free]).argmax())
    judge = LabelJudge(vectors[rows], codes[rows, None], queries, truth[:, None])
    return Judge(
        "error of a linear classifier on held-out rows",
        lambda picks: judge.losses(np.searchsorted(rows, picks)),
        True,
        whole,
        (truth != common).astype(np.float64),
    )


def _costs(pool: Pool, runs: Runs, free: Rows) -> tuple[Numbers, float]:
    """Cost of a pass over the picks of each size, and over all rows: in tokens, else in rows."""
    each = np.ones(len(pool))
    if pool.has("tokens"):
        each = np.asarray(pool.signal("tokens", ndim=1), dtype=np.float64)
    spent = [math.fsum(each[runs.picks(at)]) for at in range(len(runs.sizes))]
    return np.array(spent), math.fsum(each[free])
