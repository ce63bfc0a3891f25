"""What the commands print: JSON on standard output, or plain words for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from cribble.cli import sizes
from cribble.cli.layout import columns, entries, flowing, room, say
from cribble.run.excerpt import excerpts
from cribble.run.values import plain, show_bytes, show_seconds

if TYPE_CHECKING:
    from cribble.report.difference import Difference
    from cribble.report.outcome import MethodComparison
    from cribble.run.execute import Outcome
    from cribble.run.plan import Plan, Step
    from cribble.run.verify import Verdict

FIRST_PICKS = 10
_FEASIBLE = {True: "feasible", False: "not feasible", None: "not known yet"}


def _race(raced: Mapping[str, Any]) -> None:
    """What `auto` looked at, what it tried, and what that cost."""
    if copies := raced["sample"].get("copies"):
        _note(f"of {raced['sample']['rows']:,} rows looked at, {copies:,} are copies of others")
    for name, why in raced["unused"].items():
        _note(f"{name} was not used: {why}")
    for name, one in raced["tried"].items():
        _note(f"tried {name}: lead over random {one['lead']:+.3g}, error {one['error']:.2g}")
    spent = raced["cpu_seconds"]
    _note(
        f"took {raced['chosen']}: {raced['why']} (race {spent['race']:.2f} CPU s, "
        f"choice {spent['method']:.2f} CPU s)"
    )


def as_json(value: Any) -> None:
    """Print one JSON object on standard output."""
    typer.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def outcome(done: Outcome, to_json: bool) -> None:
    """What a run did."""
    told = done.summary()
    if to_json:
        as_json(told)
        return
    if done.prepared.curve is not None and (doubt := done.prepared.curve.doubt):
        _note(doubt)
    _note(
        f"picked {told['rows']:,} of {told['pool_rows']:,} rows by {told['method']} "
        f"in {show_seconds(told['seconds'])}"
    )
    if raced := told["stats"].get("auto"):
        _race(raced)
    if done.prepared.curve is not None:
        columns(sizes.rows(done.prepared.curve), err=True)
        for sentence in sizes.sentences(done.prepared.curve):
            _note(sentence)
    record = done.selection.manifest or {}
    if record.get("certified") is not None:
        # A method that works on a model of the objective says of what its bound is one.
        bounded = told["stats"].get("upper_bound_of")
        of_what = f" of {bounded}" if bounded else ""
        _note(f"at least {100 * record['certified']:.1f} % of the best possible value{of_what}")
    if (updates := record.get("updates")) is not None:
        _note(_update(updates))
    for step in told["stats"]["filters"]:
        _note(f"{step['step']}: dropped {step['dropped']:,} of {step['judged']:,} rows")
    for limit in told["stats"]["limits"][1:]:
        _note(f"{limit['limit']}: asked {limit['asked']:,}, reached {limit['reached']:,}")
    _note(told["stats"]["verdict"])
    for finding in (told["stats"]["comparison"] or {}).get("findings", ()):
        _note(finding)
    for name, output in record.get("outputs", {}).items():
        _note(f"{name}: {output['path']} ({show_bytes(output['bytes'])})")
    if done.manifest is None:
        _first_picks(done)
    else:
        _note(f"manifest: {done.manifest}")


def _first_picks(done: Outcome) -> None:
    rows = done.selection.pool.rows if done.selection.pool is not None else None
    assert rows is not None
    first = done.selection.indices[:FIRST_PICKS].tolist()
    for row, text in excerpts(rows, first, width=min(100, (room() or 110) - 9)):
        typer.echo(f"{row}\t{text}")
    _note("nothing was written; name a file with -o")


def plans(planned: Sequence[Plan], to_json: bool) -> None:
    """What runs would do."""
    if to_json:
        told = [one.as_dict() for one in planned]
        as_json(told[0] if len(told) == 1 else {"dry_run": True, "plans": told})
        return
    for one in planned:
        entries(
            {
                "rows": f"{one.rows:,} ({one.format or 'array'}"
                + (f", text as {one.text_format})" if one.text_format else ")"),
                "targets": ", ".join(f"{rows:,} rows" for rows in one.target_rows),
                "method": f"{one.method} ({one.why}); time {one.cost}",
                "signals": "; ".join(_step(step) for step in one.signals) or "none",
                "limits": f"{_FEASIBLE[one.feasible]}: {one.limits}",
                "memory": _memory(one),
                "disk": f"about {show_bytes(one.disk_bytes)}",
                "time": "not known"
                if one.seconds is None
                else f"about {show_seconds(one.seconds)} (a rough estimate)",
                "writes": ", ".join(one.outputs) or "nothing",
            }
        )


def _memory(one: Plan) -> str:
    limit = show_bytes(one.memory_limit)
    if one.memory_bytes is None:
        return f"not known; the limit is {limit}"
    if one.memory_fits:
        return f"{show_bytes(one.memory_bytes)} at most, mapped files aside; the limit is {limit}"
    return f"about {show_bytes(one.memory_bytes)}, but the limit is {limit}: it would be refused"


def _step(step: Step) -> str:
    time = f", about {show_seconds(step.seconds)}" if step.seconds else ""
    return f"{step.signal} from {step.source}: {step.state}{time}"


def contest(result: MethodComparison, to_json: bool) -> None:
    """How several methods did against random."""
    if to_json:
        as_json(result.as_dict())
        return
    from cribble.report.method_lines import method_lines

    for text in (result.verdict, *result.findings):
        say(text)
    for one in result.results:
        say(f"{one.method}: {one.verdict}", hang=2)
    say("")
    columns(list(method_lines(result)))
    say(
        "by chance: the mean of random subsets; beyond it, + is better, − worse, ≠ different",
        hang=2,
    )


def verdict(found: Verdict, to_json: bool) -> None:
    """What repeating a run showed."""
    if to_json:
        as_json(found.as_dict())
        return
    for check in found.checks:
        say(f"{'equal' if check.equal else 'DIFFERS'}  {check.what}: {check.found}", hang=9)
    for note in found.notes:
        say(f"note   {note}", hang=7)
    say("the run repeats" if found.equal else "the run does not repeat")


def difference(found: Difference, to_json: bool) -> None:
    """How two runs differ."""
    if to_json:
        as_json(found.as_dict())
        return
    say(found.verdict)
    for note in found.notes:
        say(f"note   {note}", hang=7)
    columns([("", *found.names), *found.lines()])
    for name, comparison in zip(found.names, found.comparisons, strict=True):
        say(f"{name}: {comparison.verdict}")


def explanation(told: Mapping[str, Any], to_json: bool) -> None:
    """Why a row is in."""
    if to_json:
        as_json(told)
        return
    say(told["text"])
    for one in told["excerpts"]:
        say(f"  {one['row']}: {one['text']}")


def methods(cards: Sequence[Mapping[str, Any]], to_json: bool) -> None:
    """The catalogue, one method after another, and the defaults."""
    if to_json:
        as_json({"methods": list(cards)})
        return
    for card in cards:
        say(f"{card['name']}  {card['summary']}", hang=4)
        needs = ", ".join(card["needs"]) or "nothing"
        say(f"    needs {needs}; time {card['cost']}; {card['source']}")
    for card in cards:
        if card["default"]:
            say(f"{card['name']}: {card['default']}.", hang=4)


def method(card: Mapping[str, Any], to_json: bool) -> None:
    """One method in full."""
    if to_json:
        as_json(card)
        return
    about = card["about"] if room() is None else flowing(card["about"])
    say(f"{card['name']} ({card['family']})\n\n{about}\n")
    keys = ("needs", "cost", "memory", "guarantee", "limits", "source", "default")
    entries({key: _flat(card[key]) for key in keys})
    say("\nparameters (--set KEY=VALUE):" if card["parameters"] else "\nno parameters")
    for one in card["parameters"]:
        say(f"  {one['name']} = {one['default']}  ({one['type']})  {one['about']}", hang=4)


def record(told: Mapping[str, Any], to_json: bool) -> None:
    """A flat record."""
    if to_json:
        as_json(told)
    else:
        entries(
            {key: f"{value:,}" if isinstance(value, int) else value for key, value in told.items()}
        )


def _flat(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value


def _note(text: str) -> None:
    say(text, hang=2, err=True)


def _update(updates: Mapping[str, Any]) -> str:
    changed = f"{updates['new_rows']:,} rows new, {updates['removed_rows']:,} removed"
    if updates["exact"]:
        return f"updated {updates['run']}: {changed}; the same choice as a new run's"
    return (
        f"updated {updates['run']}: {changed}; {updates['seats']:,} earlier picks stayed, and "
        f"{updates['candidates']:,} rows competed"
    )
