"""Running a learner's code with a time limit, on every system: a thread, no signal, no fork."""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any

_PATIENCE = 6  # how much longer than its limit code may take that waits, or that a busy machine makes wait


class TimeUp(BaseException):
    """Raised inside the learner's code when its time is up; no `except Exception` swallows it."""


def run(function: Callable[[], Any], limit_s: float) -> Any:
    """What `function()` returns, or the exception that it raises, within `limit_s` seconds of this process's work.

    Raises: TimeUp after the limit. A loop is stopped; a single long call into C is left behind in its thread.
    """
    outcome: dict[str, Any] = {}
    done = threading.Event()

    def work() -> None:
        try:
            outcome["value"] = function()
        except BaseException as error:  # SystemExit too: the learner's code must not end the kernel
            outcome["error"] = error
        finally:
            done.set()

    def quietly() -> None:
        try:
            work()
        except TimeUp:  # it came between the end of the learner's code and the end of the thread
            done.set()

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    try:
        in_time = _wait(done, limit_s)
    except BaseException:  # the learner pressed interrupt while we waited
        _stop(thread, done)
        raise
    if not in_time:
        _stop(thread, done)
        raise TimeUp
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def _wait(done: threading.Event, limit_s: float) -> bool:
    """Whether it was done in time; seconds of work count, so that a first `import torch` on a busy machine may last."""
    worked, began = time.process_time(), time.monotonic()
    while not done.wait(min(0.25, limit_s / 4)):
        if time.process_time() - worked > limit_s or time.monotonic() - began > _PATIENCE * limit_s:
            return done.is_set()
    return True


def _stop(thread: threading.Thread, done: threading.Event) -> None:
    for _ in range(20):  # again and again, because a bare `except:` in a loop catches even TimeUp
        if done.is_set():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp))
        done.wait(0.05)
