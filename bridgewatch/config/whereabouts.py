"""Where in the files a site, contact, roster or event is declared, for those who have to change it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bridgewatch.config.errors import KeyPath, key_text
from bridgewatch.config.files import list_files
from bridgewatch.config.source import Bounds, check_bytes, read_bytes
from bridgewatch.config.survey import survey_names, survey_sites
from bridgewatch.config.tree import Marks, read_marks, read_tree
from bridgewatch.model.mistakes import Placed


class Whereabouts:
    """Looks into the files of a configuration that has loaded, each kind when it is first asked for."""

    def __init__(self, directory: Path, bounds: Bounds) -> None:
        self._directory = directory
        self._bounds = bounds
        self._places = cache(self._read)

    def of(self, kind: str, name: str) -> str:
        """`file:line:column: key:` of a member of `sites`, `contacts`, `rosters` or `events`.

        Where nobody declares it: the first file of that kind, or the directory.
        """
        places = self._places(kind)
        placed = places.get(name) or next(iter(places.values()), None)
        if placed is None:
            return f"{self._directory}:"
        return placed.place if name in places else f"{placed.file}:1:1:"

    def _read(self, kind: str) -> dict[str, Placed]:
        places: dict[str, Placed] = {}
        for file in list_files(self._directory).files:
            if file.kind == kind:
                path = self._directory / file.name
                for name, placed in self._declared(kind, path):
                    places.setdefault(name, placed)
        return places

    def _declared(self, kind: str, path: Path) -> Iterator[tuple[str, Placed]]:
        data = read_bytes(path, self._bounds)
        text = check_bytes(data) if isinstance(data, bytes) else data
        if not isinstance(text, bytes):
            return
        root, marks = read_tree(text, self._bounds).root, read_marks(text, self._bounds)
        if kind == "sites":
            for site in survey_sites(root, complete=True).sites:
                yield site.id, _placed(path, site.path, marks)
            return
        for name in survey_names(root, kind):
            yield name, _placed(path, (kind, name), marks)


def _placed(file: Path, path: KeyPath, marks: Marks) -> Placed:
    return Placed(str(file), *marks.find(path, at_key=True), key_text(path))
