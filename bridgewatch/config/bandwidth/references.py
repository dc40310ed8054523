"""What bandwidth.yaml refers to by its keys."""

from collections.abc import Iterator, Mapping

from bridgewatch.config.errors import Finding, Problem
from bridgewatch.config.named import Named, unknown
from bridgewatch.config.names import Names
from bridgewatch.config.parse import Parsed, files_of
from bridgewatch.config.suggest import Suggestions
from bridgewatch.config.survey import mapping_of


def check_egress_rates(files: Mapping[str, Parsed], names: Names) -> Iterator[Finding]:
    """Findings for rates of egresses that there are none of."""
    known, suggest = names.egresses, Suggestions()
    for file, parsed in files_of(files, "bandwidth").items() if known is not None else ():
        for egress in mapping_of(mapping_of(parsed.root).get("egress_rate")):
            if known is not None and egress not in known:
                expected = suggest.known(egress, known)
                path = ("egress_rate", egress)
                yield Finding(file, Problem(path, unknown(Named.EGRESS, egress), expected, at_key=True))
