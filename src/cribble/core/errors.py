"""Errors the user can mend: what was asked, what was found, how to mend it.

Every error is a small dataclass: the caller hands over values, the class writes the sentence.
The command line turns any `CribbleError` into exit code 2.
"""

from __future__ import annotations

import copyreg
import difflib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(eq=False)
class CribbleError(Exception):
    """Base of every error that the user can mend."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by fields, so that an error crosses a process boundary whole."""
        return copyreg.__newobj__, (type(self),), self.__dict__  # type: ignore[attr-defined]


# More than there are methods, fewer than there are rows.
_MOST_NAMES = 80


def _nearest(asked: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(asked, known, n=3, cutoff=0.4 if len(known) > 1 else 0.0)
    if near:
        return f"did you mean {' or '.join(near)}?"
    left = len(known) - _MOST_NAMES
    more = f", and {left:,} more" if left > 0 else ""
    return f"known: {', '.join(sorted(known)[:_MOST_NAMES])}{more}"


@dataclass(eq=False)
class BudgetError(CribbleError):
    """A budget that cannot be read or cannot be met."""

    asked: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"budget is {self.asked}, but {self.found}; {self.remedy}"


@dataclass(eq=False)
class QuotaError(CribbleError):
    """Group limits that contradict one another, the budget or the pool."""

    asked: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"limits ask for {self.asked}, but {self.found}; {self.remedy}"


@dataclass(eq=False)
class SignalError(CribbleError):
    """A signal (embedding, score, label, text) that is missing or malformed."""

    name: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"signal {self.name!r}: {self.found}; {self.remedy}"


@dataclass(eq=False)
class UnknownNameError(CribbleError):
    """A name (method, parameter, column, group, option) that does not exist."""

    kind: str
    asked: str
    known: Sequence[str]

    def __str__(self) -> str:
        return f"no {self.kind} named {self.asked!r}; {_nearest(self.asked, list(self.known))}"


@dataclass(eq=False)
class ParameterError(CribbleError):
    """A parameter outside what it may be."""

    name: str
    asked: object
    allowed: str

    def __str__(self) -> str:
        return f"{self.name} is {self.asked!r}; it must be {self.allowed}"


@dataclass(eq=False)
class UnsupportedLimitError(CribbleError):
    """A limit that a method cannot honor; said before any work."""

    method: str
    limit: str
    able: Sequence[str]

    def __str__(self) -> str:
        able = ", ".join(self.able) or "see `cribble methods`"
        return f"method {self.method!r} cannot honor {self.limit}; methods that can: {able}"


@dataclass(eq=False)
class MemoryLimitError(CribbleError):
    """A method that needs more memory than the run is allowed; said before any work."""

    method: str
    needed: str
    allowed: str
    remedy: str

    def __str__(self) -> str:
        return (
            f"method {self.method!r} needs about {self.needed} of memory beside mapped files, but "
            f"the limit is {self.allowed}; {self.remedy}"
        )


@dataclass(eq=False)
class DataError(CribbleError):
    """Input that cannot be read. ``rows`` lists the first bad rows, ``count`` all of them."""

    path: str
    found: str
    remedy: str
    rows: Sequence[str] = ()
    count: int = 0

    def __str__(self) -> str:
        text = f"{self.path}: {self.found}; {self.remedy}"
        if self.rows:
            text += "".join(f"\n  {row}" for row in self.rows)
            if self.count > len(self.rows):
                text += f"\n  and {self.count - len(self.rows)} more"
        return text


@dataclass(eq=False)
class TargetError(CribbleError):
    """A target that is missing or has nothing in common with the pool."""

    found: str
    remedy: str

    def __str__(self) -> str:
        return f"target: {self.found}; {self.remedy}"


@dataclass(eq=False)
class OutputError(CribbleError):
    """An output that cannot be written; what stood there before is untouched."""

    path: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.found}; {self.remedy}"


@dataclass(eq=False)
class MissingPackageError(CribbleError):
    """An optional package that the asked feature needs."""

    package: str
    feature: str
    extra: str

    def __str__(self) -> str:
        return (
            f"{self.feature} needs the package {self.package!r}, which is not installed; "
            f"install it with: pip install 'cribble[{self.extra}]'"
        )


@dataclass(eq=False)
class ExecutorError(CribbleError):
    """An executor that cannot be reached, or that lost work for good."""

    asked: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"executor {self.asked!r}: {self.found}; {self.remedy}"
