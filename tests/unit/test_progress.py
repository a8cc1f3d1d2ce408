"""Progress: a bar on a terminal, few lines in a log, an honest estimate of what is left."""

import io
import warnings
from types import SimpleNamespace

import pytest

from laminet import progress
from laminet.cli import notices
from laminet.errors import warn
from laminet.progress import Progress, duration, note


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def terminal(monkeypatch):
    """What stands on a terminal of 200 columns."""
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=screen))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(progress, "_open_line", False)
    return screen


def drive(show: Progress, clock, reports) -> None:
    """Report (time, done, total)."""
    for clock[0], done, total in reports:
        show(done, total)


def test_durations_are_read_at_a_glance():
    assert [duration(t) for t in (0.2, 99.4, 125, 3725)] == ["0 s", "99 s", "2:05 min", "1:02:05 h"]


def test_a_log_gets_a_line_every_tenth_and_the_whole_time(clock, capsys):
    drive(Progress("samples"), clock, ((float(second), second, 100) for second in range(1, 101)))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        *(f"samples: {done}/100, {100 - done} s left" for done in range(10, 100, 10)),
        "samples: 100/100, 1:40 min",
    ]


def test_a_log_gets_lines_five_seconds_apart_and_none_of_short_work(clock, capsys):
    drive(Progress("samples"), clock, ((0.2 * step, step, 60) for step in range(1, 61)))  # 12 s
    assert capsys.readouterr().err.splitlines() == [
        "samples: 25/60, 7 s left",
        "samples: 50/60, 2 s left",
        "samples: 60/60, 12 s",
    ]
    clock[0] = 0.0
    drive(Progress("samples"), clock, ((0.1 * step, step, 49) for step in range(1, 50)))
    assert capsys.readouterr().err == ""


def test_a_log_of_slow_work_says_every_minute_that_it_is_alive(clock, capsys):
    drive(Progress("samples"), clock, ((float(second), second, 10_000) for second in range(1, 125)))
    assert [line.split(",")[0] for line in capsys.readouterr().err.splitlines()] == [
        "samples: 60/10000",
        "samples: 120/10000",
    ]


def test_what_was_done_before_does_not_make_the_rest_look_fast(clock, capsys):
    show = Progress("epochs")
    show(500, 1000, 0.5)
    clock[0] = 50.0
    show(600, 1000, 0.0123)
    assert capsys.readouterr().err == "epochs: 600/1000 1.23 %, 3:20 min left\n"


def test_work_that_is_taken_over_within_the_first_second_does_not_either(clock, terminal):
    """Two finished seeds are reported first, 2000 of 3000 epochs; then an epoch takes 10 ms."""
    drive(Progress("epochs"), clock, [(0.1, 1000, 3000), (0.2, 2000, 3000), (0.9, 2070, 3000), (1.9, 2170, 3000)])
    assert terminal.getvalue().endswith("epochs: 2170/3000, 8 s left")  # 830 epochs


def test_nothing_is_said_of_the_rest_before_it_can_be_known(clock, terminal):
    show = Progress("curves")
    drive(show, clock, [(20.0, 1, 5)])
    assert terminal.getvalue().endswith("curves: 1/5")
    drive(show, clock, [(50.0, 2, 5)])
    assert terminal.getvalue().endswith("curves: 2/5, 90 s left")  # 30 s each, not 25 s with the way to the first


def test_the_rate_is_that_of_late(clock, terminal):
    """100 epochs a second for a minute, then 10: after 40 s of these the fast ones no longer count."""
    show = Progress("epochs")
    fast = [(float(second), 100 * second, 10_000) for second in range(1, 61)]
    drive(show, clock, fast + [(60.0 + second, 6000 + 10 * second, 10_000) for second in range(1, 41)])
    assert terminal.getvalue().endswith("epochs: 6400/10000, 6:00 min left")


def test_parts_of_unequal_size_count_by_their_share(clock, terminal):
    show = Progress("curves")
    for clock[0], done, share in ((2.0, 1, 0.1), (4.0, 2, 0.2)):
        show(done, 4, share=share)
    shown = terminal.getvalue()
    assert shown.endswith("curves: 2/4, 16 s left")  # two of the four, but a fifth of the work
    assert "━" * 4 + "╌" * 20 in shown


def test_a_terminal_gets_one_line_with_a_bar(clock, terminal):
    drive(Progress("samples"), clock, [(1.0, 1, 2), (1.05, 1, 2), (2.0, 2, 2)])
    shown = terminal.getvalue()
    assert shown.count("\r") == 2, "not more than five times a second"
    assert shown.count("\n") == 1
    assert shown.endswith("\n")
    assert "━" * 12 + "╌" * 12 in shown
    assert "━" * 24 + " samples: 2/2" in shown


def test_messages_stand_below_an_open_bar(clock, terminal):
    show = Progress("samples")
    drive(show, clock, [(1.0, 1, 3)])
    note("halfway")
    drive(show, clock, [(2.0, 2, 3)])
    with warnings.catch_warnings(), notices.shown("laminet sample"):
        warn("strange")
    note("no bar above")
    lines = terminal.getvalue().split("\n")
    assert lines[1] == "halfway"
    assert lines[3:] == ["laminet sample: warning: strange", "no bar above", ""]
