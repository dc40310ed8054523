"""What a row of the history is. Columns are added with nulls for what is older, never renamed.

Gauges describe the last window when the minute ended, as on the metrics page; they are kept to one part in
two thousand, which halves the files. States and reasons are the numbers of `model.words`. Durations are
seconds.
"""

from typing import Any, Final, TypeAlias

import pyarrow as pa

Column: TypeAlias = "pa.Array[Any]"

COUNTERS: Final = (
    "sent",
    "received",
    "lost",
    "late",
    "unreachable",
    "duplicate",
    "reordered",
    "local_error",
    "rtt_count",
)
"""Columns of `LinkColumns` whose difference over the minute is kept."""

GAUGES: Final = (
    "loss_ratio",
    "loss_burst",
    "rtt_min",
    "jitter_rfc3550",
    "jitter_ipdv",
    "jitter_pdv_p99",
    "forward_jitter",
    "backward_jitter",
    "forward_loss",
    "backward_loss",
    "mos",
)
"""Columns of `LinkColumns` that are kept as they stand."""

QUANTILE_GAUGES: Final = ("rtt_p50", "rtt_p95", "rtt_p99")
"""The columns of `LinkColumns.rtt`."""

SPELLS: Final = ("down_seconds", "flapping_seconds", "unseen_seconds")
"""How long in the minute the link was down, flapping, or not seen (unknown, blind, paused)."""

SUMS: Final = ("seconds", *COUNTERS, "rtt_sum", *SPELLS)
"""Columns that add up over minutes and links."""

_MINUTE_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("minute", pa.timestamp("ms", "UTC"), nullable=False),  # when it began
    pa.field("link", pa.dictionary(pa.int32(), pa.string()), nullable=False),
    pa.field("seconds", pa.float32()),  # how much of it was watched: less where the daemon started
    *(pa.field(name, pa.int32()) for name in COUNTERS),
    pa.field("rtt_sum", pa.float32()),
    *(pa.field(name, pa.float32()) for name in (*QUANTILE_GAUGES, *GAUGES)),
    pa.field("state", pa.uint8()),  # LinkState at its end
    pa.field("reason", pa.uint8()),
    *(pa.field(name, pa.float32()) for name in SPELLS),
]
MINUTES: Final = pa.schema(_MINUTE_FIELDS)

_TRANSITION_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("at", pa.timestamp("us", "UTC"), nullable=False),
    pa.field("subject", pa.string(), nullable=False),  # link, site or egress
    pa.field("id", pa.string(), nullable=False),
    pa.field("old", pa.uint8(), nullable=False),  # LinkState, SiteState or EgressState
    pa.field("new", pa.uint8(), nullable=False),
    pa.field("reason", pa.uint8()),  # absent for sites
    pa.field("unanswered", pa.int32()),  # the evidence, of links only
    pa.field("needed", pa.int32()),
    pa.field("since", pa.timestamp("us", "UTC")),
    pa.field("witness", pa.timestamp("us", "UTC")),
    pa.field("loss", pa.float32()),
    pa.field("severity", pa.uint8()),
]
TRANSITIONS: Final = pa.schema(_TRANSITION_FIELDS)
