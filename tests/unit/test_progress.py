"""Progress: a bar on a terminal, few lines in a log, an honest estimate of what is left."""

import pytest

from laminet import progress
from laminet.progress import Progress, duration


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_durations_are_read_at_a_glance():
    assert [duration(t) for t in (0.2, 99.4, 125, 3725)] == ["0 s", "99 s", "2:05 min", "1:02:05 h"]


def test_a_log_gets_a_line_every_half_minute(clock, capsys):
    show = Progress("samples")
    for second in range(1, 101):
        clock[0] = float(second)
        show(second, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "samples: 30/100, 72 s left",
        "samples: 60/100, 41 s left",
        "samples: 90/100, 10 s left",
        "samples: 100/100, 1:40 min",
    ]


def test_what_was_done_before_does_not_make_the_rest_look_fast(clock, capsys):
    show = Progress("epochs")
    show(500, 1000, 0.5)
    clock[0] = 50.0
    show(600, 1000, 0.0123)
    assert capsys.readouterr().err == "epochs: 600/1000 1.23 %, 3:20 min left\n"


def test_a_terminal_gets_one_line_with_a_bar(clock, capsys, monkeypatch):
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    show = Progress("samples")
    for second in (1.0, 1.05, 2.0):
        clock[0] = second
        show(int(second), 2)
    shown = capsys.readouterr().err
    assert shown.count("\r") == 2, "not more than five times a second"
    assert shown.count("\n") == 1
    assert shown.endswith("\n")
    assert "━" * 12 + "╌" * 12 in shown
    assert "━" * 24 + " samples: 2/2" in shown
