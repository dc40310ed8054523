"""Whatever is changed in a file: it is told in both languages, and of no place twice."""

import copy
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.files import errors_of
from tests.config.people import FILES, province

TREES = {name: yaml.load(text, yaml.BaseLoader) for name, text in FILES.items()}
REPLACEMENTS = ("~", "x Đ?", "7", [], {}, ["zz"], {"zz": "1"})
Way = tuple[str | int, ...]


def paths(node: Any, path: Way = ()) -> Iterator[Way]:
    """The ways to all values below the top."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in members:
        yield (*path, step)
        yield from paths(value, (*path, step))


PLACES = [(name, path) for name, tree in TREES.items() for path in paths(tree)]


def deleted(around: Any, step: Any) -> None:
    del around[step]


def renamed(around: Any, step: Any) -> None:
    """A key loses its last letter; a member of a list is there twice."""
    if isinstance(around, list):
        around.insert(step, copy.deepcopy(around[step]))
        return
    items = [(key[:-1] if key == step else key, value) for key, value in around.items()]
    around.clear()
    around.update(items)


def mistyped(around: Any, step: Any) -> None:
    around[step] = f"{around[step]}q".upper() if isinstance(around[step], str) else around[step]


def replaced(value: Any) -> Any:
    def change(around: Any, step: Any) -> None:
        around[step] = value

    return change


CHANGES = [deleted, renamed, mistyped, *map(replaced, REPLACEMENTS)]


class Plain(yaml.SafeDumper):
    """Writes texts as they are: `7` and `~` without quotes, as people write them."""


Plain.yaml_implicit_resolvers = {}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(CHANGES))
def test_no_place_is_told_of_twice_and_each_in_both_languages(place, change) -> None:
    name, path = place
    tree = copy.deepcopy(TREES[name])
    around = tree
    for step in path[:-1]:
        around = around[step]
    change(around, path[-1])
    text = yaml.dump(tree, Dumper=Plain, sort_keys=False, allow_unicode=True)
    with TemporaryDirectory() as directory:
        errors = errors_of(province(Path(directory), **{name: text}))  # hears them in both languages
    places = [error.place for error in errors]
    assert len(set(places)) == len(places), errors
