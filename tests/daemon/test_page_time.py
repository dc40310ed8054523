"""From a cut to the message at a webhook; `tests.bench.page` has the figures, here the bounds are generous."""

from statistics import median

import pytest

from tests.daemon.alarm import STORM, alarm

pytestmark = pytest.mark.root


def test_a_cut_is_told_within_seconds_also_in_a_storm_of_others_whose_mail_hangs(lab, tmp_path):
    with alarm(lab, tmp_path, links=5, storm=True) as there:
        calm = [there.cut().told for _ in range(2)]
        stormy = [there.storm().told, *(there.cut().told for _ in range(2))]
        there.mail.wait_hanging(1)
        assert there.incidents() > STORM
        assert there.desk.daemon.states()["nan-1/wan"] != there.desk.daemon.states()["bao-0/wan"]
    assert max(calm) < 4.0
    assert max(stormy) < 5.0


@pytest.mark.soak
def test_twenty_cuts_are_told_within_two_seconds_at_the_median_and_three_at_most(lab, tmp_path):
    with alarm(lab, tmp_path, links=20, storm=False, delay=0.030) as there:
        told = [there.cut().told for _ in range(20)]
    assert median(told) <= 2.0
    assert max(told) <= 3.0


@pytest.mark.soak
def test_in_a_storm_every_cut_is_told_within_three_seconds(lab, tmp_path):
    with alarm(lab, tmp_path, links=20, storm=True) as there:
        told = [there.storm().told, *(there.cut().told for _ in range(19))]
        there.mail.wait_hanging(1)
        assert there.incidents() > STORM
    assert max(told) <= 3.0
