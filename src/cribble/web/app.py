"""What the page asks for, and the answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cribble.core.errors import CribbleError, ParameterError
from cribble.run.values import plain
from cribble.web.session import Session
from cribble.web.table import Query, Table

_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_MOST, _DIGITS = 500, 18

Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(session: Session) -> Starlette:
    """The answers to a page about ``session``; who may ask is the business of `Guard`."""
    table = Table(session)
    assets = resources.files("cribble.web") / "assets"
    routes = [Route("/", _file(assets / "index.html", "html"))]
    for one in assets.iterdir():
        kind = one.name.rpartition(".")[2]
        if kind in ("css", "js"):
            routes.append(Route(f"/{one.name}", _file(one, kind)))
    routes += [
        Route("/api/start", _get(lambda _: start(session, table))),
        Route("/api/rows", _get(lambda asked: _rows(table, asked))),
        Route("/api/why", _get(lambda asked: session.why(_whole(asked, "row")))),
        Route("/api/groups", _get(lambda asked: _groups(table, asked.get("column", "")))),
        Route("/api/found", _array(lambda asked: table.find(_query(asked)).astype("<i4"))),
        Route("/api/ranks", _array(lambda _: session.ranks.astype("<i4"))),
        Route("/api/places", _array(lambda _: _places(session))),
        Route("/api/gains", _array(lambda _: curve(session)[1])),
    ]
    changes: dict[str, Callable[[dict[str, Any]], Any]] = {
        "move": lambda given: _move(session, given),
        "cut": lambda given: session.cut(_int(given, "k")),
        "undo": lambda _: session.undo(),
        "redo": lambda _: session.redo(),
        "export": lambda given: _export(session, given),
    }
    for name, change in changes.items():
        routes.append(Route(f"/api/{name}", _post(change, session), methods=["POST"]))
    return Starlette(routes=routes, exception_handlers={CribbleError: _refused})


def start(session: Session, table: Table) -> dict[str, Any]:
    """What the page has to know at first."""
    selection = session.selection
    return {
        "title": session.title,
        "method": selection.method if selection is not None else None,
        "chosen": len(selection) if selection is not None else 0,
        "pool": len(session.pool),
        "groupings": list(table.groupings),
        "scores": list(table.scores),
        "map": session.places is not None,
        "shown": session.shown,
        "curve": curve(session)[0],
        "value": plain(selection.value) if selection is not None else None,
        "bound": plain(selection.upper_bound) if selection is not None else None,
        "state": session.state(),
    }


def curve(session: Session) -> tuple[str | None, np.ndarray]:
    """What is drawn over the number of picks, and its kind.

    Returns:
        "value" (gains that add up to the value), "gain", "score" or None; and (k,) float64.
    """
    selection = session.selection
    if selection is None or not len(selection):
        return None, np.empty(0)
    if selection.gains is not None and np.isfinite(selection.gains[1:]).all():
        total = float(selection.gains.sum())
        adds_up = selection.value is not None and np.isclose(total, selection.value, rtol=1e-3)
        return "value" if adds_up else "gain", selection.gains
    if selection.scores is not None:
        return "score", np.asarray(selection.scores, dtype=np.float64)[selection.indices]
    return None, np.empty(0)


def _file(path: Any, kind: str) -> Endpoint:
    body = path.read_bytes()

    async def endpoint(_: Request) -> Response:
        return Response(body, media_type=_KINDS[kind])

    return endpoint


def _get(answer: Callable[[Any], Any]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(answer, request.query_params))

    return endpoint


def _array(answer: Callable[[Any], np.ndarray]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        found = await run_in_threadpool(answer, request.query_params)
        return Response(found.tobytes(), media_type="application/octet-stream")

    return endpoint


def _post(change: Callable[[dict[str, Any]], Any], session: Session) -> Endpoint:
    """Make a change; what the session says after it is the answer."""

    async def endpoint(request: Request) -> Response:
        try:
            given = json.loads(await request.body())
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise ParameterError("body", "something else", "a JSON object")
        done = await run_in_threadpool(change, given)
        return JSONResponse({**session.state(), **(done or {})})

    return endpoint


async def _refused(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


def _rows(table: Table, asked: Any) -> dict[str, Any]:
    start = _whole(asked, "start")
    stop = min(_whole(asked, "stop"), start + _MOST)
    return table.page(_query(asked), start, stop)


def _groups(table: Table, column: str) -> dict[str, Any]:
    groups = table.groups(column)
    counts = np.bincount(groups.codes, minlength=len(groups.names)).tolist()
    return {"groups": [list(pair) for pair in zip(groups.names, counts, strict=True)]}


def _query(asked: Any) -> Query:
    names = ("words", "side", "column", "group", "score", "order")
    texts = {name: asked[name] for name in names if asked.get(name)}
    return Query(**texts, low=_number(asked, "low"), high=_number(asked, "high"))


def _number(asked: Any, name: str) -> float | None:
    text = asked.get(name)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ParameterError(name, text, "a number") from None


def _whole(asked: Any, name: str) -> int:
    text = asked.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise ParameterError(name, text, "a whole number of 0 or more")
    return int(text)


def _int(given: dict[str, Any], name: str) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ParameterError(name, value, "a whole number")
    return value


def _places(session: Session) -> np.ndarray:
    return np.empty(0, "<f4") if session.places is None else session.places.astype("<f4")


def _move(session: Session, given: dict[str, Any]) -> None:
    if not isinstance(given.get("inside"), bool):
        raise ParameterError("inside", given.get("inside"), "true or false")
    session.move(_int(given, "row"), given["inside"])


def _export(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise ParameterError("name", name, "a file name")
    return session.export(name)
