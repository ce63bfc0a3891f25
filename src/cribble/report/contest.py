"""Several methods at one budget, each against random, on rows that no method saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Groups, Pool, Progress, Selector, Silent, stream
from cribble.core.errors import ParameterError, SignalError
from cribble.report.compare import expected_rows
from cribble.report.dynamics import Dynamics
from cribble.report.findings import pool_findings
from cribble.report.holdout import Split, split
from cribble.report.judges import Judge, Score, judge_of
from cribble.report.measures import Measure, Panel
from cribble.report.outcome import MethodComparison, MethodResult, SameTime, quota_state
from cribble.report.paired import Paired
from cribble.report.spending import Spent, spending
from cribble.selectors.baselines.random import Random
from cribble.signals.difficulty import Difficulty

# Random subsets a repeat that make up the baseline, and the most that one method's time may buy.
_DRAWS, _MOST_DRAWS = 3, 50


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One choice on one split: its rows of the whole pool, its score, metrics and seconds."""

    picks: NDArray[np.int64]
    score: Score
    metrics: dict[str, float]
    spent: Spent
    judging: float


class _Round:
    """One repeat: a split of the pool, a judge, and random subsets for the baseline."""

    def __init__(self, job: _Job, turn: int) -> None:
        self._job, self.seed = job, job.seed + turn
        self.split: Split = split(job.pool, job.budget, self.seed, job.labels)
        found = judge_of(job.pool, self.split, job.labels, self.seed)
        if found is None:
            raise SignalError(
                "embedding",
                "the pool has nothing to judge picks by",
                "name text, vectors or a quality column",
            )
        self.judge: Judge = found
        unseen = np.ones(len(job.pool), dtype=bool)
        unseen[self.split.held] = False
        shown = job.pool.adding(targets=self.split.targets)
        self.panel = Panel(shown, unseen, job.rows, self.seed)
        self._draws: list[_Run] = []
        self._scores: list[Score] = []
        self._seeds = stream(self.seed, "random subsets").integers(1 << 62, size=_MOST_DRAWS)
        self.random = [self._random(number) for number in range(_DRAWS)]

    def run(self, method: Selector, seed: int) -> _Run:
        """Let a method choose on the split, and measure its picks."""
        chosen, spent = spending(lambda: self.split.run(method, seed))
        picks = self.split.original(chosen.indices)
        if not len(picks):
            raise ParameterError("budget", "0 picks", "enough for a row, to be compared")
        metrics = self.panel.measure(picks)
        if self._job.dynamics is not None:
            metrics |= self._job.dynamics.measure(picks)
        score, judging = spending(lambda: self.judge(picks))
        return _Run(picks, score, metrics, spent, judging.seconds)

    def _random(self, number: int) -> _Run:
        found = self.run(Random(), int(self._seeds[number]))
        self._scores.append(found.score)
        return found

    def same_time(self, seconds: float) -> tuple[int, float]:
        """The best of as many random subsets as fit into some seconds.

        The best is chosen on one half of the held-out rows and judged on the other.

        Returns:
            How many subsets, at least 1 and at most 50, and the value of the best.
        """
        began = len(self._scores)
        # To choose among random subsets, each has to be judged.
        each = float(np.mean([one.spent.seconds + one.judging for one in self.random]))
        number = int(np.clip(seconds / max(each, 1e-9), 1, _MOST_DRAWS))
        for place in range(began, number):
            picks = self.split.run(Random(), int(self._seeds[place])).indices
            self._scores.append(self.judge(self.split.original(picks)))
        seen = [one.validation for one in self._scores[:number]]
        best = int(np.argmax(seen) if self.judge.measure.better == "higher" else np.argmin(seen))
        return number, self._scores[best].test


class _Job:
    """What is asked: the pool, the budget, and what there is to judge by."""

    def __init__(
        self,
        pool: Pool,
        budget: Budget,
        seed: int,
        probe: str | None,
        log: Difficulty | None,
    ) -> None:
        self.pool, self.budget, self.seed = pool, budget, seed
        self.limits = budget.resolve(pool)
        self.rows = expected_rows(self.limits)
        self.labels: Groups | None = pool.groups(probe) if probe is not None else None
        self.dynamics = Dynamics(log) if log is not None else None


def compare_methods(
    pool: Pool,
    budget: Budget | int | str,
    methods: Sequence[Selector],
    repeats: int = 10,
    seed: int = 0,
    *,
    probe: str | None = None,
    log: Difficulty | None = None,
    progress: Progress | None = None,
) -> MethodComparison:
    """Run several methods at one budget and hold each against random.

    At each repeat a fifth of the pool and a third of each target are held back. The methods and
    three random subsets choose from the rest and are judged on what was held back. Differences
    to random are paired by repeat; their bootstrap intervals share a 5% risk over the methods
    (Bonferroni), and are widened because the repeats split the same rows.

    Args:
        pool: The pool.
        budget: Budget and limits, the same for all.
        methods: The methods.
        repeats: Splits; each method runs once on each. Fewer than 5 are measured, and get no
            verdict.
        seed: Seed of the first repeat; the others follow.
        probe: Grouping with the labels of a linear probe, which then decides; None for none.
        log: What the log of a training run says of each row.
        progress: Where to report each run.

    Raises:
        ParameterError: There are no methods, or no repeats.
        BudgetError: The budget leaves no rows to judge on.
        SignalError: There is nothing to judge by, or a signal is malformed.
    """
    if repeats < 1:
        raise ParameterError("repeats", repeats, "1 or more; a verdict takes 5")
    if not methods:
        raise ParameterError("methods", "none", "one or more")
    progress = progress or Silent()
    job = _Job(pool, Budget.parse(budget), seed, probe, log)
    progress.start("run methods", repeats * (1 + len(methods)), "runs")
    rounds: list[_Round] = []
    runs: list[list[_Run]] = []
    for turn in range(repeats):
        one = _Round(job, turn)
        progress.advance(1)
        rounds.append(one)
        runs.append([])
        for method in methods:
            runs[-1].append(one.run(method, one.seed))
            progress.advance(1)
    results = [
        _result(method, job, rounds, [row[place] for row in runs], len(methods))
        for place, method in enumerate(methods)
    ]
    return MethodComparison(
        results=tuple(results),
        random_shares=_shares(pool, [two.picks for one in rounds for two in one.random]),
        pool_shares=_shares(pool, [np.arange(len(pool))]),
        pool_rows=len(pool),
        held_rows=len(rounds[0].split.held),
        held_target_rows=sum(len(one) for one in rounds[0].split.targets)
        if rounds[0].split.target_overlap
        else 0,
        repeats=repeats,
        seed=seed,
        findings=pool_findings(pool, seed, labels=probe),
    )


def _result(
    method: Selector, job: _Job, rounds: list[_Round], runs: list[_Run], methods: int
) -> MethodResult:
    head = Paired(
        measure=rounds[0].judge.measure,
        values=tuple(one.score.whole for one in runs),
        random=tuple(float(np.mean([two.score.whole for two in one.random])) for one in rounds),
        tests=methods,
        overlap=rounds[0].judge.overlap,
        seed=job.seed,
    )
    memory = [one.spent.memory for one in runs if one.spent.memory is not None]
    seconds = float(np.mean([one.spent.seconds for one in runs]))
    return MethodResult(
        method=method.card.name,
        headline=head,
        others=_others(head.measure, rounds, runs, methods, job),
        seconds=seconds,
        cpu_seconds=float(np.mean([one.spent.cpu_seconds for one in runs])),
        memory_bytes=max(memory, default=None),
        same_time=_same_time(head.measure, rounds, runs),
        limits=quota_state(job.limits, [one.picks for one in runs]),
        shares=_shares(job.pool, [one.picks for one in runs]),
    )


def _same_time(measure: Measure, rounds: list[_Round], runs: list[_Run]) -> SameTime:
    bought = [one.same_time(run.spent.seconds) for one, run in zip(rounds, runs, strict=True)]
    lead = [run.score.test - best for run, (_, best) in zip(runs, bought, strict=True)]
    return SameTime(
        draws=float(np.mean([number for number, _ in bought])),
        value=float(np.mean([best for _, best in bought])),
        difference=float(np.mean(lead)),
        measure=measure,
    )


def _others(
    head: Measure, rounds: list[_Round], runs: list[_Run], methods: int, job: _Job
) -> tuple[Paired, ...]:
    known = [*rounds[0].panel.measures, *(job.dynamics.measures if job.dynamics else ())]
    known = [one for one in known if one.name != head.name]
    found = []
    for measure in known:
        values = tuple(one.metrics[measure.name] for one in runs)
        random = tuple(
            float(np.mean([two.metrics[measure.name] for two in one.random])) for one in rounds
        )
        if np.isfinite((*values, *random)).all():
            paired = Paired(
                measure=measure,
                values=values,
                random=random,
                tests=methods * len(known),
                overlap=rounds[0].split.overlap,
                seed=job.seed,
            )
            found.append(paired)
    return tuple(found)


def _shares(pool: Pool, subsets: list[NDArray[np.int64]]) -> dict[str, dict[str, float]]:
    """Mean share of each group, by grouping."""
    shares = {}
    for name in pool.group_names:
        groups = pool.groups(name)
        if not 1 < len(groups.names) < max(2, len(pool)):
            continue
        counts = [
            np.bincount(groups.codes[one], minlength=len(groups.names)) / max(1, len(one))
            for one in subsets
        ]
        mean = np.mean(counts, axis=0)
        shares[name] = dict(zip(groups.names, mean.tolist(), strict=True))
    return shares
