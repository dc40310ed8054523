"""The real process in the lab: its configuration, its page, and how long until the page says something."""

import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.lab.process import Process
from tests.lab.topology import Lab

ROOT: Final = Path(__file__).parents[2]
PORT: Final = 9640
ANSWERS: Final = "127.0.0.1:9641"
_SAMPLE: Final = re.compile(r"^(\w+)\{(.*)\} (\S+)$")
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Circuit:
    """One link of a site of its own."""

    name: str
    target: str
    network: str = "wan"
    carrier: str = "vnpt"


@dataclass
class Plan:
    """What the configuration says. `references` by network; `interfaces` by network, where one is required."""

    circuits: list[Circuit]
    references: Mapping[str, list[str]]
    interfaces: Mapping[str, str] = field(default_factory=dict)
    interval: str = "1s"

    def write(self, directory: Path) -> None:
        """Write the directory of the configuration; each file whole, then moved into its place."""
        (directory / "sites.d").mkdir(parents=True, exist_ok=True)
        _replace(directory / "bridgewatch.yaml", self._main())
        _replace(directory / "sites.d" / "sites.yaml", self._sites())

    def _main(self) -> str:
        lines = [
            "vantage: lab",
            "administrative_model: 2tier",
            f"defaults: {{interval: {self.interval}}}",
            "egresses:",
        ]
        for network, references in self.references.items():
            quoted = ", ".join(f'"{address}"' for address in references)
            lines += [f"  {network}:", f"    networks: [{network}]", f"    references: [{quoted}]"]
            if network in self.interfaces:
                lines.append(f"    interface: {self.interfaces[network]}")
        return "\n".join([*lines, ""])

    def _sites(self) -> str:
        lines = ["sites:"]
        for circuit in self.circuits:
            lines += [
                f"  - id: {circuit.name}",
                f"    name: Điểm cầu {circuit.name}",
                "    level: province",
                f'    links: {{{circuit.network}: {{carrier: {circuit.carrier}, target: "{circuit.target}"}}}}',
            ]
        return "\n".join([*lines, ""])


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


class Running:
    """A daemon inside a host, started once its first page says what was awaited."""

    def __init__(self, lab: Lab, directory: Path, *, host: str = "vantage", answers: str = ANSWERS) -> None:
        self._lab, self._host = lab, host
        self.directory = directory
        self.state = directory.parent / "state"
        self.process = start(lab, directory, host=host, state=self.state, answers=answers)
        self.process.wait_for("paths, ", 60.0)

    def page(self, path: str = "/metrics") -> str:
        """What an HTTP path says."""
        return self._lab.fetch(self._host, f"http://127.0.0.1:{PORT}{path}").text

    def status(self, path: str) -> int:
        """The status code of an HTTP path."""
        return self._lab.fetch(self._host, f"http://127.0.0.1:{PORT}{path}").status

    def series(self, name: str, label: str = "link") -> dict[str, float]:
        """One family of the page by one of its labels."""
        found = {}
        for line in self.page().splitlines():
            if (sample := _SAMPLE.match(line)) and sample[1] == name:
                labels = dict(_LABEL.findall(sample[2]))
                found[labels.get(label, "")] = float(sample[3])
        return found

    def states(self) -> dict[str, int]:
        """The state of every link, as exported."""
        return {link: int(state) for link, state in self.series("bridgewatch_link_state").items()}

    def until(self, holds: Callable[[], bool], seconds: float = 20.0) -> float:
        """Poll until it holds; the seconds that took. AssertionError when it never does."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > seconds:
                raise AssertionError(
                    f"never so within {seconds} s: {self.states()}\n{self.process.output[-3000:]}"
                )
            time.sleep(0.02)
        return time.monotonic() - began


def start(
    lab: Lab, directory: Path, *, host: str = "vantage", state: Path | None = None, answers: str = ANSWERS
) -> Process:
    """`bridgewatch run` on that directory."""
    argv = [sys.executable, "-m", "bridgewatch", "run", str(directory), "--answers", answers]
    argv += ["--listen", f"127.0.0.1:{PORT}", "--state", str(state or directory.parent / "state")]
    return lab.popen(host, argv, cwd=ROOT)
