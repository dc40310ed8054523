"""The page behind a link says that the last step is called again, and promises none that is not there."""

from dataclasses import replace
from pathlib import Path

from tests.answers.desk import ONE, PAGE
from tests.answers.serving import serving
from tests.answers.test_page import Page
from tests.web.serving import run


def test_the_page_calls_a_repeat_of_the_last_step_a_repeat(tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(tmp_path) as served:
            for step, vietnamese, english in (
                (2, "gọi tiếp bước 4 lúc", "step 4 is called at"),
                (3, "gọi lại bước 4 lúc", "step 4 is called again at"),
                (6, "gọi lại bước 4 lúc", "step 4 is called again at"),
            ):
                served.desk.standings[ONE] = replace(served.desk.standings[ONE], step=step, steps=4)
                for query, words in (("?lang=vi", vietnamese), ("?lang=en", english)):
                    _, body = await served.get(served.path(PAGE) + query)
                    assert words in Page(body).text

    run(look())
