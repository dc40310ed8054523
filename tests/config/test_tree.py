import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.config.source import Bounds
from bridgewatch.config.tree import Quoted, read_marks, read_tree

BOUNDS = Bounds()
SMALL = Bounds(octets=1_000, depth=8, nodes=50, aliases=3)

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=20)
trees = st.recursive(
    texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def plain(text: str):
    tree = read_tree(text.encode(), BOUNDS)
    assert tree.problems == ()
    return tree.root


@pytest.mark.parametrize(
    "text",
    ["20:30", "no", "00022", "1e3", "0x1f", "0o17", "1_000", "2026-11-22", "yes", "on", ".5", "=", "<<"],
)
def test_a_plain_scalar_keeps_its_source_text(text):
    node = plain(f"key: {text}")["key"]
    assert node == text
    assert type(node) is str


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none(text):
    assert plain(f"key: {text}") == {"key": None}


@pytest.mark.parametrize("text", ['"null"', "'5'", "|\n  5\n"])
def test_quoted_and_block_scalars_can_be_told_from_plain_ones(text):
    assert type(plain(f"key: {text}")["key"]) is Quoted


@given(trees)
def test_any_tree_that_is_dumped_is_read_back_as_the_base_loader_reads_it(tree):
    text = yaml.safe_dump(tree, allow_unicode=True, default_style='"')
    expected = yaml.load(text, yaml.CBaseLoader)
    found = read_tree(text.encode(), Bounds(depth=200))
    assert found.root == expected
    assert found.problems == ()


@given(st.integers(0, 20), st.lists(st.sampled_from(["[", "{a: ", "- "]), min_size=1, max_size=20))
def test_depth_is_counted_exactly_and_never_beyond_the_bound(limit, openers):
    # Block sequences cannot stand inside flow collections.
    openers = sorted(openers, key=lambda opener: opener != "- ")
    closers = "".join({"[": "]", "{a: ": "}"}.get(opener, "") for opener in reversed(openers))
    tree = read_tree(("".join(openers) + "x" + closers).encode(), Bounds(depth=limit))
    assert tree.complete == (len(openers) <= limit)
    assert [str(problem.found) for problem in tree.problems] == [f"more than {limit} levels of nesting"] * (
        not tree.complete
    )


@given(st.binary(max_size=200))
def test_arbitrary_text_gives_a_tree_or_a_problem_with_a_place(data):
    text = data.decode("utf-8", "ignore").replace("\0", "").encode()
    tree = read_tree(text, SMALL)
    assert tree.complete or tree.problems
    for problem in tree.problems:
        assert problem.mark is not None
        assert problem.mark.line >= 1
        assert problem.mark.column >= 1
    read_marks(text, SMALL)


def test_a_repeated_key_keeps_the_first_value_and_is_a_problem():
    tree = read_tree(b"a: 1\nb:\n  c: 1\n  c: {d: 2}\n", BOUNDS)
    assert tree.root == {"a": "1", "b": {"c": "1"}}
    (problem,) = tree.problems
    assert problem.path == ("b", "c")
    assert problem.mark == (4, 3)


def test_an_alias_is_the_value_of_its_anchor():
    assert plain("a: &x {b: 1}\nc: *x\n") == {"a": {"b": "1"}, "c": {"b": "1"}}


def test_aliases_count_with_all_they_expand_to():
    # 6 values in a, 13 in b, 27 in c: together with the keys' mapping within 50, one more b is not.
    text = "a: &a [x, x, x, x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert read_tree(text.encode(), Bounds(nodes=47)).complete
    assert [str(p.found) for p in read_tree(text.encode(), Bounds(nodes=45)).problems] == [
        "more than 45 values"
    ]


def test_aliases_are_limited_in_number():
    text = b"a: &a x\nb: [*a, *a, *a, *a]\n"
    assert read_tree(text, Bounds(aliases=4)).complete
    (problem,) = read_tree(text, Bounds(aliases=3)).problems
    assert (str(problem.found), problem.mark) == ("more than 3 aliases", (2, 17))


@pytest.mark.parametrize(
    ("text", "found", "mark"),
    [
        ("a: b\n\tc: d\n", "a tab", (2, 1)),
        ("a:\n  b: 1\n \tc: d\n", "a tab", (3, 2)),
        ("a: 'x\nb: c\n", "a quote that is never closed", (1, 4)),
        ("a: [1, 2\n", "a list in brackets that is not closed", (1, 4)),
        ("a: b: c\n", "a second `:`, a wrong indentation, or a line above without `: `", (1, 5)),
        ("a: {{ b }}\n", "a mapping as a key", (1, 9)),
        ("a: *b\n", "the alias *b", (1, 4)),
        ("a: &a [*a]\n", "the alias *a", (1, 8)),
        ("a: !!python/object:os.system x\n", "the tag tag:yaml.org,2002:python/object:os.system", (1, 4)),
        ("a: 1\n---\nb: 2\n", "a second document after `---`", (2, 1)),
    ],
)
def test_broken_yaml_is_named_where_it_is(text, found, mark):
    (problem,) = read_tree(text.encode(), BOUNDS).problems
    assert (str(problem.found), problem.mark) == (found, mark)


@given(trees)
def test_marks_know_every_path_of_the_tree(tree):
    text = yaml.safe_dump({"top": tree}, allow_unicode=True, default_style='"').encode()
    marks = read_marks(text, Bounds(depth=200))

    def paths(node, path):
        yield path
        members = (
            node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        )
        for key, value in members:
            yield from paths(value, (*path, key))

    assert set(marks.values) == set(paths({"top": tree}, ()))
