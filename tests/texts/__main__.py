"""Prints what duty engineers may be told, in every form and language: `python -m tests.texts [FORM] [LANGUAGE]`."""

import sys
from dataclasses import replace

from bridgewatch.model.paging import TextForm
from bridgewatch.model.words import Language
from bridgewatch.texts.messages.compose import compose
from tests.texts.cases import messages

wanted = set(sys.argv[1:])
for name, brief in messages():
    for form in TextForm:
        for language in Language:
            if wanted <= {form.value, language.value}:
                text = compose(replace(brief, language=language), form)
                print(f"\n{name} ({form}, {language}, {len(text.title) + len(text.body)})")  # noqa: T201
                print("\n".join(filter(None, (text.title, text.body))))  # noqa: T201
