"""How a process ends, told to its runs: normally, by an exception, sys.exit, Ctrl-C or SIGTERM; and what a fork means.

Hooks are put in at the first init() and call whatever was there before. kill -9 and the kernel's out-of-memory killer
leave no moment for this: the server sees the missing heartbeat, and `paceline sync` sends what the spool holds.
"""

from __future__ import annotations

import atexit
import builtins
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

if TYPE_CHECKING:
    from paceline.runs import Run

Handler = Union[Callable[[int, Optional[FrameType]], Any], int, None]


class Stopped(KeyboardInterrupt):
    """Raised by log() in the main thread after somebody asked the run to stop: like Ctrl-C, from afar."""


_watched: list[Run] = []
_installed_for = 0  # process id
_ending: tuple[str, str] | None = None  # what is known of how this process ends
_logged_then = 0  # rows logged when sys.exit was called
_previous_handler: Handler = None


def watch(run: Run) -> None:
    """Finish this run when the process ends."""
    if run not in _watched:
        _watched.append(run)
    _install()
    _watch_process(run)


def unwatch(run: Run) -> None:
    if run in _watched:
        _watched.remove(run)


def ending(error: BaseException) -> tuple[str, str]:
    """The state and message of a run that this exception ends."""
    if isinstance(error, Stopped):
        return "stopped", "Stopped from the server."
    if isinstance(error, KeyboardInterrupt):
        return "stopped", "Interrupted from the keyboard."
    if isinstance(error, SystemExit):
        return _ending_of_exit(error.code)
    return "failed", f"{type(error).__name__}: {_text(error)}"


def _ending_of_exit(code: object) -> tuple[str, str]:
    if code is None or code == 0:
        return "finished", ""
    if code in (128 + signal.SIGINT, 128 + signal.SIGTERM):
        return "stopped", f"Exit code {code}."
    return "failed", f"Exit code {code}." if isinstance(code, int) else _text(code)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _install() -> None:
    """Put the hooks in, once a process."""
    global _installed_for
    if _installed_for:
        return
    _installed_for = os.getpid()
    atexit.register(_at_exit)
    _hook_exceptions()
    _hook_exit()
    _hook_signal()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)


def _at_exit() -> None:
    state, message = _final_ending()
    for run in list(_watched):
        run.finish(state, message)
    _watched.clear()


def _final_ending() -> tuple[str, str]:
    if _ending is None or (_logged_then and _logged_then != _rows_logged()):
        return "finished", ""  # a sys.exit after which training went on was caught by somebody
    return _ending


def _rows_logged() -> int:
    return 1 + sum(run._next_step for run in _watched)


def _hook_exceptions() -> None:
    previous = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        global _ending, _logged_then
        _ending, _logged_then = ending(error), 0
        previous(kind, error, traceback)

    sys.excepthook = excepthook


def _hook_exit() -> None:
    """Note the code of sys.exit(), exit() and quit(). `raise SystemExit(n)` is seen by `with paceline.init()` only."""

    def noting(original: Callable[..., Any]) -> Callable[..., Any]:
        def leave(*arguments: Any) -> Any:
            global _ending, _logged_then
            if threading.current_thread() is threading.main_thread():
                _ending, _logged_then = _ending_of_exit(arguments[0] if arguments else None), _rows_logged()
            return original(*arguments)

        return leave

    sys.exit = noting(sys.exit)
    for name in ("exit", "quit"):
        original = getattr(builtins, name, None)
        if original is not None and type(original).__name__ == "Quitter":
            setattr(builtins, name, noting(original))


def _hook_signal() -> None:
    """Take SIGTERM, unless the process ignores it or this is not the main thread."""
    global _previous_handler
    try:
        previous = signal.getsignal(signal.SIGTERM)
        if previous is None or previous == signal.SIG_IGN:
            return
        signal.signal(signal.SIGTERM, _on_terminate)
        _previous_handler = previous
    except ValueError:  # not the main thread
        pass


def _on_terminate(number: int, frame: FrameType | None) -> None:
    """SIGTERM: a handler that was there before decides; without one, finish as stopped and end by the same signal."""
    global _ending, _logged_then
    _ending, _logged_then = ("stopped", "Terminated (SIGTERM)."), 0
    if callable(_previous_handler):
        _previous_handler(number, frame)
        return
    for run in list(_watched):
        run.finish(*_ending)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _after_fork() -> None:
    """In the child: its runs join; how the parent was about to end is no fact of the child's."""
    global _ending, _logged_then
    _ending, _logged_then = None, 0
    for run in _watched:
        run._fork()


def _watch_process(run: Run) -> None:
    """Processes of multiprocessing leave without atexit, but run finalizers while their exception is on its way."""

    def leave() -> None:
        error = sys.exc_info()[1]
        run.finish(*(ending(error) if error is not None else ("finished", "")))

    module = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if module is not None and process is not None and process.parent_process() is not None:
        module.Finalize(None, leave, exitpriority=100)
