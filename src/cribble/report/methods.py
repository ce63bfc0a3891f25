"""The report of several methods at one budget."""

from __future__ import annotations

from cribble.report import plots
from cribble.report.compare import MethodComparison
from cribble.report.markup import Markup, join, table, tag
from cribble.report.verdict import Verdict
from cribble.report.words import count, duration, outcome_of, random_of, value_of


def methods_page(comparison: MethodComparison) -> Markup:
    """Put the report of several methods together."""
    heads = [one.comparison.headline for one in comparison.results]
    rows: list[tuple[object, ...]] = []
    span = [one.value for one in heads if one is not None]
    for result, head in zip(comparison.results, heads, strict=True):
        if head is not None:
            rows.append(
                (
                    result.comparison.method,
                    value_of(head),
                    random_of(head),
                    plots.strip(head, span),
                    outcome_of(head),
                    duration(result.seconds),
                )
            )
    times = "once" if comparison.repeats == 1 else f"{comparison.repeats:,} times"
    label = next((one.measure.label for one in heads if one), "")
    caption = (
        f"{label}. Each method ran {times}; its mean is held against "
        f"{comparison.draws} random subsets of the same budget, at a 5% risk shared by all "
        "methods. On the strips the band is random’s 95% interval, and right is better."
    )
    found = [
        {one.measure.name: one for one in result.comparison.others} for result in comparison.results
    ]
    detail: list[tuple[object, ...]] = [
        (one.measure.label, random_of(one), *(_cell(each.get(one.measure.name)) for each in found))
        for one in comparison.results[0].comparison.others
    ]
    methods = [one.comparison.method for one in comparison.results]
    good = any(one is not None and one.outcome == "better" for one in heads)
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
        tag(
            "section",
            tag("h2", "Against random"),
            table(
                ("Method", "Value", "Random", "", "Verdict", "Time a run"),
                rows,
                caption=caption,
                kind="versus",
            ),
        ),
        tag(
            "section",
            tag("h2", "Everything else that was measured"),
            table(
                ("", "Random", *methods),
                detail,
                caption="Means over the runs, with the verdict against random where it differs.",
            ),
        ),
    )


def _cell(verdict: Verdict | None) -> Markup:
    if verdict is None:
        return Markup("–")
    return join(
        value_of(verdict), None if verdict.outcome == "same" else tag("small", outcome_of(verdict))
    )
