"""Progress of long work: a line that rewrites itself on a terminal, a quiet line now and then in a log."""

import sys
import time

LOG_INTERVAL = 30.0
TERMINAL_INTERVAL = 0.2


class Progress:
    """Callable (done, total, note): shows how far a piece of work is and what remains."""

    def __init__(self, label: str):
        self.label = label
        self.began = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self._first: int | None = None
        self._shown = self.began if not self.terminal else 0.0

    def __call__(self, done: int, total: int, note: object = "") -> None:
        """Report `done` of `total`; `note` is a text or a relative error shown in percent."""
        now = time.monotonic()
        if self._first is None:
            self._first, self.began = done, min(self.began, now)
        if now - self._shown < (TERMINAL_INTERVAL if self.terminal else LOG_INTERVAL) and done < total:
            return
        self._shown = now
        text = f"{100 * note:.2f} %" if isinstance(note, float) else str(note)
        worked = done - self._first
        left = (now - self.began) * (total - done) / worked if worked > 0 else 0.0
        line = f"{self.label}: {done}/{total} {text}" + (f", {left:.0f} s left" if done < total and left else "")
        end = "\n" if done >= total or not self.terminal else ""
        print(f"\r\x1b[K{line}" if self.terminal else line, end=end, file=sys.stderr, flush=True)
