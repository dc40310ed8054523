"""What health said of links and is still to be taken in, in the order it was said.

A tick is explained as a whole; what comes of it is taken in piece by piece. Between two portions of pieces
the rooms after this one call people for the incidents that are there already, and time goes on.
"""

from collections import deque
from collections.abc import Iterator

from bridgewatch.core import portion
from bridgewatch.core.incidents.intake import Intake, Piece
from bridgewatch.core.incidents.sight import News
from bridgewatch.core.incidents.writer import Writer


class Hearing:
    """Hands pieces of news to the intake."""

    def __init__(self, intake: Intake, writer: Writer) -> None:
        self._intake = intake
        self._writer = writer
        self._news: deque[News] = deque()
        self._pieces: Iterator[Piece] | None = None  # what is left of the tick that was begun

    @property
    def busy(self) -> bool:
        """Whether anything is still to be taken in."""
        return bool(self._news) or self._pieces is not None

    def hear(self, news: News) -> None:
        """A tick's news, to be taken in after all that came before."""
        self._news.append(news)

    def take_in(self, now_ns: int, *, everything: bool = False) -> None:
        """Carry out pieces until a portion of incidents is touched, or until there are none."""
        while self.busy and (everything or len(self._writer.touched) < portion.INCIDENTS):
            if self._pieces is None:
                self._pieces = self._intake.links(self._news.popleft(), now_ns)
            try:
                piece = next(self._pieces, None)
                if piece is not None:
                    piece(now_ns)
                else:
                    self._pieces = None
            except BaseException:
                self._pieces = None  # a tick that cannot be taken in does not hold up those after it
                raise
