"""The report: one HTML file that holds everything it shows and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import cribble
from cribble.core import Budget, Pool, Progress, Selection, Silent
from cribble.data.atomic import atomic_path
from cribble.report.map import draw_map
from cribble.report.markup import Markup, join, script_data, tag
from cribble.report.methods import methods_page
from cribble.report.outcome import MethodComparison
from cribble.report.sections import selection_page
from cribble.report.verdict import Comparison


def write_report(
    path: str | Path,
    selection: Selection,
    pool: Pool,
    budget: Budget | int | str,
    *,
    comparison: Comparison,
    run: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the report of one selection, atomically.

    Args:
        path: Where to.
        selection: The choice.
        pool: The pool it came from.
        budget: The budget and limits it was made under.
        comparison: The choice against random, from `against_random`.
        run: The record of the run; None for that of the selection. Shown where they are there:
            ``command`` (str, or list of words), ``inputs`` with ``paths``, ``why``,
            ``parameters``, ``filters``, ``seconds``, ``timings`` (step to seconds),
            ``peak_rss_bytes``; and the whole as JSON, cut after 4,000 characters.
        progress: Where to report.

    Raises:
        OutputError: The path cannot be written; what stood there is untouched.
    """
    run, progress = run or selection.manifest or {}, progress or Silent()
    limits = Budget.parse(budget).resolve(pool)
    progress.start("write report", 2, "steps")
    sheet = draw_map(pool, selection.indices, comparison.seed)
    progress.advance(1)
    body, data = selection_page(selection, pool, limits, comparison, sheet, run)
    write_page(path, f"{selection.method}: {comparison.verdict}", body, data)
    progress.advance(1)


def write_method_comparison(path: str | Path, comparison: MethodComparison) -> None:
    """Write the report of several methods at one budget, atomically.

    Raises:
        OutputError: The path cannot be written; what stood there is untouched.
    """
    write_page(path, comparison.verdict, methods_page(comparison), {})


def write_page(path: str | Path, title: str, body: Markup, data: Mapping[str, Any]) -> None:
    """Write a page that needs nothing but itself, atomically.

    Args:
        path: Where to.
        title: Title of the page.
        body: What it shows.
        data: What the map's script gets; empty for a page without a map.

    Raises:
        OutputError: The path cannot be written; what stood there is untouched.
    """
    _write(Path(path), _page(title, body, data))


def _page(title: str, body: Markup, data: Mapping[str, Any]) -> str:
    assets = resources.files("cribble.report") / "assets"
    footer = tag(
        "footer", f"Made by cribble {cribble.__version__}. This page is one file and works offline."
    )
    return Template((assets / "page.html").read_text("utf-8")).substitute(
        version=cribble.__version__,
        title=join(title),
        style="\n".join((assets / name).read_text("utf-8") for name in ("page.css", "map.css")),
        body=join(body, footer),
        data=script_data(data),
        script="\n".join((assets / name).read_text("utf-8") for name in _scripts(data)),
    )


def _scripts(data: Mapping[str, Any]) -> tuple[str, ...]:
    return ("d3.min.js", "map_dots.js", "map.js", "page.js") if data else ("page.js",)


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
