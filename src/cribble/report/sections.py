"""The sections of the report, each from numbers to markup."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from cribble.core import Card, Limits, Pool, Selection
from cribble.report import plots
from cribble.report.excerpts import Excerpts
from cribble.report.figures import curves_section, map_section
from cribble.report.map import Map
from cribble.report.map_data import map_data
from cribble.report.markup import Markup, join, table, tag
from cribble.report.size_section import size_section
from cribble.report.verdict import Comparison, number
from cribble.report.words import (
    count,
    duration,
    memory,
    outcome_of,
    percent,
    random_of,
    remarks,
    value_of,
)
from cribble.selectors.catalogue import METHODS, method_class

_FIRST, _MOST_GROUPS = 20, 12


def selection_page(
    selection: Selection,
    pool: Pool,
    limits: Limits,
    comparison: Comparison,
    sheet: Map | None,
    run: Mapping[str, Any],
) -> tuple[Markup, dict[str, Any]]:
    """Put the report of one selection together: the body, and the data of its map."""
    excerpts = Excerpts.gather(pool, selection, sheet, _FIRST)
    parts = [
        _head(comparison, selection, pool, run),
        remarks(comparison.remarks, comparison.findings),
        _figures(comparison, selection, pool, limits, run),
        _against_random(comparison),
        _limits(selection, limits),
        _filters(run),
        map_section(sheet, selection, pool),
        *(_shares(pool, selection, name) for name in pool.group_names),
        curves_section(comparison, selection),
        size_section(selection.stats.get("curve")),
        _first_picks(selection, pool, excerpts),
        _making(selection, run),
    ]
    return join(*parts), map_data(pool, selection, sheet, excerpts)


def _verdict(text: str, outcome: str) -> Markup:
    lead, _, rest = text.partition(": ")
    lede = tag("p", rest[:1].upper() + rest[1:], class_="lede") if rest else None
    return join(tag("h1", lead.rstrip("."), ".", class_=outcome), lede)


def _head(
    comparison: Comparison, selection: Selection, pool: Pool, run: Mapping[str, Any]
) -> Markup:
    outcome = comparison.headline.outcome if comparison.headline else "same"
    subject = (
        f"{count(len(selection), 'row')} chosen by {selection.method} from "
        f"{_pool_name(run)} ({count(len(pool), 'row')}), seed {selection.seed}."
    )
    return join(_verdict(comparison.verdict, outcome), tag("p", subject, class_="subject"))


def _pool_name(run: Mapping[str, Any]) -> str:
    paths = (run.get("inputs") or {}).get("paths") or []
    if len(paths) == 1:
        return PurePath(paths[0]).name
    return f"{len(paths)} files" if paths else "a pool"


def _figures(
    comparison: Comparison,
    selection: Selection,
    pool: Pool,
    limits: Limits,
    run: Mapping[str, Any],
) -> Markup:
    share = len(selection) / max(1, len(pool))
    facts: list[tuple[str, str, str]] = [
        ("Rows chosen", f"{len(selection):,}", f"{percent(share)} of {len(pool):,}")
    ]
    if limits.costs is not None:
        spent = float(limits.costs[selection.indices].sum())
        facts.append(("Cost spent", number(spent), f"of {number(limits.cost or 0)}"))
    if comparison.headline is not None:
        head = comparison.headline
        facts.append(
            (
                head.measure.label,
                number(head.value, head.measure),
                f"random: {number(head.mean, head.measure)}",
            )
        )
    if selection.certified is not None:
        facts.append(("Certificate", f"≥ {selection.certified:.1%}", "of the best possible value"))
    if run.get("seconds") is not None:
        peak = run.get("peak_rss_bytes")
        more = f"{memory(peak)} of memory at most" if peak else ""
        facts.append(("Time to choose", duration(run["seconds"]), more))
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
    rows: list[tuple[object, ...]] = [
        (one.measure.label, value_of(one), random_of(one), plots.strip(one), outcome_of(one))
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
        table(("", "This choice", "Random", "", "Verdict"), rows, caption=caption, kind="versus"),
        tag("p", rule, class_="note"),
        class_="long",
    )


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
        table(
            ("Limit", "Asked", "Reached", ""),
            rows,
            caption="What was asked for, and what the choice holds.",
        ),
    )


def _filters(run: Mapping[str, Any]) -> Markup | None:
    """What was dropped before the choice, by step and reason."""
    rows: list[tuple[object, ...]] = []
    for step in run.get("filters") or ():
        reasons = step["reasons"].items() or [("none", 0)]
        rows += [(step["step"], f"{step['judged']:,}", f"{n:,}", why) for why, n in reasons]
    if not rows:
        return None
    return tag(
        "section",
        tag("h2", "Dropped first"),
        table(
            ("Filter", "Rows judged", "Dropped", "Why"),
            rows,
            caption="What filters dropped before the choice; each saw what the one above it left.",
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
        rows.append(
            (label, tag("td", *bars, class_="bars"), *map(percent, shares), f"{in_picks:,}")
        )
    head = (name, "", "Pool", "Picks", "Rows picked")
    body = table(head, rows, caption="Share of each group in the pool (gray) and in the picks.")
    return tag("section", tag("h2", f"Shares by {name}"), body)


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


def _making(selection: Selection, run: Mapping[str, Any]) -> Markup | None:
    parts: list[Markup] = []
    if command := run.get("command"):
        line = command if isinstance(command, str) else shlex.join(map(str, command))
        parts += [tag("h3", "Do it again"), tag("pre", line)]
    facts = [("Chosen because", str(run["why"]))] if run.get("why") else []
    if selection.method in METHODS:
        facts += _card_facts(method_class(selection.method).card)
    facts += [(str(name), _plain(value)) for name, value in (run.get("parameters") or {}).items()]
    if facts:
        parts += [tag("h3", "Method"), _facts(facts)]
    if timings := run.get("timings"):
        parts += [
            tag("h3", "Time"),
            _facts([(str(step), duration(seconds)) for step, seconds in timings.items()]),
        ]
    if raced := selection.stats.get("auto"):
        parts += [tag("h3", "The race"), _raced(raced)]
    stats = [(str(key), _plain(value)) for key, value in selection.stats.items() if key != "auto"]
    if stats:
        parts += [tag("h3", "What the method reported"), _facts(stats)]
    if run:
        kept = {name: value for name, value in run.items() if name != "comparison"}
        text = json.dumps(kept, indent=2, ensure_ascii=False, default=str)
        cut = text if len(text) <= 4_000 else text[:4_000] + "\n…"
        parts += [tag("h3", "Record of the run"), tag("pre", cut)]
    if not parts:
        return None
    return tag("section", tag("h2", "How this was made"), *parts, class_="long")


def _raced(raced: Mapping[str, Any]) -> Markup:
    """What was tried on held-out rows before the choice, and what came of it."""
    taken = " ".join(
        [
            f"The pool has {raced['seen']}.",
            *_copies(raced.get("sample", {})),
            *(f"Its {name} was not used: {why}." for name, why in raced.get("unused", {}).items()),
            f"{raced['chosen']} was taken: {raced['why']}.",
        ]
    )
    rows: list[tuple[object, ...]] = [
        (
            name,
            number(one["lead"]),
            number(one["error"]),
            "beyond chance" if one["certain"] else "not beyond chance",
        )
        for name, one in raced["tried"].items()
    ]
    if not rows:
        return tag("p", taken)
    caption = f"Lead over random subsets in {raced['judged']}, with its standard error."
    heads = ("Method", "Lead", "Error", "")
    return join(tag("p", taken), table(heads, rows, caption=caption))


def _copies(sample: Mapping[str, Any]) -> list[str]:
    if not sample.get("copies"):
        return []
    return [f"Of {sample['rows']:,} rows looked at, {sample['copies']:,} are copies of others."]


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
