"""The sections of the report, each from numbers to markup."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cribble.core import Card, Limits, Pool, Selection
from cribble.report import plots
from cribble.report.compare import MethodComparison
from cribble.report.excerpts import Excerpts
from cribble.report.map import HEIGHT, WIDTH, Map
from cribble.report.markup import Markup, join, table, tag
from cribble.report.verdict import Comparison, Verdict, number
from cribble.selectors.catalogue import METHODS, method_class

_FIRST, _MOST_GROUPS = 20, 12
_OUTCOMES = {
    "better": "better",
    "worse": "worse",
    "same": "no difference",
    "different": "different",
}


def selection_page(
    selection: Selection,
    pool: Pool,
    limits: Limits,
    comparison: Comparison,
    sheet: Map | None,
    findings: Sequence[str],
    run: Mapping[str, Any],
) -> tuple[Markup, dict[str, Any]]:
    """Put the report of one selection together: the body, and the data of its map."""
    excerpts = Excerpts.gather(pool, selection, sheet, _FIRST)
    parts = [
        _head(comparison, selection, pool, run),
        _remarks(comparison, findings),
        _figures(comparison, selection, pool, limits, run),
        _against_random(comparison),
        _limits(selection, limits),
        _map(sheet, selection, pool),
        *(_shares(pool, selection, name) for name in pool.group_names),
        _curves(comparison, selection),
        _first_picks(selection, pool, excerpts),
        _making(selection, run),
    ]
    return join(*parts), excerpts.map_data(pool, selection, sheet)


def methods_page(comparison: MethodComparison) -> Markup:
    """Put the report of several methods together."""
    heads = [one.comparison.headline for one in comparison.results]
    rows = []
    for result, head in zip(comparison.results, heads, strict=True):
        if head is not None:
            rows.append(
                (
                    result.comparison.method,
                    _value(head),
                    _random(head),
                    plots.strip(head),
                    _outcome(head),
                    f"{_duration(result.seconds)}",
                )
            )
    label = next((one.measure.label for one in heads if one), "")
    caption = (
        f"{label}. Each method ran {_count(comparison.repeats, 'time')}; its mean is held against "
        f"{comparison.draws} random subsets of the same budget, at a 5% risk shared by all "
        "methods. On the strips the band is random’s 95% interval, and right is better."
    )
    names = [one.measure for one in comparison.results[0].comparison.others]
    detail: list[tuple[object, ...]] = []
    for result in comparison.results:
        found = {one.measure.name: one for one in result.comparison.others}
        cells = [_cell(found.get(one.name)) for one in names]
        detail.append((result.comparison.method, *cells))
    return join(
        _verdict(comparison.verdict, "better" if any(_beats(one) for one in heads) else "same"),
        tag(
            "p",
            f"{_count(len(comparison.results), 'method')} on a pool of "
            f"{comparison.pool_rows:,} rows, seed {comparison.seed}.",
            class_="subject",
        ),
        tag(
            "section",
            tag("h2", "Against random"),
            table(("Method", "Value", "Random", "", "Verdict", "Time a run"), rows, caption=caption),
        ),
        tag(
            "section",
            tag("h2", "Everything else that was measured"),
            table(
                ("Method", *(one.label for one in names)),
                detail,
                caption="Means over the runs, with the verdict against random where it differs.",
            ),
        ),
    )


def _beats(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.outcome == "better"


def _cell(verdict: Verdict | None) -> Markup:
    if verdict is None:
        return Markup("–")
    return join(_value(verdict), " ", None if verdict.outcome == "same" else _outcome(verdict))


def _verdict(text: str, outcome: str) -> Markup:
    lead, colon, rest = text.partition(":")
    return tag("h1", tag("strong", lead), colon + rest, class_=outcome)


def _head(
    comparison: Comparison, selection: Selection, pool: Pool, run: Mapping[str, Any]
) -> Markup:
    outcome = comparison.headline.outcome if comparison.headline else "same"
    subject = (
        f"{_count(len(selection), 'row')} chosen by {selection.method} from "
        f"{run.get('pool', 'a pool')} ({_count(len(pool), 'row')}), seed {selection.seed}."
    )
    return join(_verdict(comparison.verdict, outcome), tag("p", subject, class_="subject"))


def _remarks(comparison: Comparison, findings: Sequence[str]) -> Markup | None:
    lines = [tag("li", one) for one in comparison.remarks]
    lines += [tag("li", one, class_="found") for one in findings]
    return tag("ul", *lines, class_="remarks") if lines else None


def _figures(
    comparison: Comparison,
    selection: Selection,
    pool: Pool,
    limits: Limits,
    run: Mapping[str, Any],
) -> Markup:
    share = len(selection) / max(1, len(pool))
    facts: list[tuple[str, str, str]] = [
        ("Rows chosen", f"{len(selection):,}", f"{_percent(share)} of {len(pool):,}")
    ]
    if limits.costs is not None:
        spent = float(limits.costs[selection.indices].sum())
        facts.append(("Cost spent", number(spent), f"of {number(limits.cost or 0)}"))
    if comparison.headline is not None:
        head = comparison.headline
        facts.append(
            (head.measure.label, number(head.value, head.measure), f"random: {_random(head)}")
        )
    if selection.certified is not None:
        facts.append(
            ("Certificate", f"≥ {selection.certified:.1%}", "of the best possible value")
        )
    if "seconds" in run:
        peak = run.get("peak_rss_bytes")
        memory = f"{peak / 2**30:.2f} GiB of memory at most" if peak else ""
        facts.append(("Time", _duration(run["seconds"]), memory))
    return tag(
        "dl",
        *(
            tag("div", tag("dt", name), tag("dd", value, tag("small", more) if more else None))
            for name, value, more in facts
        ),
        class_="figures",
    )


def _against_random(comparison: Comparison) -> Markup | None:
    head = comparison.headline
    verdicts = ([head] if head else []) + list(comparison.others)
    if not verdicts:
        return None
    rows = [
        (one.measure.label, _value(one), _random(one), plots.strip(one), _outcome(one))
        for one in verdicts
    ]
    caption = (
        f"{comparison.repeats} random subsets were drawn under the same budget and limits. The "
        "band holds 95% of what one more would reach, each stroke is one of them, the dot is "
        "this choice. Right is better, except for evenness, where neither side is."
    )
    rule = (
        "The first line decides the verdict and was fixed before any number was known: with a "
        "target, the divergence from it; otherwise coverage, judged on "
        f"{comparison.rows:,} sampled rows of the pool less those picked. A choice counts as "
        "better or worse only if it lies outside the 95% interval and beyond every single random "
        "subset; the first line must also differ by at least 5%, and the other lines share their "
        "5% risk (Bonferroni). A method that optimizes a line is expected to win it: look at the "
        "others too. Coverage counts in the unit of the embedding."
    )
    return tag(
        "section",
        tag("h2", "Against random"),
        table(("", "This choice", "Random", "", "Verdict"), rows, caption=caption),
        tag("p", rule, class_="note"),
        class_="long",
    )


def _value(verdict: Verdict) -> str:
    return number(verdict.value, verdict.measure)


def _random(verdict: Verdict) -> Markup:
    low, high = verdict.interval
    measure = verdict.measure
    return join(
        number(verdict.mean, measure),
        " ",
        tag("small", f"({number(low, measure)} to {number(high, measure)})"),
    )


def _outcome(verdict: Verdict) -> Markup:
    outcome = verdict.outcome
    return tag("span", _OUTCOMES[outcome], class_=f"outcome {outcome}")


def _limits(selection: Selection, limits: Limits) -> Markup:
    picks = selection.indices
    rows: list[tuple[object, ...]] = []

    def check(name: str, asked: str, reached: str, held: bool) -> None:
        mark = tag(
            "span",
            "held" if held else "broken",
            class_=f"outcome {'better' if held else 'worse'}",
        )
        rows.append((name, asked, reached, mark))

    if limits.rows is not None:
        check("Rows", f"{limits.rows:,}", f"{len(picks):,}", len(picks) == limits.rows)
    elif limits.cost is not None and limits.costs is not None:
        spent = float(limits.costs[picks].sum())
        held = spent <= limits.cost * (1 + 1e-9)
        check("Cost", f"at most {number(limits.cost)}", number(spent), held)
    counts = np.bincount(limits.groups.codes[picks], minlength=len(limits.lower))
    for code, name in enumerate(limits.groups.names):
        least, most, got = int(limits.lower[code]), int(limits.upper[code]), int(counts[code])
        if least > 0:
            check(f"{limits.column}: {name}", f"at least {least:,}", f"{got:,}", got >= least)
        if most < limits.size:
            check(f"{limits.column}: {name}", f"at most {most:,}", f"{got:,}", got <= most)
    if len(limits.keep):
        kept = int(np.isin(limits.keep, picks).sum())
        check("Rows to keep", f"{len(limits.keep):,}", f"{kept:,}", kept == len(limits.keep))
    if limits.excluded.any():
        taken = int(limits.excluded[picks].sum())
        check("Dropped rows", "none of " + f"{limits.excluded.sum():,}", f"{taken:,}", taken == 0)
    return tag(
        "section",
        tag("h2", "Limits"),
        table(("Limit", "Asked", "Reached", ""), rows, caption="What was asked for, and what the choice holds."),
    )


def _map(sheet: Map | None, selection: Selection, pool: Pool) -> Markup | None:
    if sheet is None:
        return None
    dots = f"{len(sheet.rows):,} of {len(pool):,} rows are dots"
    shading = "; the shading counts all of them" if sheet.density else ""
    if len(sheet.rows) + len(sheet.picks) >= len(pool):
        dots = "every row is a dot"
    picks = (
        "All picks are shown"
        if len(sheet.picks) == len(selection)
        else f"The first {len(sheet.picks):,} picks are shown"
    )
    caption = (
        f"The two directions in which the embedding varies most; they hold {sheet.shown:.0%} of "
        f"its variance, so rows that lie together here may still differ. {picks}; {dots}{shading}."
    )
    buttons = [
        tag("button", sign, id=name, type="button", aria_label=label)
        for sign, name, label in (
            ("+", "zoom-in", "Zoom in"),
            ("−", "zoom-out", "Zoom out"),
            ("⤢", "zoom-all", "Show the whole map"),
        )
    ]
    return tag(
        "section",
        tag("h2", "Map of the pool"),
        tag(
            "p",
            "Point at the map, or step through the picks with the arrow keys.",
            class_="note",
        ),
        tag(
            "ul",
            tag("li", tag("i", class_="key spot choice"), "picked"),
            tag("li", tag("i", class_="key spot chance"), "in the pool"),
            class_="legend",
        ),
        tag(
            "figure",
            tag(
                "div",
                plots.scatter(sheet),
                tag("div", *buttons, class_="zoom"),
                tag("div", class_="card", id="map-card", aria_live="polite"),
                class_="map",
            ),
            tag("figcaption", caption),
        ),
    )


def _shares(pool: Pool, selection: Selection, name: str) -> Markup | None:
    groups = pool.groups(name)
    if len(groups.names) < 2 or len(selection) == 0:
        return None
    whole = np.bincount(groups.codes, minlength=len(groups.names))
    picked = np.bincount(groups.codes[selection.indices], minlength=len(groups.names))
    order = np.argsort(-whole, kind="stable")
    shown, rest = order[:_MOST_GROUPS], order[_MOST_GROUPS:]
    lines = [(groups.names[code], int(whole[code]), int(picked[code])) for code in shown]
    if len(rest):
        lines.append((f"{len(rest):,} more", int(whole[rest].sum()), int(picked[rest].sum())))
    top = max(max(a / len(pool), b / len(selection)) for _, a, b in lines)
    rows: list[tuple[object, ...]] = []
    for label, in_pool, in_picks in lines:
        shares = (in_pool / len(pool), in_picks / len(selection))
        bars = [
            tag("span", class_=f"bar {kind}", style=f"width:{100 * share / top:.1f}%")
            for kind, share in zip(("chance", "choice"), shares, strict=True)
        ]
        rows.append((label, join(*bars), *map(_percent, shares), f"{in_picks:,}"))
    head = (name, "", "Pool", "Picks", "Rows picked")
    body = table(head, rows, caption="Share of each group in the pool (gray) and in the picks.")
    body = Markup(body.replace("<td><span class=\"bar", "<td class=\"bars\"><span class=\"bar"))
    return tag("section", tag("h2", f"Shares by {name}"), body)


def _curves(comparison: Comparison, selection: Selection) -> Markup | None:
    parts = [_coverage_curve(comparison), _value_curve(selection)]
    if not any(parts):
        return None
    return tag("section", tag("h2", "How much each further pick brought"), *parts, class_="long")


def _coverage_curve(comparison: Comparison) -> Markup | None:
    curve = comparison.curve
    if curve is None:
        return None
    sizes = np.asarray(curve.sizes, dtype=np.float64)
    lines = [
        plots.Line(sizes, np.asarray(curve.choice), "this choice, in the order of picks", "choice"),
        plots.Line(sizes, np.asarray(curve.random), "random, mean and range", "chance"),
    ]
    description = (
        f"Mean distance to the nearest pick: this choice falls from {number(curve.choice[0])} to "
        f"{number(curve.choice[-1])}, random from {number(curve.random[0])} to "
        f"{number(curve.random[-1])}."
    )
    figure = plots.chart(
        lines,
        x_label="number of picks",
        y_label="mean distance to the nearest pick (unit of the embedding; lower is better)",
        description=description,
        from_zero=False,
        band=(sizes, np.asarray(curve.low), np.asarray(curve.high)),
    )
    return tag(
        "figure", figure, tag("figcaption", "Coverage of rows that were not picked, up to 1,024 of them.")
    )


def _value_curve(selection: Selection) -> Markup | None:
    gains = selection.gains
    if gains is None or len(gains) < 3 or not np.isfinite(gains[1:]).all():
        return None
    keep = np.unique(np.linspace(0, len(gains) - 1, 400).astype(np.int64))
    total = np.cumsum(gains)
    adds_up = selection.value is not None and np.isclose(total[-1], selection.value, rtol=1e-3)
    if not adds_up:
        keep = keep[np.isfinite(gains[keep])]
        line = plots.Line(keep + 1.0, gains[keep], "what each pick added", "choice")
        description = f"The gain of a pick falls to {number(float(gains[-1]))} at the last."
        caption = f"The gain of each pick at its time, as {selection.method} counts it."
        lines, label = [line], "gain of the pick"
    else:
        x = np.concatenate([[0.0], keep + 1.0])
        lines = [plots.Line(x, np.concatenate([[0.0], total[keep]]), "value reached", "choice")]
        description = f"The value grows to {number(float(total[-1]))}."
        caption = f"The value that {selection.method} maximizes, pick by pick."
        if selection.upper_bound is not None:
            bound = np.full(2, selection.upper_bound)
            lines.append(
                plots.Line(np.array([0.0, len(gains)]), bound, "no choice can exceed this", "bound")
            )
            caption += (
                f" Whatever is picked within the budget, the value cannot exceed "
                f"{number(selection.upper_bound)}: this choice has at least "
                f"{selection.certified:.1%} of the best possible."
            )
        label = "value"
    figure = plots.chart(
        lines,
        x_label="number of picks",
        y_label=label,
        description=description,
        from_zero=True,
    )
    return tag("figure", figure, tag("figcaption", caption))


def _first_picks(selection: Selection, pool: Pool, excerpts: Excerpts) -> Markup | None:
    if len(selection) == 0:
        return None
    items = []
    for rank, row in enumerate(selection.indices[:_FIRST].tolist()):
        why = excerpts.why(selection, rank)
        facts = [f"row {row:,}", excerpts.ids.get(row), *excerpts.groups(pool, row), why]
        line = " · ".join(one for one in facts if one)
        what = tag("p", tag("b", f"{rank + 1}"), f" · {line}", class_="what")
        items.append(tag("li", what, excerpts.passage(row)))
    shown = f"The first {len(items)}" if len(items) < len(selection) else f"All {len(items)}"
    return tag(
        "section",
        tag("h2", "First picks"),
        tag("p", f"{shown} of {len(selection):,}, in the order they were picked.", class_="note"),
        tag("ol", *items, class_="picked"),
        class_="long",
    )


def _making(selection: Selection, run: Mapping[str, Any]) -> Markup:
    parts: list[Markup] = []
    if "command" in run:
        parts += [tag("h3", "Do it again"), tag("pre", run["command"])]
    if selection.method in METHODS:
        parts += [tag("h3", "Method"), _facts(_card_facts(method_class(selection.method).card))]
    if timings := run.get("timings"):
        parts += [
            tag("h3", "Time"),
            _facts([(str(step), _duration(seconds)) for step, seconds in timings.items()]),
        ]
    stats = [(str(key), _plain(value)) for key, value in selection.stats.items()]
    if stats:
        parts += [tag("h3", "What the method reported"), _facts(stats)]
    if manifest := run.get("manifest", selection.manifest):
        text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
        cut = text if len(text) <= 4_000 else text[:4_000] + "\n…"
        parts += [tag("h3", "Manifest"), tag("pre", cut)]
    return tag("section", tag("h2", "How this was made"), *parts, class_="long")


def _card_facts(card: Card) -> list[tuple[str, str]]:
    facts = [
        ("Name", card.name),
        ("Family", card.family),
        ("Needs", ", ".join(card.needs) or "nothing but rows"),
        ("Promise", card.guarantee),
        ("Time", card.cost),
        ("Memory", card.memory),
        ("Source", card.source),
    ]
    return [(name, value) for name, value in facts if value]


def _facts(facts: Sequence[tuple[str, str]]) -> Markup:
    return tag(
        "dl",
        *(join(tag("dt", name), tag("dd", value)) for name, value in facts),
        class_="facts",
    )


def _plain(value: Any) -> str:
    if isinstance(value, (bool, str)) or value is None:
        return str(value)
    if isinstance(value, (int, float, np.number)):
        return number(float(value))
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:200] + "…"


def _count(number_of: int, noun: str) -> str:
    return f"{number_of:,} {noun}" + ("" if number_of == 1 else "s")


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 or share == 0 else f"{share:.2%}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"
