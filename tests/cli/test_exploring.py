from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

SOURCE = Path(__file__).resolve().parents[2] / "src"


def test_the_address_is_printed_and_ctrl_c_ends_it(folder, lines):
    started = subprocess.Popen(
        [sys.executable, "-m", "cribble", "explore", "pool.jsonl", "--no-browser"],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout is not None
        address = started.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert b"<title>cribble explore</title>" in answer.read()
        started.send_signal(signal.SIGINT)
        told = started.communicate(timeout=30)
    finally:
        started.kill()
        started.communicate()
    assert started.returncode == 0
    assert "Ctrl-C ends it" in told[1]
    assert "Traceback" not in told[1]


def test_what_is_not_there_cannot_be_explored(cribble):
    ended = cribble("explore", "nothing.jsonl", "--no-browser")
    assert ended.code == 2
    assert "nothing.jsonl: there is no such file" in ended.err


def test_without_the_packages_it_says_how_to_get_them(cribble, lines, monkeypatch):
    for name in [one for one in sys.modules if one.startswith("cribble.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    ended = cribble("explore", "pool.jsonl", "--no-browser")
    assert ended.code == 2
    assert "pip install 'cribble[ui]'" in ended.err
