"""Whether a file would take what a list says."""

from pydantic import ValidationError

from bridgewatch.config.documents.contacts import ContactsDocument
from bridgewatch.config.documents.sites import SitesDocument
from bridgewatch.config.errors import Problem
from bridgewatch.config.explain import problems_of
from bridgewatch.config.importing.draft import Value
from bridgewatch.config.importing.reasons import RefusedError
from bridgewatch.model.mistakes import mistaken
from bridgewatch.model.phrases import Words, phrase


def check(kind: str, document: Value, below: str = "") -> None:
    """Raises RefusedError with what a file would be told. `below`: what need not be repeated of its keys."""
    model = SitesDocument if kind == "sites" else ContactsDocument
    try:
        model.model_validate(document)
    except ValidationError as error:
        raise RefusedError(*(_told(problem, below) for problem in problems_of(kind, error))) from None


def _told(problem: Problem, below: str) -> Words:
    key = ".".join(str(part) for part in problem.path if not isinstance(part, int))
    key = key.removeprefix("sites.").removeprefix(below)
    if not key:
        return problem.expected
    return phrase("{key}: {said}", key=key, said=mistaken(problem.found, problem.expected))
