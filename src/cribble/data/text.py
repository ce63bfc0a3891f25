"""The text of a row: which part of a chat or an instruction, or what a template asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from cribble.core.errors import SignalError, UnknownNameError
from cribble.core.protocols import TextBlock

View: TypeAlias = Literal["full", "first_user", "all_user", "assistant"]
VIEWS: tuple[str, ...] = get_args(View)

Record: TypeAlias = Mapping[str, Any]
Name: TypeAlias = Callable[[int], str]

_USER = frozenset({"user", "human"})
_ASSISTANT = frozenset({"assistant", "gpt", "bot", "chatgpt", "model"})


@dataclass(frozen=True, slots=True)
class TextFormat:
    """A way to write instructions that is recognized by its keys.

    Args:
        name: How the plan names it.
        needs: Keys without which a row is not in this format.
        user: Keys of what the user says, in order.
        assistant: Keys of what the assistant answers, in order.
        chat: The one key holds a list of turns.
    """

    name: str
    needs: tuple[str, ...]
    user: tuple[str, ...] = ()
    assistant: tuple[str, ...] = ()
    chat: bool = False


# The first whose keys are there and not null is the format of a row.
FORMATS = (
    TextFormat("messages", ("messages",), chat=True),
    TextFormat("conversations", ("conversations",), chat=True),
    TextFormat("prompt/completion", ("prompt", "completion"), ("prompt",), ("completion",)),
    TextFormat("instruction", ("instruction",), ("instruction", "input"), ("output",)),
    TextFormat("question/answer", ("question", "answer"), ("question",), ("answer",)),
    TextFormat("text", ("text",), ("text",)),
)


def recognize(records: Iterable[Record]) -> str | None:
    """Name the format of the first row that is in one; None where no row is."""
    for record in records:
        if format := format_of(record):
            return format.name
    return None


def check_view(view: str) -> None:
    """Refuse an unknown view.

    Raises:
        UnknownNameError: There is no such view.
    """
    if view not in VIEWS:
        raise UnknownNameError("view", view, VIEWS)


def formats_in(columns: Sequence[str]) -> tuple[TextFormat, ...]:
    """The formats that rows with these columns can be in.

    Raises:
        SignalError: There is none.
    """
    found = tuple(one for one in FORMATS if set(one.needs) <= set(columns))
    if not found:
        raise SignalError(
            "text",
            f"none of the columns ({', '.join(columns)}) is a known text field",
            "name the text: --text '{column}'",
        )
    return found


def record_texts(
    records: Sequence[Record],
    formats: Sequence[TextFormat],
    view: str,
    rows: Iterable[int],
    name: Name,
) -> list[str]:
    """Read the text of rows, each in its own format.

    Parts of a row are joined by a line break; empty parts are left out.

    Args:
        records: The rows.
        formats: The formats they can be in, first come first.
        view: "full" for all that is said, "first_user" or "all_user" for what the user says,
            "assistant" for the answers. A plain ``text`` is the same in every view.
        rows: Their numbers.
        name: Names a row in a message.

    Raises:
        SignalError: A row has no text, or none in this view.
    """
    found = []
    for row, record in zip(rows, records, strict=True):
        try:
            found.append(_text(record, formats, view))
        except _NoTextError as error:
            raise SignalError("text", f"row {name(row)} {error}", error.remedy) from None
    return found


class _NoTextError(Exception):
    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.remedy = remedy


_TEMPLATE = "mend or drop the row, or name the text: --text '{column}'"


def format_of(record: Record, formats: Sequence[TextFormat] = FORMATS) -> TextFormat | None:
    """Find the format a row is in."""
    for one in formats:
        for key in one.needs:
            if record.get(key) is None:
                break
        else:
            return one
    return None


def _text(record: Record, formats: Sequence[TextFormat], view: str) -> str:
    format = format_of(record, formats)
    if format is None:
        null = [key for one in formats for key in one.needs if key in record]
        found = f"has null in {', '.join(null)}" if null else "has none of the known text fields"
        raise _NoTextError(f"{found} (its fields: {', '.join(record)})", _TEMPLATE)
    if format.name == "text":
        return _string(record["text"], "text")
    if format.chat:
        turns = _turns(record[format.needs[0]], format.needs[0])
    else:
        turns = _side(record, format.user, "user") + _side(record, format.assistant, "assistant")
    if view != "full":
        speakers = _ASSISTANT if view == "assistant" else _USER
        turns = [turn for turn in turns if turn[0] in speakers]
    if not turns:
        who = {"full": "turn", "assistant": "turn of the assistant"}.get(view, "turn of the user")
        raise _NoTextError(
            f"has no {who} in its {format.name}", "mend or drop it, or change --view"
        )
    if view == "first_user":
        turns = turns[:1]
    return "\n".join(text for _, text in turns if text)


def _side(record: Record, keys: tuple[str, ...], role: str) -> list[tuple[str, str]]:
    """Read what one side says: fields of text that make one turn, or a field of turns."""
    said = [(key, record[key]) for key in keys if record.get(key) is not None]
    if not said:
        return []
    if isinstance(said[0][1], list):
        return _turns(said[0][1], said[0][0])
    texts = [_string(value, key) for key, value in said]
    return [(role, "\n".join(text for text in texts if text))]


def _turns(value: Any, key: str) -> list[tuple[str, str]]:
    """Read a list of turns, or JSON text that holds one, as pairs of role and text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise _NoTextError(f"has text in {key!r} that is not JSON", _TEMPLATE) from None
    if not isinstance(value, list):
        raise _NoTextError(f"has {_kind(value)} in {key!r}, not a list of turns", _TEMPLATE)
    turns = []
    for turn in value:
        if not isinstance(turn, Mapping):
            raise _NoTextError(f"has {_kind(turn)} in {key!r}, not a turn", _TEMPLATE)
        keys = ("role", "content") if turn.get("role") is not None else ("from", "value")
        role, content = (turn.get(one) for one in keys)
        if not isinstance(role, str):
            raise _NoTextError(f"has a turn in {key!r} that names no role or from", _TEMPLATE)
        turns.append((role.lower(), _content(content, key)))
    return turns


def _content(content: Any, key: str) -> str:
    """Read what a turn says; a turn of tool calls alone says nothing."""
    if content is None:
        return ""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return _string(content, key)


def _string(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise _NoTextError(f"has {_kind(value)} in {key!r}, not text", _TEMPLATE)
    return value


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "null" if value is None else f"a {type(value).__name__}")


def pack(texts: Sequence[str]) -> TextBlock:
    """Pack texts as UTF-8; half a surrogate pair, which JSON can hold, becomes U+FFFD."""
    try:
        return TextBlock.from_strings(texts)
    except UnicodeEncodeError:
        whole = (text.encode("utf-16", "surrogatepass") for text in texts)
        return TextBlock.from_strings([one.decode("utf-16", "replace") for one in whole])
