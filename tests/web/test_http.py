from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import numpy as np
import pytest

from cribble.core import Silent
from cribble.core.errors import ParameterError
from cribble.run.explain import explain
from cribble.run.recipe import make_recipe
from cribble.run.verify import verify

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from cribble.web.serve import Server
from cribble.web.session import open_session

PATHS = ("", "main.js", "page.css", "api/start", "api/rows?start=0&stop=9", "api/places")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_told_without_the_token(client, path):
    assert client.ask("GET", path)[0] == 200
    for token in ("", "x", "a" * 32, urlsplit(client.address).path.strip("/")[:-1]):
        status, _, body = client.ask("GET", path, token=token)
        assert (status, body) == (404, b"")
    cookie = {"cookie": f"token={urlsplit(client.address).path.strip('/')}"}
    assert client.ask("GET", path, headers=cookie, token="x")[0] == 404


@pytest.mark.parametrize("path", PATHS)
def test_another_name_for_this_machine_is_refused(client, path):
    port = urlsplit(client.address).port
    assert client.ask("GET", path, headers={"host": f"localhost:{port}"})[0] == 200
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}"):
        status, _, body = client.ask("GET", path, headers={"host": host})
        assert (status, body) == (421, b"")


def test_another_site_is_refused(client):
    own = client.address.rstrip("/").rpartition("/")[0]
    assert client.ask("GET", "api/start", headers={"origin": own})[0] == 200
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ):
        assert client.ask("GET", "api/start", headers=headers)[0] == 403
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.ask("GET", "", headers=followed)[0] == 403
    assert client.ask("GET", "", headers={**followed, "sec-fetch-dest": "document"})[0] == 200


def test_a_form_cannot_change_anything(client):
    body = json.dumps({"k": 3})
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        headers = {"content-type": kind}
        assert client.ask("POST", "api/cut", body, headers=headers)[0] == 415
    assert client.ask("PUT", "api/cut", body)[0] == 405
    assert client.ask("GET", "api/cut")[0] == 405
    assert client.get("start")["state"]["k"] == 12


def test_every_answer_keeps_others_out(client):
    for path in (*PATHS, "nothing", "api/rows"):
        headers = {name.lower(): value for name, value in client.ask("GET", path)[1].items()}
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers
        assert "set-cookie" not in headers


def test_the_server_listens_on_the_loopback_interface_alone(client, session):
    found = urlsplit(client.address)
    assert found.hostname == "127.0.0.1"
    assert re.fullmatch(r"/[\w-]{32}/", found.path)
    with pytest.raises(ParameterError, match="port"):
        Server(session, found.port)


def test_pages_put_together_are_the_list(client):
    asked = {"side": "out", "order": "high", "score": "quality"}
    whole = client.get("rows", start=0, stop=200, **asked)
    pages = [client.get("rows", start=at, stop=at + 7, **asked) for at in range(0, 84, 7)]
    rows = [row for page in pages for row in page["rows"]]
    assert rows == whole["rows"]
    assert {page["total"] for page in pages} == {len(rows)} == {78}
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert client.get("rows", start=78, stop=90, **asked)["rows"] == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("rows", {}),
        ("rows", {"start": -1, "stop": 5}),
        ("rows", {"start": 0, "stop": 5, "side": "left"}),
        ("rows", {"start": 0, "stop": 5, "score": "nothing"}),
        ("rows", {"start": 0, "stop": 5, "low": "x", "score": "quality"}),
        ("rows", {"start": 0, "stop": 5, "column": "source", "group": "x"}),
        ("why", {"row": 90}),
        ("why", {"row": "9" * 5_000}),
        ("groups", {"column": "id"}),
    ],
)
def test_what_cannot_be_answered_is_said(client, path, query):
    told = client.get(path, **query)
    assert told["status"] == 400
    assert "; it must be" in told["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("move", {"row": 90, "inside": True}),
        ("move", {"row": 1}),
        ("move", {"row": True, "inside": True}),
        ("cut", {"k": 13}),
        ("cut", {"k": -1}),
        ("cut", {}),
        ("export", {"name": ""}),
        ("export", {"name": "../up.jsonl"}),
        ("export", {"name": "/tmp/up.jsonl"}),
        ("export", {"name": ".hidden.jsonl"}),
        ("export", {"name": "pool.jsonl"}),
        ("export", {"name": "out.jsonl"}),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(client, folder, path, body):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    told = client.post(path, **body)
    assert told["status"] == 400
    assert told["error"]
    assert client.get("start")["state"]["undo"] is False
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_arrays_are_those_of_the_session(client, session):
    ranks = np.frombuffer(client.ask("GET", "api/ranks")[2], "<i4")
    np.testing.assert_array_equal(np.argsort(ranks)[-12:], session.selection.indices)
    places = np.frombuffer(client.ask("GET", "api/places")[2], "<f4").reshape(-1, 2)
    np.testing.assert_array_equal(places, session.places)
    assert np.abs(places).max() == pytest.approx(1)
    gains = np.frombuffer(client.ask("GET", "api/gains")[2], "<f8")
    assert gains.sum() == pytest.approx(client.get("start")["value"])
    found = np.frombuffer(client.ask("GET", "api/found?words=%23")[2], "<i4")
    assert len(found) == 0


def test_a_changed_subset_is_exported_and_verified(client, session, folder, pool_lines):
    first, second = session.selection.indices[:2].tolist()
    new = int(np.flatnonzero(session.ranks < 0)[0])
    client.post("cut", k=7)
    client.post("move", row=first, inside=False)
    state = client.post("move", row=new, inside=True)
    assert (state["rows"], state["k"]) == (7, 7)
    assert [one["held"] for one in state["limits"] if one["limit"] == "rows"] == [False]
    done = client.post("export", name="mine.jsonl")
    picks = sorted([*session.selection.indices[1:7].tolist(), new])
    assert (folder / "mine.jsonl").read_bytes() == b"".join(pool_lines[row] for row in picks)
    manifest = json.loads((folder / "mine.manifest.json").read_text("utf-8"))
    assert manifest["revision"]["added"] == [new]
    assert manifest["revision"]["removed"] == [first]
    assert manifest["revision"]["first"] == 7
    assert (manifest["rows"], manifest["value"], manifest["certified"]) == (7, None, None)
    assert done["rows"] == 7
    found = verify("mine.jsonl", Silent())
    assert found.equal
    assert found.notes[-1] == (
        "rows were changed by hand: the first 7 of 12 picks taken, 1 put in by hand, "
        "1 taken out by hand"
    )
    assert [check.what for check in found.checks] == [
        "inputs",
        "picks of the method",
        "picks in order",
        "out as it stands",
        "out written again",
    ]
    assert explain("mine.jsonl", f"r{new}", Silent())["text"].endswith("put in by hand")
    assert explain("mine.jsonl", f"r{second}", Silent())["picked"] is True
    again = open_session(make_recipe({"inputs": "mine.jsonl"}), Silent())
    assert again.changes == session.changes


def test_a_record_of_changes_that_is_not_true_is_found(client, session, folder):
    client.post("move", row=int(session.selection.indices[0]), inside=False)
    client.post("export", name="mine.jsonl")
    path = folder / "mine.manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["revision"]["removed"] = [int(session.selection.indices[1])]
    path.write_text(json.dumps(manifest), "utf-8")
    found = verify("mine.jsonl", Silent())
    wrong = [check.what for check in found.checks if not check.equal]
    assert wrong == ["picks in order", "out written again"]


def test_without_a_change_the_export_is_the_run_itself(client, folder):
    client.post("export", name="same.jsonl")
    assert (folder / "same.jsonl").read_bytes() == (folder / "out.jsonl").read_bytes()
    one, other = (
        json.loads((folder / f"{name}.manifest.json").read_text("utf-8"))
        for name in ("same", "out")
    )
    assert "revision" not in one
    assert (one["picks"], one["value"]) == (other["picks"], other["value"])
    found = verify("same.jsonl", Silent())
    assert found.equal
    assert not any("by hand" in note for note in found.notes)


def test_a_pool_alone_is_shown_and_not_changed(served, folder, run):
    session = open_session(make_recipe({"inputs": "pool.jsonl", "group": "source"}), Silent())
    client = served(session)
    told = client.get("start")
    assert (told["method"], told["pool"], told["map"]) == (None, 90, True)
    assert client.get("rows", start=0, stop=100)["total"] == 90
    assert client.get("groups", column="group")["groups"] == [["code", 30], ["web", 60]]
    assert client.get("why", row=3)["record"]["id"] == "r3"
    for path, body in (("move", {"row": 1, "inside": True}), ("export", {"name": "x.jsonl"})):
        assert "a pool alone can be looked at" in client.post(path, **body)["error"]
