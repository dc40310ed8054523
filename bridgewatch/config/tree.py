"""YAML text to plain Python values that keep every scalar as it was written.

The tree is built from libyaml's *events*, not from its composed nodes: events do not recurse, so deep nesting
is counted instead of crashing, and they cost a third of composing. A tree consists of

- `str`, a plain scalar as its source text: `20:30` is not 1230, `no` is not false, `00022` keeps its zeros;
- `Quoted`, a scalar that was quoted or is a block scalar, so that `"5"` for a number can be told from `5`;
- `None` for an empty value, `null` or `~`;
- `list` and `dict` with `str` keys, in source order. An alias is the very value it names.

Lines and columns are not kept: `read_marks` finds them again when there is something to complain about.
"""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from bridgewatch.config.errors import SAME_FILE, KeyPath, Mark, Place, Problem, describe, shorten
from bridgewatch.config.source import Bounds
from bridgewatch.config.syntax import syntax_problem
from bridgewatch.model.phrases import Words, phrase

Node = Any
"""`str | Quoted | None | list[Node] | dict[str, Node]`; a recursive alias costs mypy more than it gives."""

_FEWER: Final = phrase("fewer")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


class Quoted(str):
    """Text that was quoted in the file."""

    __slots__ = ()


class Tree(NamedTuple):
    """What a file says. `root` is None when it is empty, or not `complete`: then it could not be read."""

    root: Node
    problems: tuple[Problem, ...] = ()
    complete: bool = True


class Marks(NamedTuple):
    """Where every value and every mapping key of a file begins."""

    values: dict[KeyPath, Mark]
    keys: dict[KeyPath, Mark]

    def find(self, path: KeyPath, *, at_key: bool) -> Mark:
        """The place of `path`, or of the nearest thing around it that has one."""
        if at_key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(1, 1))


class _Refused(Exception):  # noqa: N818 - a way out of the event loop, never seen outside
    def __init__(self, found: Words, expected: Words) -> None:
        super().__init__(str(found))
        self.found, self.expected = found, expected


def read_tree(data: bytes, bounds: Bounds) -> Tree:
    """The tree of one file. `data` has passed `source.check_bytes`.

    Time and memory are bounded by `bounds`, whatever the file says.
    """
    builder = _Builder(bounds)
    event: Event | None = None
    try:
        for event in _events(data):
            builder.handle(event)
    except _Refused as refusal:
        mark = _event_mark(event)
        builder.problems.append(Problem(builder.path(), refusal.found, refusal.expected, mark=mark))
    except YAMLError as error:
        builder.problems.append(syntax_problem(error, data))
    else:
        return Tree(builder.root, tuple(builder.problems))
    return Tree(None, tuple(builder.problems), complete=False)


def read_marks(data: bytes, bounds: Bounds) -> Marks:
    """Where everything in a file begins, as far as it can be parsed. `data` has been through `read_tree`."""
    walker = _Walker()
    with contextlib.suppress(YAMLError):
        for event in itertools.islice(_events(data), 4 * bounds.nodes):
            walker.handle(event)
            if len(walker.path) > bounds.depth:
                break
    return walker.marks


def _events(data: bytes) -> Iterator[Event]:
    get_event = CParser(data).get_event
    while (event := get_event()) is not None:
        yield event


def _event_mark(event: Event | None) -> Mark:
    mark = event.start_mark if event else None
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


@dataclass(slots=True)
class _Frame:
    """A collection that is still open. In a mapping, `key` is the one whose value is being read."""

    container: Any
    is_list: bool
    anchor: str | None = None
    nodes_before: int = 0
    key: str | None = None
    dropping: bool = False  # `key` was there before: its first value stays

    def step(self) -> str | int | None:
        """The part of the key path that this collection adds."""
        return len(self.container) if self.is_list else self.key


@dataclass(slots=True)
class _Builder:
    """Puts the tree together, one event after the other."""

    bounds: Bounds
    problems: list[Problem] = field(default_factory=list)
    # The outermost frame holds the documents of the stream, so that a top-level value is no special case.
    frames: list[_Frame] = field(default_factory=lambda: [_Frame([], is_list=True)])
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    nodes: int = 0
    aliases: int = 0

    @property
    def root(self) -> Node:
        """What the one document of the file says; None for an empty file."""
        documents = self.frames[0].container
        return documents[0] if documents else None

    def path(self) -> KeyPath:
        """The key path of what is being read."""
        steps = (frame.step() for frame in self.frames[1:])
        return tuple(step for step in steps if step is not None)

    def handle(self, event: Event) -> None:
        """Take one event. Raises _Refused where reading on makes no sense."""
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, CollectionStartEvent):
            self._open(event)
        elif isinstance(event, CollectionEndEvent):
            self._close()
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent) and self.frames[0].container:
            raise _Refused(phrase("a second document after `---`"), phrase("one document a file"))

    def _scalar(self, event: ScalarEvent) -> None:
        if event.tag is not None:
            _refuse_tag(event.tag)
        frame = self.frames[-1]
        if frame.key is None and not frame.is_list:
            self._key(frame, event)
            return
        value = event.value
        node = Quoted(value) if event.style else None if value in _NULLS else value
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1)
        self._put(node)

    def _key(self, frame: _Frame, event: ScalarEvent) -> None:
        key = event.value
        if key in frame.container:
            frame.dropping = True
            path = (*self.path(), key)
            found, expected = phrase("{value} a second time", value=describe(key)), phrase("each key once")
            mark, first = _event_mark(event), Place(SAME_FILE, path)
            self.problems.append(Problem(path, found, expected, at_key=True, mark=mark, other=first))
        frame.key = key

    def _put(self, node: Node, count: int = 1) -> None:
        self.nodes += count
        if self.nodes > self.bounds.nodes:
            found = phrase("more than {count} values", count=self.bounds.nodes)
            raise _Refused(found, phrase("a smaller file"))
        frame = self.frames[-1]
        if frame.is_list:
            frame.container.append(node)
        elif frame.key is None:
            expected = phrase("text; quote a value that begins with {{ or [ or *")
            raise _Refused(phrase("{value} as a key", value=describe(node)), expected)
        else:
            if not frame.dropping:
                frame.container[frame.key] = node
            frame.key, frame.dropping = None, False

    def _open(self, event: CollectionStartEvent) -> None:
        if event.tag is not None:
            _refuse_tag(event.tag)
        if len(self.frames) > self.bounds.depth:
            raise _Refused(phrase("more than {count} levels of nesting", count=self.bounds.depth), _FEWER)
        is_list = isinstance(event, SequenceStartEvent)
        self.frames.append(_Frame([] if is_list else {}, is_list, event.anchor, self.nodes))

    def _close(self) -> None:
        frame = self.frames.pop()
        self._put(frame.container)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (frame.container, self.nodes - frame.nodes_before)

    def _alias(self, event: AliasEvent) -> None:
        self.aliases += 1
        if self.aliases > self.bounds.aliases:
            raise _Refused(phrase("more than {count} aliases", count=self.bounds.aliases), _FEWER)
        try:
            node, size = self.anchors[event.anchor or ""]
        except KeyError:
            found = phrase("the alias {alias}", alias=shorten(f"*{event.anchor}"))
            raise _Refused(found, phrase("an anchor of that name before it")) from None
        self._put(node, size)


@dataclass(slots=True)
class _Walker:
    """Notes where things begin; mirrors the key paths of _Builder."""

    marks: Marks = field(default_factory=lambda: Marks({}, {}))
    path: list[str | int | None] = field(default_factory=list)

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, CollectionEndEvent):
            self.path.pop()
            self._advance()
        elif isinstance(event, ScalarEvent) and self.path and self.path[-1] is None:
            self.path[-1] = event.value
            self.marks.keys.setdefault(self._here(), _event_mark(event))
        elif isinstance(event, NodeEvent):
            self.marks.values.setdefault(self._here(), _event_mark(event))
            if isinstance(event, CollectionStartEvent):
                self.path.append(0 if isinstance(event, SequenceStartEvent) else None)
            else:
                self._advance()

    def _here(self) -> KeyPath:
        return tuple(step for step in self.path if step is not None)

    def _advance(self) -> None:
        if self.path:
            last = self.path[-1]
            self.path[-1] = last + 1 if isinstance(last, int) else None


def _refuse_tag(tag: str) -> None:
    if tag != "!":  # the tag of nothing in particular
        raise _Refused(phrase("the tag {tag}", tag=shorten(tag)), phrase("a value without a tag"))
