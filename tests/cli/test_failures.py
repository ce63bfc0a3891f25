"""Bad input ends with exit code 2, a message that says how to mend it, and the old output."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap

import pytest

from cribble.selectors.baselines.random import Random

SELECT = ("select", "pool.jsonl", "-o", "out.jsonl")
RANDOM = ("--method", "random")


@pytest.fixture(autouse=True)
def old(folder, lines):
    (folder / "out.jsonl").write_bytes(b"old\n")
    (folder / "full").mkdir()
    (folder / "full" / "x").write_bytes(b"")
    (folder / "broken.jsonl").write_bytes(lines[0] + b'{"text": \n')
    (folder / "empty.jsonl").write_bytes(b"")
    (folder / "keep.txt").write_text("nobody\n")
    (folder / "bad.yaml").write_text("imputs: pool.jsonl\n")
    return folder / "out.jsonl"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*SELECT, "-k", 61, *RANDOM), "budget is 61 rows, but 60 can be picked"),
        ((*SELECT, "-k", "-3", *RANDOM), "negative"),
        ((*SELECT, "-k", "many", *RANDOM), "say 1000, 5% or 20M tokens"),
        ((*SELECT, *RANDOM), "give -k or --cost-budget"),
        ((*SELECT, "-k", 5, "--cost-budget", 5, *RANDOM), "one budget"),
        ((*SELECT, "-k", 5, "--method", "randm"), "did you mean random"),
        ((*SELECT, "-k", 5, *RANDOM, "--set", "sed=1"), "parameter of random named 'sed'"),
        ((*SELECT, "-k", 5, *RANDOM, "--set", "sed"), "KEY=VALUE"),
        ((*SELECT, "-k", 5, *RANDOM, "--at-least", "source:cod=1"), "did you mean code"),
        ((*SELECT, "-k", 5, *RANDOM, "--at-least", "sorce:code=1"), "did you mean source"),
        ((*SELECT, "-k", 5, *RANDOM, "--at-least", "source=1"), "COLUMN:VALUE=N"),
        ((*SELECT, "-k", 5, *RANDOM, "--at-least", "source:code=6"), "the budget is 5 rows"),
        (
            (
                *SELECT,
                "-k",
                5,
                *RANDOM,
                "--at-least",
                "source:code=3",
                "--at-most",
                "source:code=2",
            ),
            "the first exceeds the second",
        ),
        ((*SELECT, "-k", 5, *RANDOM, "--keep", "keep.txt"), "named 'nobody'"),
        ((*SELECT, "-k", 5, *RANDOM, "--keep", "none.txt"), "No such file"),
        ((*SELECT, "-k", 5, *RANDOM, "--quality", "scor"), "did you mean score"),
        ((*SELECT, "-k", 5, *RANDOM, "--memory", "lots"), "4GiB"),
        ((*SELECT, "-k", 5, *RANDOM, "--view", "half"), "'assistant'"),
        ((*SELECT, "-k", 5, *RANDOM, "--order", "up"), "'picked'"),
        (("select", "broken.jsonl", "-k", 1, *RANDOM), "broken.jsonl"),
        (("select", "empty.jsonl", "-k", 1, *RANDOM), "empty.jsonl"),
        (("select", "none.jsonl", "-k", 1, *RANDOM), "none.jsonl"),
        (("select", "pool.jsonl", "-k", 1, *RANDOM, "-o", "full"), "is a directory"),
        (("select", "pool.jsonl", "-k", 1, *RANDOM, "-o", "no/out.jsonl"), "does not exist"),
        (("select", "pool.jsonl", "-k", 1, *RANDOM, "-o", "out.xyz"), "ending names no format"),
        (("select", "pool.jsonl", "-k", 99, *RANDOM, "-o", "out.xyz"), "ending names no format"),
        (("select", "pool.jsonl", "-k", 1, *RANDOM, "-o", "pool.jsonl"), "is an input"),
        (("run", "bad.yaml"), "did you mean inputs"),
        (("compare", "pool.jsonl", "-k", 3, "--methods", "randm"), "did you mean random"),
        (("verify", "out.jsonl"), "out.manifest.json: No such file"),
        (("explain", "out.jsonl", "r1"), "out.manifest.json: No such file"),
        (("methods", "randm"), "did you mean random"),
        ((*SELECT, "-k", 5, "--metod", "random"), "--method"),
        (("select",), "POOL"),
    ],
)
def test_what_the_user_can_mend_is_said_with_exit_code_2(cribble, old, arguments, said):
    before = sorted(os.listdir())
    ended = cribble(*arguments)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert old.read_bytes() == b"old\n"
    assert sorted(os.listdir()) == before


def test_a_record_that_another_run_replaced_is_not_taken_for_it(cribble, old):
    for name in ("out.jsonl.gz", "out.parquet"):
        assert cribble("select", "pool.jsonl", "-k", 5, *RANDOM, "-o", name).code == 0
    for command in (("update", "out.jsonl.gz", "pool.jsonl"), ("verify", "out.jsonl.gz")):
        ended = cribble(*command)
        assert ended.code == 2
        assert "it records the run that wrote out.parquet" in " ".join(ended.err.split())
    assert cribble("verify", "out.parquet").code == 0


def test_an_unknown_row_is_told_with_some_that_are_known(cribble, old, folder):
    (folder / "many.jsonl").write_text("".join(f'{{"id": "r{i}"}}\n' for i in range(900)))
    ended = cribble("select", "many.jsonl", "-k", 5, *RANDOM, "--keep", "keep.txt")
    assert ended.code == 2
    assert "known: r0, r1," in " ".join(ended.err.split())
    assert "and 820 more" in " ".join(ended.err.split())


def test_a_fault_of_ours_apologizes_and_keeps_the_old_output(cribble, old, monkeypatch):
    def broken(self, pool, budget, seed=0):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Random, "select", broken)
    ended = cribble(*SELECT, "-k", 5, *RANDOM)
    assert ended.code == 1
    assert "fault in cribble (ZeroDivisionError: oops)" in ended.err
    assert "Traceback" not in ended.err
    assert "Traceback" in cribble(*SELECT, "-k", 5, *RANDOM, "--debug").err
    assert old.read_bytes() == b"old\n"


def test_a_method_that_breaks_a_limit_is_our_fault(cribble, old, monkeypatch):
    whole = Random.select

    def short(self, pool, budget, seed=0):
        import dataclasses

        made = whole(self, pool, budget, seed)
        return dataclasses.replace(made, indices=made.indices[:-1])

    monkeypatch.setattr(Random, "select", short)
    ended = cribble(*SELECT, "-k", 5, *RANDOM)
    assert ended.code == 1
    assert "broke a limit: rows 5, reached 4" in ended.err
    assert old.read_bytes() == b"old\n"


def in_process(code: str, *arguments: str, **rest) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(one for one in sys.path if one)
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        timeout=60,
        **rest,
    )


def test_a_full_disk_keeps_the_old_output(old):
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    ended = in_process(
        "import sys; from cribble.cli import main; main()",
        *(*SELECT, "-k", "40", *RANDOM),
        preexec_fn=small_files,
    )
    assert ended.returncode == 2, ended.stderr
    assert "cannot write out.jsonl" in ended.stderr
    assert old.read_bytes() == b"old\n"
    assert not [name for name in os.listdir() if name.startswith(".cribble")]


def test_an_interrupt_keeps_the_old_output(old):
    ended = in_process(
        """
        import os, signal, time
        from cribble.selectors.baselines.random import Random
        def interrupted(self, pool, budget, seed=0):
            os.kill(os.getpid(), signal.SIGINT)
            while True:  # Another thread may get the signal, and wakes no one who waits for it.
                time.sleep(0.01)
        Random.select = interrupted
        from cribble.cli import main
        main()
        """,
        *(*SELECT, "-k", "5", *RANDOM),
    )
    assert ended.returncode == 130
    assert "interrupted" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert old.read_bytes() == b"old\n"
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_help_and_import_load_nothing_heavy():
    ended = in_process(
        """
        import sys
        import cribble
        heavy = {"numpy", "scipy", "numba", "pyarrow", "sklearn", "torch", "pandas", "pydantic"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        import cribble.cli.app
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        import cribble.core
        assert not (heavy - {"numpy"}) & set(sys.modules)
        cribble.select, cribble.Pool, cribble.Budget, cribble.Random
        assert not (heavy - {"numpy", "pydantic"}) & set(sys.modules)
        """
    )
    assert ended.returncode == 0, ended.stderr
