"""How a report writes numbers and outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from cribble.report.markup import Markup, join, tag
from cribble.report.verdict import Verdict, number

_OUTCOMES = {
    "better": "better",
    "worse": "worse",
    "same": "no difference",
    "different": "different",
    "unknown": "cannot be told",
}


def value_of(verdict: Verdict) -> str:
    """The value of the choice."""
    return number(verdict.value, verdict.measure)


def random_of(verdict: Verdict) -> Markup:
    """Mean of the random subsets, with their 95% interval below."""
    low, high = verdict.interval
    measure = verdict.measure
    return join(
        number(verdict.mean, measure),
        tag("small", f"({number(low, measure)} to {number(high, measure)})"),
    )


def outcome_of(verdict: Verdict) -> Markup:
    """The outcome, in the color of good or bad news."""
    return outcome_mark(verdict.outcome)


def outcome_mark(outcome: str) -> Markup:
    """One word for an outcome, in its color."""
    return tag("span", _OUTCOMES[outcome], class_=f"outcome {outcome}")


def remarks(lines: Sequence[str], findings: Sequence[str]) -> Markup | None:
    """What follows a verdict: further results, and what stands out about the pool."""
    items = [tag("li", one) for one in lines]
    items += [tag("li", one, class_="found") for one in findings]
    return tag("ul", *items, class_="remarks") if items else None


def count(number_of: int, noun: str) -> str:
    """Write "1 row" or "2,000 rows"."""
    return f"{number_of:,} {noun}" + ("" if number_of == 1 else "s")


def percent(share: float) -> str:
    """Write a share as percent, tiny ones with two decimals."""
    return f"{share:.1%}" if share >= 0.001 or share == 0 else f"{share:.2%}"


def duration(seconds: float) -> str:
    """Write seconds as a person says them."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


def memory(size: int) -> str:
    """Write bytes as MiB or GiB."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
