"""Where the log lies, and that no password of it ever stands in a file or a message."""

import pytest

from bridgewatch.config.loader import Cache, load
from bridgewatch.model.inventory import StoreSettings
from bridgewatch.model.secret import Secret, SecretSource
from tests.config.files import SITE, messages, write

DAY = 86_400.0
URL = "postgresql://bridgewatch@db.example/bridgewatch"


def test_without_a_word_a_year_and_a_month_lie_in_a_file(tmp_path):
    assert load(write(tmp_path, sites=SITE)).store == StoreSettings(400 * DAY, None, None)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "postgres:///bridgewatch?host=/run/postgresql",
        "postgresql://b@[2001:db8::5]:5433,db2.example/bridgewatch?sslmode=verify-full",
    ],
)
def test_the_log_may_lie_in_postgresql(tmp_path, url):
    text = f"store: {{keep: 90d, url: '{url}', password: {{credential: store}}}}\n"
    store = load(write(tmp_path, sites=SITE, bridgewatch=text)).store
    assert store == StoreSettings(90 * DAY, url, Secret(SecretSource.CREDENTIAL, "store"))


def test_another_time_to_keep_is_a_change_of_the_frame_and_of_no_site(tmp_path):
    cache = Cache()
    before = cache.plan(write(tmp_path, sites=SITE))
    after = cache.plan(write(tmp_path, bridgewatch="store: {keep: 40d}\n"))
    assert before.frame != after.frame
    assert all(one is other for one, other in zip(before.segments, after.segments, strict=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "store: {keep: 7d}\n",
            "1:15: store.keep: found '7d', expected a duration from 30d to 3650d, such as 400d",
        ),
        (
            "store: {url: 'mysql://b@db/b'}\n",
            "1:14: store.url: found 'mysql://b@db/b', expected a URL such as postgresql://",
        ),
        ("store: {url: 'postgresql://b@db:99999/b'}\n", "expected ports from 1 to 65535"),
        ("store: {password: {env: WORD}}\n", "expected `url:` of a PostgreSQL database beside it"),
        (
            f"store: {{url: '{URL}', password: geheim}}\n",
            "store.password: found a secret in plain text, expected {env: NAME}",
        ),
    ],
)
def test_what_the_store_cannot_be_is_told_where_it_stands(tmp_path, text, message):
    (found,) = messages(write(tmp_path, sites=SITE, bridgewatch=text))
    assert message in found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://b:geheim@db/b",
        "postgresql://b@db/b?password=geheim",
        "postgresql://db/b?x=y&sslpassword=geheim",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(tmp_path, url):
    (found,) = messages(write(tmp_path, sites=SITE, bridgewatch=f"store: {{url: '{url}'}}\n"))
    assert "a URL with a password in it, expected `password:` beside it" in found
    assert "geheim" not in found
