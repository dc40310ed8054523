"""How much is decided at one go.

A fault may darken a whole country in one tick. What follows from it is decided, stored and handed out in
portions, so that the first who are called hear of it before the last is decided. A portion is some tens of
milliseconds of work.
"""

from typing import Final

INCIDENTS: Final = 512  # looked at, by each room
MESSAGES: Final = 128  # handed out: each is written in words, which is the most of the work
