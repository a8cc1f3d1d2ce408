"""Progress of long work: a bar that redraws itself on a terminal, a quiet line now and then in a log."""

import shutil
import sys
import time

LOG_INTERVAL = 30.0
TERMINAL_INTERVAL = 0.2
BAR = 24  # characters


class Progress:
    """Callable (done, total, note): shows how far a piece of work is and how long the rest will take.

    On a terminal one line is redrawn; elsewhere a line is printed every 30 s, and one at the end of what took longer.
    """

    def __init__(self, label: str):
        self.label = label
        self.began = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self._first: int | None = None
        self._shown = self.began if not self.terminal else 0.0

    def __call__(self, done: int, total: int, note: object = "") -> None:
        """Report `done` of `total`; `note` is a text or a relative error shown in percent, NaN for none yet."""
        now = time.monotonic()
        if self._first is None:
            self._first, self.began = done, min(self.began, now)
        if now - self._shown < (TERMINAL_INTERVAL if self.terminal else LOG_INTERVAL) and done < total:
            return
        self._shown = now
        text = "" if note != note else f"{100 * note:.2f} %" if isinstance(note, float) else str(note)
        worked, spent = done - self._first, now - self.began
        if done >= total:
            rest = f", {duration(spent)}"
        else:
            rest = f", {duration(spent * (total - done) / worked)} left" if worked > 0 else ""
        line = f"{self.label}: {done}/{total} {text}".rstrip() + rest
        if not self.terminal:
            print(line, file=sys.stderr, flush=True)
            return
        full = min(BAR, BAR * done // total) if total else BAR
        line = f"{'━' * full}{'╌' * (BAR - full)} {line}"[: shutil.get_terminal_size().columns - 1]
        print(f"\r\x1b[K{line}", end="\n" if done >= total else "", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Say on a line of its own what work is about to do."""
    print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Such as 8 s, 2:05 min, 1:02:05 h."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"
