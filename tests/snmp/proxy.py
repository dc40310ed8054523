"""Stands between an asker and an agent, and does to the datagrams what networks and enemies do."""

import select
import socket
import threading
from collections.abc import Callable
from typing import Self


class Proxy:
    """Passes datagrams on. `spoil` changes answers, the first `lose` questions vanish, answers come `copies` times."""

    def __init__(self, target: int) -> None:
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._back.connect(("127.0.0.1", target))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = self._front.getsockname()[1]
        self.spoil: Callable[[bytes], bytes] = lambda datagram: datagram
        self.lose = 0
        self.copies = 1
        self.answers: list[bytes] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)
        self._front.close()
        self._back.close()

    def _run(self) -> None:
        asker = None
        while not self._ended.is_set():
            ready, _, _ = select.select([self._front, self._back], [], [], 0.05)
            if self._front in ready:
                question, asker = self._front.recvfrom(65_535)
                if self.lose:
                    self.lose -= 1
                else:
                    self._back.send(question)
            if self._back in ready and asker is not None:
                answer = self._back.recv(65_535)
                self.answers.append(answer)
                for _ in range(self.copies):
                    self._front.sendto(self.spoil(answer), asker)
