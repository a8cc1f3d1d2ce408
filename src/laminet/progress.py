"""Progress of long work: a bar that redraws itself on a terminal, a short line now and then in a log."""

import shutil
import sys
import time
from collections import deque

TERMINAL_INTERVAL = 0.2
LOG_INTERVAL = 5.0  # between two lines of a log, at least
LOG_SHARE = 0.1  # of the work, after which a log gets a line
LOG_SILENCE = 60.0  # after which it gets one in any case
WARM_UP = 1.0  # seconds whose speed says nothing of the rest: work found done, first calls
WINDOW = 30.0  # seconds that the rate is measured over
FEWEST = 4  # reports that it is measured over, however long they took
BAR = 24  # characters

_open_line = False
"""Whether a bar stands on the terminal, on a line that is not ended."""


class Progress:
    """Callable (done, total, note, share): shows how far a piece of work is and how long the rest will take.

    On a terminal one line is redrawn. Elsewhere a line is printed after every tenth of the work, but 5 s apart at
    least, and after a minute in any case. Of work that ends within 5 s nothing is printed there.

    The remaining time follows from the speed of the last 30 s, or of the last few reports where these took longer. It
    is left out until two reports are far enough apart to tell the speed.
    """

    def __init__(self, label: str):
        self.label = label
        self.began = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self._first: float | None = None
        self._reports: deque[tuple[float, float]] = deque()  # time and share of the work done
        self._shown, self._share_shown = (0.0 if self.terminal else self.began), 0.0

    def __call__(self, done: int, total: int, note: object = "", share: float | None = None) -> None:
        """Report `done` of `total`.

        Args:
            done, total: numbers that are shown.
            note: a text, or a relative error that is shown in percent, NaN for none yet.
            share: of all work, from 0 to 1, where the parts that are counted take unequal times.
        """
        now = time.monotonic()
        if share is None:
            share = done / total if total else 1.0
        rest = self._rest(now, share)
        if not self._is_due(now, share, done >= total):
            return
        self._shown, self._share_shown = now, share
        text = "" if note != note else f"{100 * note:.2f} %" if isinstance(note, float) else str(note)
        ending = f", {duration(now - self.began)}" if done >= total else rest and f", {rest} left"
        line = f"{self.label}: {done}/{total} {text}".rstrip() + ending
        if not self.terminal:
            print(line, file=sys.stderr, flush=True)
            return
        full = min(BAR, int(BAR * share))
        _redraw(f"{'━' * full}{'╌' * (BAR - full)} {line}", last=done >= total)

    def _rest(self, now: float, share: float) -> str:
        """The remaining time, empty as long as it is not known."""
        self._first = now if self._first is None else self._first
        if now - self._first <= WARM_UP:
            self._reports = deque([(now, share)])
            return ""
        while len(self._reports) > FEWEST and now - self._reports[1][0] >= WINDOW:
            self._reports.popleft()
        then, before = self._reports[0]
        if now - self._reports[-1][0] >= TERMINAL_INTERVAL:
            self._reports.append((now, share))
        return duration((now - then) * (1.0 - share) / (share - before)) if share > before else ""

    def _is_due(self, now: float, share: float, complete: bool) -> bool:
        since = now - self._shown
        if self.terminal:
            return complete or since >= TERMINAL_INTERVAL
        if complete:
            return now - self.began >= LOG_INTERVAL
        return since >= LOG_SILENCE or (since >= LOG_INTERVAL and share - self._share_shown >= LOG_SHARE - 1e-9)


def note(text: str) -> None:
    """Print a line of its own on standard error, below a bar that stands there."""
    global _open_line
    print("\n" * _open_line + text, file=sys.stderr, flush=True)
    _open_line = False


def _redraw(line: str, last: bool) -> None:
    """Draw a line in the place of the one before; the last one is ended."""
    global _open_line
    shown = line[: shutil.get_terminal_size().columns - 1]
    print(f"\r\x1b[K{shown}", end="\n" if last else "", file=sys.stderr, flush=True)
    _open_line = not last


def duration(seconds: float) -> str:
    """Such as 8 s, 2:05 min, 1:02:05 h."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"
