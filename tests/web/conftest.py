from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest

from cribble.core import Silent
from cribble.run.execute import execute
from cribble.run.recipe import make_recipe

WORDS = ("river", "stone", "cloud", "ember", "field", "glass", "harbor", "island")
ROWS, PICKS = 90, 12
EVIL = '<img src=x onerror=alert(1)> & "quotes" 你好'


@pytest.fixture(scope="session")
def pool_lines() -> list[bytes]:
    """Lines with odd spaces, two sources, a score, vectors and text that looks like markup."""
    draw = np.random.default_rng(0).standard_normal((ROWS, 5)).round(3)
    made = []
    for row in range(ROWS):
        text = " ".join(WORDS[(row * step + step) % len(WORDS)] for step in range(1, 7))
        source = "code" if row % 3 == 0 else "web"
        told = json.dumps(f"{text} {EVIL if row == 4 else ''}", ensure_ascii=False)
        made.append(
            f'{{"id": "r{row}",  "source": "{source}", "score": {row % 7}.5, "text": {told}, '
            f'"embedding": {draw[row].tolist()}}}\n'.encode()
        )
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder and a cache of its own."""
    monkeypatch.setenv("CRIBBLE_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "work"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def run(folder, pool_lines) -> Path:
    """The output of a run over ``pool.jsonl``: 12 of 90 rows, at least 5 of them code."""
    (folder / "pool.jsonl").write_bytes(b"".join(pool_lines))
    recipe = {
        "inputs": "pool.jsonl",
        "k": PICKS,
        "method": "facility-location",
        "at_least": {"source": {"code": 5}},
        "quality": "score",
        "out": "out.jsonl",
    }
    execute(make_recipe(recipe), Silent())
    return folder / "out.jsonl"


@dataclass
class Client:
    """Requests to a server, with whatever headers are asked for."""

    address: str

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        token: str | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        found = urlsplit(self.address)
        line = http.client.HTTPConnection(found.hostname or "", found.port, timeout=30)
        sent = {} if body is None else {"content-type": "application/json"}
        given = json.dumps(body) if isinstance(body, dict) else body
        root = found.path if token is None else f"/{token}/"
        try:
            line.request(method, root + path, body=given, headers={**sent, **(headers or {})})
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            line.close()

    def get(self, path: str, **query: Any) -> Any:
        status, _, body = self.ask("GET", f"api/{path}?{urlencode(query)}")
        return json.loads(body) | ({"status": status} if status != 200 else {})

    def post(self, path: str, **body: Any) -> Any:
        status, _, answer = self.ask("POST", f"api/{path}", body)
        return json.loads(answer) | ({"status": status} if status != 200 else {})


@pytest.fixture
def served():
    """Serve sessions until the test ends."""
    from cribble.web.serve import Server

    open_ones = []

    def serve(session: Any) -> Client:
        server = Server(session)
        listening = threading.Event()
        thread = threading.Thread(target=server.run, args=(lambda _: listening.set(),))
        thread.start()
        open_ones.append((server, thread))
        assert listening.wait(30)
        return Client(server.address)

    yield serve
    for server, thread in open_ones:
        server.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def session(run):
    from cribble.web.session import open_session

    return open_session(make_recipe({"inputs": run.name}), Silent())


@pytest.fixture
def client(session, served) -> Client:
    return served(session)
