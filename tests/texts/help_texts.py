"""What the commands say of themselves, as a template for translators: `python -m tests.texts.help_texts FILE`."""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from typer.core import TyperGroup
from typer.main import get_command

from bridgewatch.cli.main import app
from bridgewatch.cli.manual import texts_of


def help_texts() -> set[str]:
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    return set(texts_of(program))


def main(path: Path) -> None:
    catalogue = Catalog()
    for text in sorted(help_texts()):
        catalogue.add(text)
    with path.open("wb") as file:
        write_po(file, catalogue)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
