"""Writes a message from everything that is known of it."""

from bridgewatch.model.delivery import Brief, Text
from bridgewatch.model.paging import TextForm
from bridgewatch.texts.messages import facts, long, short, spoken
from bridgewatch.texts.messages.tongue import Tongue


def compose(brief: Brief, form: TextForm) -> Text:
    """The text of `brief` in the shape of its gateway. Only the long form has a title."""
    tongue = Tongue(brief.language, brief.timezone, brief.at_ns)
    codes, fields = facts.codes(brief), facts.fields(tongue, brief)
    if form is TextForm.SHORT:
        return Text("", short.compose(tongue, brief), codes, fields)
    if form is TextForm.SPOKEN:
        return Text("", spoken.compose(tongue, brief), codes, fields)
    title, body = long.compose(tongue, brief)
    return Text(title, body, codes, fields)
