"""Several methods at one budget as the rows of one plain table."""

from __future__ import annotations

from collections.abc import Iterator

from cribble.report.outcome import MethodComparison, MethodResult
from cribble.report.paired import Paired
from cribble.report.verdict import number
from cribble.report.words import duration, memory, percent

_SIGNS = {"better": " +", "worse": " −", "different": " ≠", "same": "", "unknown": ""}
_MOST_GROUPS = 6

Row = tuple[str, ...]


def method_lines(comparison: MethodComparison) -> Iterator[Row]:
    """Everything that was measured: what it is, its mean over random subsets, then each method's.

    A sign follows where a method differs from random beyond chance: + better, − worse, ≠ where
    neither side is better.
    """
    results = comparison.results
    yield ("", "by chance", *(one.method for one in results))
    yield from _measured(results)
    yield from _spent(results)
    for states in zip(*(one.limits for one in results), strict=True):
        reached = (_span(one.least, one.most) for one in states)
        yield (f"{states[0].limit}, {number(states[0].asked)} asked", "", *reached)
    for name in comparison.pool_shares:
        yield from _shares(comparison, name)


def _measured(results: tuple[MethodResult, ...]) -> Iterator[Row]:
    found = [{one.measure.name: one for one in (each.headline, *each.others)} for each in results]
    known = {name: one for each in found for name, one in each.items()}
    for name, one in known.items():
        random = number(one.random_mean, one.measure)
        yield (one.measure.label, random, *(_value(each.get(name)) for each in found))


def _value(paired: Paired | None) -> str:
    return "–" if paired is None else number(paired.value, paired.measure) + _SIGNS[paired.outcome]


def _spent(results: tuple[MethodResult, ...]) -> Iterator[Row]:
    same = [one.same_time for one in results]
    yield ("Time of one choice", "", *(duration(one.seconds) for one in results))
    yield ("Time on all processors", "", *(duration(one.cpu_seconds) for one in results))
    grown = (one.memory_bytes for one in results)
    yield (
        "Memory, mapped files included",
        "",
        *("not known" if one is None else memory(one) for one in grown),
    )
    yield ("Random subsets in the same time", "", *(f"{one.draws:,.0f}" for one in same))
    yield ("Best of these", "", *(number(one.value, one.measure) for one in same))
    yield ("Lead over that best", "", *(number(one.difference, one.measure) for one in same))


def _shares(comparison: MethodComparison, name: str) -> Iterator[Row]:
    columns = [comparison.random_shares[name], *(one.shares[name] for one in comparison.results)]
    pool = comparison.pool_shares[name]
    order = sorted(pool, key=lambda group: -pool[group])
    for group in order[:_MOST_GROUPS]:
        label = f"{name} {group}, {percent(pool[group])} of the pool"
        yield (label, *(percent(shares[group]) for shares in columns))
    if rest := order[_MOST_GROUPS:]:
        label = f"{name}, {len(rest):,} more, {percent(sum(pool[one] for one in rest))} of the pool"
        yield (label, *(percent(sum(shares[one] for one in rest)) for shares in columns))


def _span(least: float, most: float) -> str:
    return number(least) if least == most else f"{number(least)} to {number(most)}"
