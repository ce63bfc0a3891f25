"""The recipe: everything that decides a run, in one model.

A command line, a recipe file and a call from Python each become one `Recipe`; the manifest stores
it, and `cribble verify` runs it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cribble.core import Budget
from cribble.core.errors import (
    BudgetError,
    CribbleError,
    DataError,
    ParameterError,
    UnknownNameError,
)
from cribble.core.pool import DEFAULT_MEMORY
from cribble.executors import check_executor
from cribble.run.values import byte_count

View = Literal["first_user", "all_user", "assistant", "full"]
AUTO = "auto"
# Up to this share of the rows that may be picked, "auto" looks for the number of rows.
AUTO_SHARE = 0.2
# Words of the command line that have another name here.
_SAID = {"pool": "inputs", "set": "parameters", "filter": "filters", "output": "out"}
Counts = dict[str, Annotated[int, Field(ge=0)]]


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, (str, int)) else value


def _known_executor(value: object) -> object:
    if isinstance(value, str):
        check_executor(value)
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
RowList = Annotated[str | tuple[int | str, ...] | None, Field(union_mode="left_to_right")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Reading(_Model):
    """How a pool is read, and where each signal comes from."""

    where: str | None = Field(None, description="SQL condition; only rows that meet it are read.")
    on_error: Literal["fail", "quarantine"] = Field(
        "fail", description="What a bad row does: stop the run, or go to the quarantine file."
    )
    quarantine: str | None = Field(None, description="File for bad rows; default OUT.bad.jsonl.")
    text: str | None = Field(
        None, description='Template of a row\'s text, such as "{instruction}\\n{input}".'
    )
    view: View = Field("full", description="Which part of a chat is embedded and counted.")
    embed: str | None = Field(
        None,
        description="Embedder of text: hashed, sentence-transformers:NAME, model2vec:NAME; or of "
        "columns: table, table:COLUMN,COLUMN. Default: the column `embedding` where there is one, "
        "else hashed.",
    )
    embedding: str | None = Field(None, description="Column that already holds vectors.")
    quality: str | None = Field(None, description="Numeric column; larger is better.")
    group: str | None = Field(None, description="Column that groups the rows.")
    label: str | None = Field(None, description="Column that labels the rows.")
    model_log: str | None = Field(
        None,
        description="Log of a training run on the pool, what the model said of each row at each "
        "epoch: gives the signals aum, el2n, forgetting, margin and difficulty.",
    )
    memory: Annotated[int, BeforeValidator(byte_count)] = Field(
        DEFAULT_MEMORY,
        gt=0,
        description="Bytes that may be held beside mapped files, such as 4GiB.",
    )
    executor: Annotated[str, BeforeValidator(_known_executor)] = Field(
        "local", description="Where work is done: local, ray or ray://HOST:PORT."
    )


class Recipe(Reading):
    """Everything that decides a run."""

    inputs: Names = Field(default=(), description="Files, folders or globs that make up the pool.")
    base: str | None = Field(
        None,
        description="Output or manifest of the run that this one updates: its embedder and its "
        "picks are used again.",
    )
    k: int | str | None = Field(
        None, description='Rows to pick: 1000, "5%", "20M tokens" or "auto".'
    )
    curve: bool = Field(
        False, description="Measure how good choices of up to a fifth of the pool are."
    )
    cost_budget: float | None = Field(
        None, description="Summed cost that the picks may not exceed, in the unit of cost_column."
    )
    cost_column: str | None = Field(
        None, description="Numeric column with each row's cost; default: tokens, counted."
    )
    at_least: dict[str, Counts] = Field(
        {}, description="Least number of picks per group, as {column: {value: number}}."
    )
    at_most: dict[str, Counts] = Field(
        {}, description="Largest number of picks per group, as {column: {value: number}}."
    )
    keep: RowList = Field(
        None, description="Rows that must be picked: a file with one id or row number a line."
    )
    drop: RowList = Field(
        None, description="Rows that must not be picked: a file with one id or row number a line."
    )
    dedup: Names = Field(
        default=(),
        description="Duplicates to drop first: exact, near[=0.8] (share of word windows), "
        "embedding[=0.95] (cosine).",
    )
    filters: Names = Field(
        default=(),
        description="Rules that rows must pass: length, symbols, repetition, blocklist, language, "
        "as NAME:KEY=VALUE,KEY=VALUE.",
    )
    decontaminate: Names = Field(
        default=(), description="Evaluation files; rows that overlap with them are dropped."
    )
    decontaminate_cosine: float | None = Field(
        None,
        description="Also drop rows whose vectors have this cosine or more to an evaluation row.",
    )
    method: str | None = Field(None, description="Name of the method; default: see the methods.")
    parameters: dict[str, Any] = Field({}, description="Parameters of the method, by name.")
    target: Names = Field(
        default=(), description="Files with examples of what you want; each file is one task."
    )
    seed: int = Field(0, description="Seed of every random choice.")
    order: Literal["pool", "picked"] = Field("pool", description="Order of the rows in out.")
    annotate: bool = Field(
        False,
        description="Add cribble_rank, cribble_reason and, where there are weights, "
        "cribble_weight to the rows.",
    )
    out: str | None = Field(None, description="File for the chosen rows; the ending is its format.")
    picks: str | None = Field(None, description="Parquet file with one line a pick.")
    report: str | None = Field(None, description="HTML file with the report.")
    dropped: str | None = Field(
        None, description="Parquet file with one line a row that dedup and filters dropped."
    )

    @property
    def reading(self) -> Reading:
        """The part that says how a pool is read."""
        return Reading(**{name: getattr(self, name) for name in Reading.model_fields})

    def given(self) -> dict[str, Any]:
        """The keys that differ from their defaults, ready for JSON or YAML."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def budget(self, keep: tuple[int, ...] = (), drop: tuple[int, ...] = ()) -> Budget:
        """The budget, with the kept and dropped rows found already; of "auto", a placeholder.

        Raises:
            BudgetError: There is none, or there are two.
        """
        limits: dict[str, Any] = {
            "at_least": self.at_least,
            "at_most": self.at_most,
            "keep": keep,
            "drop": drop,
        }
        if self.k is not None and self.cost_budget is not None:
            raise BudgetError(
                f"k = {self.k} and cost_budget = {self.cost_budget:g}",
                "one run has one budget",
                "give exactly one of -k and --cost-budget",
            )
        column = self.cost_column or "tokens"
        if self.cost_budget is not None:
            return Budget(cost=self.cost_budget, cost_column=column, **limits)
        if self.k is None:
            raise BudgetError("empty", "nothing says how much to pick", "give -k or --cost-budget")
        plain = Budget(share=AUTO_SHARE) if self.k == AUTO else Budget.parse(self.k)
        return Budget(
            rows=plain.rows, share=plain.share, cost=plain.cost, cost_column=column, **limits
        )


def make_recipe(values: Mapping[str, Any]) -> Recipe:
    """Check the values of a recipe.

    Raises:
        UnknownNameError: A key does not exist; the message names the nearest.
        ParameterError: A value is not what its key takes.
    """
    try:
        return Recipe(**values)
    except ValidationError as error:
        raise _translated(error, Recipe) from None


def make_reading(values: Mapping[str, Any]) -> Reading:
    """Check how a pool is read.

    Raises:
        UnknownNameError: A key does not exist; the message names the nearest.
        ParameterError: A value is not what its key takes.
    """
    try:
        return Reading(**values)
    except ValidationError as error:
        raise _translated(error, Reading) from None


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe file; paths in it are relative to the working directory, as in a shell.

    Raises:
        DataError: The file is missing or is not a YAML mapping.
        UnknownNameError: A key does not exist.
        ParameterError: A value is not what its key takes.
    """
    import yaml

    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(str(path), str(error.strerror), "name a file that can be read") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = " ".join(str(error).split())
        raise DataError(str(path), f"it is not YAML: {found}", "mend it there") from None
    if not isinstance(values, dict):
        raise DataError(
            str(path), "it is not a mapping of keys to values", "write lines such as `k: 1000`"
        )
    return make_recipe({str(key): value for key, value in values.items()})


def schema() -> dict[str, Any]:
    """The JSON Schema of a recipe file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Recipe.model_json_schema(mode="validation"),
        "title": "cribble recipe",
    }


def _translated(error: ValidationError, model: type[BaseModel]) -> CribbleError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"] if isinstance(part, str) and part)
    if first["type"] == "extra_forbidden":
        known = [_SAID[name]] if name in _SAID else model.model_fields
        return UnknownNameError("option", name, tuple(known))
    allowed = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return ParameterError(name, first["input"], allowed)
