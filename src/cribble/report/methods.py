"""The report of several methods at one budget."""

from __future__ import annotations

from math import isfinite

from cribble.report import plots
from cribble.report.markup import Markup, join, table, tag
from cribble.report.outcome import MethodComparison
from cribble.report.paired import LEAST_REPEATS, Paired
from cribble.report.verdict import number
from cribble.report.words import count, duration, memory, outcome_mark, percent, remarks

_MOST_GROUPS = 12


def methods_page(comparison: MethodComparison) -> Markup:
    """Put the report of several methods together."""
    good = any(one.better for one in comparison.results)
    first, _, second = comparison.verdict.partition(". ")
    return join(
        tag("h1", first.rstrip("."), ".", class_="better" if good else "same"),
        tag("p", second, class_="lede") if second else None,
        tag(
            "p",
            f"{count(len(comparison.results), 'method')} on a pool of "
            f"{comparison.pool_rows:,} rows, seed {comparison.seed}.",
            class_="subject",
        ),
        remarks((), comparison.findings),
        _against_random(comparison),
        _spent(comparison),
        _others(comparison),
        _limits(comparison),
        *(_shares(comparison, name) for name in comparison.pool_shares),
    )


def _against_random(comparison: MethodComparison) -> Markup:
    heads = [one.headline for one in comparison.results]
    # One scale for all strips: no difference stands at the same place in each.
    ends = [end for one in heads for end in one.interval if isfinite(end)]
    span = [0.0, *ends, *(gap for one in heads for gap in one.differences)]
    rows: list[tuple[object, ...]] = [
        (
            one.method,
            number(one.headline.value, one.headline.measure),
            _difference(one.headline),
            plots.gap_strip(one.headline, span),
            outcome_mark(one.headline.outcome),
        )
        for one in comparison.results
    ]
    head = heads[0]
    target = (
        f" and {comparison.held_target_rows:,} target rows" if comparison.held_target_rows else ""
    )
    caption = (
        f"{head.measure.label}; {head.measure.better} is better. Random reaches "
        f"{number(head.random_mean, head.measure)}. The band is the interval of the difference to "
        "random, each stroke one repeat, the tall line no difference; right is better."
    )
    rule = (
        f"Each of {comparison.repeats:,} repeats held back {comparison.held_rows:,} rows{target} "
        "that no method saw; each method and three random subsets chose from the rest and were "
        "judged on them. Intervals are bootstrapped over the repeats, share a 5% risk among the "
        "methods (Bonferroni), and are widened because the repeats split the same rows (Nadeau "
        "and Bengio). A method whose interval holds zero is not better than random; fewer than "
        f"{LEAST_REPEATS} repeats give no interval."
    )
    return tag(
        "section",
        tag("h2", "Against random"),
        table(
            ("Method", "Value", "Difference to random", "", "Verdict"),
            rows,
            caption=caption,
            kind="versus gaps",
        ),
        tag("p", rule, class_="note"),
    )


def _spent(comparison: MethodComparison) -> Markup:
    rows: list[tuple[object, ...]] = [
        (
            one.method,
            duration(one.seconds),
            duration(one.cpu_seconds),
            "not known" if one.memory_bytes is None else memory(one.memory_bytes),
            f"{one.same_time.draws:,.0f}",
            number(one.same_time.value, one.same_time.measure),
            number(one.same_time.difference, one.same_time.measure),
        )
        for one in comparison.results
    ]
    caption = (
        "One selection, with signals computed before; memory is the growth of the process at its "
        "peak. In the same time one could draw so many random subsets, at most 50, and keep the "
        "best: it is chosen on one half of the held-out rows, and judged, as the method is for "
        f"the lead, on the other. A lead {_good_side(comparison)} 0 speaks for the method."
    )
    heads = ("Method", "Time", "Processor time", "Memory", "Random subsets", "Their best", "Lead")
    body = table(heads, rows, caption=caption, kind="costs")
    return tag("section", tag("h2", "What it costs"), body)


def _good_side(comparison: MethodComparison) -> str:
    return "above" if comparison.results[0].headline.measure.better == "higher" else "below"


def _others(comparison: MethodComparison) -> Markup | None:
    results = comparison.results
    known = {one.measure.name: one for result in results for one in result.others}
    if not known:
        return None
    found = [{one.measure.name: one for one in result.others} for result in results]
    rows: list[tuple[object, ...]] = [
        (
            one.measure.label,
            number(one.random_mean, one.measure),
            *(_cell(each.get(name)) for each in found),
        )
        for name, one in known.items()
    ]
    caption = (
        "Means over the repeats; by chance, those of the random subsets. The verdict stands where "
        "a method differs from them."
    )
    return tag(
        "section",
        tag("h2", "Everything else that was measured"),
        table(("", "By chance", *(one.method for one in results)), rows, caption=caption),
    )


def _limits(comparison: MethodComparison) -> Markup:
    results = comparison.results
    rows: list[tuple[object, ...]] = [
        (
            states[0].limit,
            number(states[0].asked),
            *(
                join(_reached(one.least, one.most), None if one.held else outcome_mark("worse"))
                for one in states
            ),
        )
        for states in zip(*(one.limits for one in results), strict=True)
    ]
    caption = "What was asked for, and what the picks of all repeats hold."
    heads = ("Limit", "Asked", *(one.method for one in results))
    return tag("section", tag("h2", "Limits"), table(heads, rows, caption=caption))


def _shares(comparison: MethodComparison, name: str) -> Markup:
    pool = comparison.pool_shares[name]
    order = sorted(pool, key=lambda group: -pool[group])[:_MOST_GROUPS]
    columns = [pool, comparison.random_shares[name]]
    columns += [one.shares[name] for one in comparison.results]
    rows: list[tuple[object, ...]] = [
        (group, *(percent(shares[group]) for shares in columns)) for group in order
    ]
    if rest := [group for group in pool if group not in order]:
        sums = [sum(shares[group] for group in rest) for shares in columns]
        rows.append((f"{len(rest):,} more", *map(percent, sums)))
    heads = (name, "Pool", "By chance", *(one.method for one in comparison.results))
    caption = "Share of each group in the pool and, on average, in the picks."
    return tag("section", tag("h2", f"Shares by {name}"), table(heads, rows, caption=caption))


def _difference(paired: Paired) -> Markup:
    low, high = paired.interval
    measure = paired.measure
    return join(
        number(paired.difference, measure),
        tag("small", f"({number(low, measure)} to {number(high, measure)})"),
    )


def _cell(paired: Paired | None) -> Markup:
    if paired is None:
        return Markup("–")
    plain = paired.outcome in ("same", "unknown")
    mark = None if plain else tag("small", outcome_mark(paired.outcome))
    return join(number(paired.value, paired.measure), mark)


def _reached(least: float, most: float) -> str:
    return number(least) if least == most else f"{number(least)} to {number(most)}"
