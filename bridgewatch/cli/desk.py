"""How the NOC's commands ask the daemon, and what they do with its answer.

They exit 0 when it was done, 1 when it was refused or nothing changed, 2 when no daemon could be asked.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bridgewatch.cli.failures import FailedError
from bridgewatch.model.phrases import Words, phrase
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from bridgewatch.adapters.control import Answer

DONE: Final = 0
REFUSED: Final = 1
CANNOT_TELL: Final = 2
EXITS: Final = "Exits 0 when it was done, 1 when it was refused, 2 when no daemon could be asked."
_API: Final = "/api/v1"

ByOption = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", help="Who you are, where several share a user; it stands in the log."
    ),
]


@dataclass(frozen=True, slots=True)
class Asking:
    """What every command needs to know."""

    state: Path | None
    language: Language
    by: str | None = None
    as_json: bool = False

    def ask(self, method: str, path: str, body: object = None, query: Mapping[str, str] | None = None) -> Any:
        """The JSON value that the daemon answered. Ends the command with its exit code for anything else."""
        from bridgewatch.adapters.control import NoDaemonError

        try:
            answer = asyncio.run(self._ask(method, path, body, {**(query or {}), "lang": self.language}))
        except NoDaemonError as error:
            raise FailedError(error, CANNOT_TELL) from None
        if answer.good:
            return answer.value
        if self.as_json:
            self.print_json(answer.value)
        raise FailedError(_told(answer), REFUSED)

    async def _ask(self, method: str, path: str, body: object, query: Mapping[str, str]) -> "Answer":
        from bridgewatch.adapters.control import ControlClient
        from bridgewatch.app.state import default_state_dir

        by = self.by or os.environ.get("SUDO_USER", "")
        headers = {"X-On-Behalf-Of": by} if by else {}
        async with ControlClient(self.state or default_state_dir()) as client:
            return await client.call(method, f"{_API}{path}", body, query=query, headers=headers)

    def print_json(self, value: object) -> None:
        """Print a value as JSON."""
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _told(answer: "Answer") -> Words:
    """What was refused and why, with who has it where that is why."""
    problem = answer.value if isinstance(answer.value, dict) else {}
    takers = [one["taken_by"] for one in problem.get("refused", []) if one.get("taken_by")]
    detail = problem.get("detail")
    if not detail:
        return phrase("the daemon answers with {status}", status=str(answer.status))
    return f"{detail} ({', '.join(takers)})" if takers else str(detail)
