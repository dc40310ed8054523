"""Key paths to lines and columns. Done for files with something to show only, by parsing them once more."""

from collections.abc import Callable, Iterable
from pathlib import Path

from bridgewatch.config.errors import SAME_FILE, Finding, Mark, Remark, key_text
from bridgewatch.config.source import Bounds, check_bytes
from bridgewatch.config.tree import Marks, read_marks
from bridgewatch.model.mistakes import ConfigError, ConfigWarning
from bridgewatch.model.phrases import phrase


class Locator:
    """Finds the places of findings.

    `directory` is what the operator calls it; `data_of` gives the content of a file by its name there.
    """

    def __init__(self, directory: Path, data_of: Callable[[str], bytes], bounds: Bounds) -> None:
        self._directory = directory
        self._data_of = data_of
        self._bounds = bounds
        self._marks: dict[str, Marks] = {}

    def errors(self, findings: Iterable[Finding]) -> list[ConfigError]:
        """The findings as errors, unsorted."""
        return [self._error(finding) for finding in findings]

    def warnings(self, remarks: Iterable[Remark]) -> tuple[ConfigWarning, ...]:
        """The remarks as warnings, in their order."""
        return tuple(self._warning(remark) for remark in remarks)

    def _warning(self, remark: Remark) -> ConfigWarning:
        mark = self._marks_of(remark.file).find(remark.path, at_key=False) if remark.path else Mark(1, 1)
        return ConfigWarning(self._shown(remark.file), *mark, key_text(remark.path), remark.text)

    def _error(self, finding: Finding) -> ConfigError:
        file, problem = finding
        mark = problem.mark or self._marks_of(file).find(problem.path, at_key=problem.at_key)
        expected = problem.expected
        if problem.other is not None:
            other_file = file if problem.other.file == SAME_FILE else problem.other.file
            there = self._marks_of(other_file).find(problem.other.path, at_key=problem.at_key)
            expected = phrase(
                "{expected} ({what} is at {place})",
                expected=expected,
                what=problem.other.what,
                place=f"{self._shown(other_file)}:{there.line}:{there.column}",
            )
        return ConfigError(self._shown(file), *mark, key_text(problem.path), problem.found, expected)

    def _shown(self, file: str) -> str:
        return str(self._directory / file) if file else str(self._directory)

    def _marks_of(self, file: str) -> Marks:
        if file not in self._marks:
            text = check_bytes(self._data_of(file))
            self._marks[file] = read_marks(text, self._bounds) if isinstance(text, bytes) else Marks({}, {})
        return self._marks[file]
