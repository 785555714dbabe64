"""The rate of trainings, above all of those that go on."""

import pytest

from models.training.schedule import END, rate_share, schedule_seconds


def share(seconds: float, total: float, step: int = 10_000) -> float:
    return rate_share(step, seconds, total, warm_up=100, fall=0.4)


def test_it_warms_up_stays_and_falls() -> None:
    assert rate_share(0, 0, 3600, warm_up=100, fall=0.4) == pytest.approx(0.01)
    assert share(0, 3600) == share(0.59 * 3600, 3600) == 1
    assert share(0.8 * 3600, 3600) == pytest.approx(0.5 + END)
    assert share(3600, 3600) == share(9999, 3600) == END


def test_a_run_that_goes_on_learns_and_ends_at_the_end() -> None:
    total = schedule_seconds(before=7200, minutes=60)
    assert total == 7200 + 3600
    assert share(7200, total) > 0.8
    assert share(total, total) == END


def test_runs_of_one_schedule_share_it() -> None:
    assert schedule_seconds(before=600, minutes=10, total_minutes=100) == 6000
    assert schedule_seconds(before=6000, minutes=10, total_minutes=100) == 6600
