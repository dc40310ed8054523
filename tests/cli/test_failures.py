"""How commands fail: told in one form, after everything that could be done was done."""

from pathlib import Path

import pytest

from bridgewatch.app.state import default_state_dir
from bridgewatch.core.nearest import nearest
from tests.answers.desk import ONE, THREE, TWO
from tests.cli.daemon import bridgewatch, daemon


def test_one_incident_that_is_refused_does_not_keep_the_others_from_being_taken(tmp_path: Path) -> None:
    with daemon(tmp_path) as desk:
        bridgewatch(tmp_path, "ack", "K7P", "--by", "Hoa")
        code, text, errors = bridgewatch(
            tmp_path, "ack", "K7P", "zzz", "M2Q", "--by", "Lan", "--language", "vi"
        )
        takers = desk.takers()
    assert code == 1
    assert "M2Q" in text
    assert "K7P" not in text
    assert "K7P: đã có người nhận xử lý (Hoa" in errors
    assert "zzz: không có sự cố này" in errors
    assert "Lan" in str(takers[TWO])
    assert "Hoa" in str(takers[ONE])
    assert takers[THREE] is None


def test_a_user_without_a_home_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr("os.geteuid", lambda: 65534)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(FileNotFoundError):
        default_state_dir({})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("vnptt", "vnpt"),
        ("VNPT", "vnpt"),
        ("tiep-xuc", "tiep-xuc-cu-tri-2026-12"),
        ("tran thi binh", "Trần Thị Bình"),
        ("v", None),  # two begin so
        ("", None),
        ("zzzz", None),
    ],
)
def test_the_nearest_name_is_much_alike_or_the_only_one_that_begins_so(name: str, meant: str | None) -> None:
    assert nearest(name, ["vnpt", "viettel", "tiep-xuc-cu-tri-2026-12", "Trần Thị Bình"]) == meant
