"""How a command ends: 0 done, 2 the user can mend it, 130 interrupted, 1 our fault."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import ParamSpec

import typer

P = ParamSpec("P")

DONE, FAULT, MENDABLE, INTERRUPTED = 0, 1, 2, 130


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what a command raises into a message and an exit code."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        from cribble.core.errors import CribbleError

        try:
            command(*args, **kwargs)
        except CribbleError as error:
            _trace(bool(kwargs.get("debug")))
            _leave(MENDABLE, f"cribble: {error}")
        except KeyboardInterrupt:
            _leave(INTERRUPTED, "cribble: interrupted; outputs are as they were before")
        except BrokenPipeError:
            # Whoever read our output has left; the flush at exit must not complain again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(DONE) from None
        except MemoryError:
            _leave(MENDABLE, "cribble: out of memory; lower --memory, or pick from a smaller pool")
        except typer.Exit:
            raise
        except Exception as error:
            _trace(bool(kwargs.get("debug")))
            _leave(
                FAULT,
                f"cribble: sorry, this is a fault in cribble ({type(error).__name__}: {error}).\n"
                "Outputs are as they were before. Please report it with the command and, from a "
                "run with --debug, the traceback.",
            )

    return guarded


def _trace(debug: bool) -> None:
    if debug:
        traceback.print_exc()


def _leave(code: int, message: str) -> None:
    from cribble.cli.layout import say

    say(message, err=True)
    raise typer.Exit(code)
