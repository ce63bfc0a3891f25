"""Make docs/methods/ from docstrings, cards and evidence, and list the pages for mkdocs.

Runs by itself (``python tools/make_docs.py``) and as a hook of mkdocs.yml.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(
    r"^(Args|Returns|Raises|Attributes|Source):\n((?:^(?:    .*)?\n?)+)", re.MULTILINE
)
EVIDENCE = ROOT / "benchmarks" / "results" / "pruning.json"
ENTRY = re.compile(r"^(\w+): ", re.MULTILINE)


def sections(docstring: str) -> tuple[str, dict[str, str]]:
    """Split a Google-style docstring into its text and its sections, unindented."""
    found = {name: inspect.cleandoc(body) for name, body in SECTION.findall(docstring + "\n")}
    return SECTION.sub("", docstring + "\n").strip(), found


def entries(section: str) -> dict[str, str]:
    """Split a section of ``name: what`` entries, continuation lines indented."""
    parts = ENTRY.split(section)[1:]
    return {
        name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def code(text: str) -> str:
    """Turn ``double`` backquotes into the single ones of Markdown."""
    return text.replace("``", "`")


def standing(name: str, evidence: dict[str, Any]) -> str:
    """Tell in a few sentences how often a method beat random rows; "" for random itself.

    A cell of the table is marked by chance in one of twenty cases, half of them above. A method
    with fewer than two standard deviations more than that is told to be no better than chance.

    Args:
        name: The method.
        evidence: What `python -m benchmarks.pruning --evidence` wrote.
    """
    if name == "random":
        return ""
    cases = "[pruned labeled sets](../pruning.md)"
    seen = evidence["methods"].get(name)
    if seen is None:
        return f"Whether it beats random rows was not measured on {cases}."
    of = f"of {seen['cases']} cases ({evidence['seeds']} seeds each) of {cases}"
    worse = f"did worse in {seen['worse']}"
    if not seen["better"]:
        return f"**It did not beat random rows in any {of}** measured, and {worse}."
    lucky = seen["cases"] / 40
    chance = f"chance alone makes about {round(lucky, 1):g} of either."
    if seen["better"] < lucky + 2 * math.sqrt(lucky):
        told = f"**It beat random rows in {seen['better']} {of}, no more than chance gives**, and"
        return f"{told} {worse}; {chance}"
    return (
        f"It beat random rows in {seen['better']} {of} and {worse}; {chance} It beat "
        f"class-balanced random rows in {seen['better_than_balanced']}."
    )


def method_page(name: str, cls: Any, evidence: dict[str, Any]) -> str:
    """Write the page of one method."""
    card = cls.card
    text, parts = sections(inspect.getdoc(cls) or "")
    _, calling = sections(inspect.getdoc(cls.select) or "")
    facts = {
        "Needs": ", ".join(card.needs) or "nothing but rows",
        "Time": card.cost,
        "Memory": card.memory,
        "Guarantee": card.guarantee or "none is proved",
        "Limits": ", ".join(card.limits),
        "Pools larger than memory": "yes" if card.out_of_core else "no",
        "Explains": ", ".join(card.explains) or "whether a row is in",
    }
    told = standing(name, evidence)
    lines = [f"# {name}", "", code(text), "", *([told, ""] if told else []), "| | |", "|---|---|"]
    lines += [f"| {label} | {value} |" for label, value in facts.items()]
    flag = " --target examples.jsonl" if "target" in card.needs else ""
    parameters = {field.name: field.default for field in dataclasses.fields(cls)}
    lines += ["", "```sh", f"cribble select pool.jsonl -k 1000 --method {name}{flag}", "```"]
    if parameters:
        arguments = entries(parts.get("Args", ""))
        lines += ["", "## Parameters", "", "| name | default | |", "|---|---|---|"]
        lines += [
            f"| `{one}` | `{default!r}` | {code(arguments.get(one, ''))} |"
            for one, default in parameters.items()
        ]
    for title in ("Returns", "Raises"):
        listed = entries(calling.get(title, ""))
        lines += ["", f"## {title}", ""]
        lines += [f"- `{one}`: {code(what)}" for one, what in listed.items()]
        lines += [code(calling.get(title, ""))] if not listed else []
    return "\n".join([*lines, "", "## Source", "", link(" ".join(parts["Source"].split())), ""])


def link(text: str) -> str:
    """Link every arXiv id and doi."""
    text = re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)
    return re.sub(r"doi:(10\.\S+?)(?=[.,;]?(\s|$))", r"[doi:\1](https://doi.org/\1)", text)


def index_page(methods: dict[str, Any], evidence: dict[str, Any]) -> str:
    """Write the table of all methods."""
    lines = [
        "# Methods",
        "",
        "The last column counts the cases of [pruned labeled sets](../pruning.md) in which a "
        "method did better and worse than random rows beyond chance.",
        "",
        "| method | family | needs | time | guarantee | better, worse |",
        "|---" * 6 + "|",
    ]
    for name, cls in methods.items():
        card = cls.card
        seen = evidence["methods"].get(name)
        cells = (
            f"[{name}]({name}.md)",
            card.family,
            ", ".join(card.needs) or "-",
            card.cost,
            card.guarantee or "-",
            f"{seen['better']}, {seen['worse']} of {seen['cases']}" if seen else "-",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def pages() -> dict[str, str]:
    """Every page of docs/methods/, by file name."""
    sys.path.insert(0, str(ROOT / "src"))
    from cribble.selectors.catalogue import METHODS, method_class

    methods = {name: method_class(name) for name in METHODS}
    evidence = json.loads(EVIDENCE.read_text("utf-8"))
    return {"index.md": index_page(methods, evidence)} | {
        f"{name}.md": method_page(name, cls, evidence) for name, cls in methods.items()
    }


def write(folder: Path) -> list[str]:
    """Write the pages that changed, remove those of methods that are gone; list all."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in {path.name for path in folder.glob("*.md")} - set(made):
        (folder / old).unlink()
    for name, text in made.items():
        # mkdocs serve watches the folder: an unchanged file must stay untouched.
        if not (folder / name).exists() or (folder / name).read_text("utf-8") != text:
            (folder / name).write_text(text, "utf-8")
    return list(made)


def on_config(config: Any) -> Any:
    """Hook of mkdocs: make the pages, and put methods and decisions into the navigation."""
    listed = {
        "Methods": [f"methods/{name}" for name in write(ROOT / "docs" / "methods")],
        "Decisions": sorted(
            f"decisions/{one.name}" for one in (ROOT / "docs/decisions").glob("*.md")
        ),
    }
    config.nav = [
        {title: listed.get(title, page) for title, page in entry.items()} for entry in config.nav
    ]
    return config


if __name__ == "__main__":
    print(f"{len(write(ROOT / 'docs' / 'methods'))} pages in docs/methods")
