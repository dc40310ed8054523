"""The look of the answer pages, for a phone in the hand, and what browsers are told to keep to."""

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#14171c;--paper:#fff;--bad:#b00020;--good:#17652a;--dim:#555c68;
--line:#c9ced6;--card:#f4f5f7;--ack:#17652a;--help:#8a4b00;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#f1f3f6;--paper:#101317;--bad:#ff9ba0;--good:#86e29b;
--dim:#b0b8c4;--line:#434a56;--card:#1b1f26;--ack:#86e29b;--help:#ffc069;--on:#101317}}
@media (prefers-contrast:more){:root{--dim:var(--ink);--line:var(--ink);--card:var(--paper)}}
*{box-sizing:border-box}
body{font:17px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
padding:1rem;max-width:34rem}
header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem}
h1{font-size:1.05rem;margin:0}h2{font-size:1.2rem;line-height:1.25;margin:0 0 .4rem;overflow-wrap:anywhere}
p{margin:.4rem 0}.dim{color:var(--dim)}.bad{color:var(--bad)}.good{color:var(--good)}
article{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.9rem;margin:.9rem 0}
ul{list-style:none;margin:0;padding:0}li{padding:.7rem 0;border-bottom:1px solid var(--line)}
li:last-child{border:0}li p{margin:.1rem 0}
dl{margin:.2rem 0 0}dt{color:var(--dim);font-size:.9rem}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
dd:last-child{margin:0}.item{display:block}.item+.item{margin-top:.35rem}
code{font:600 1rem/1 ui-monospace,monospace;border:1px solid var(--line);border-radius:.3rem;
padding:.1rem .35rem;white-space:nowrap}
.said{border:2px solid currentColor;border-radius:.6rem;padding:.7rem .9rem;font-weight:600}
form{display:grid;gap:.7rem;margin:1.1rem 0}
button{font:600 1.1rem/1.2 system-ui,sans-serif;min-height:4rem;padding:.6rem 1rem;border-radius:.6rem;
border:2px solid var(--line);background:var(--paper);color:var(--ink);text-align:left;cursor:pointer}
button small{display:block;font-weight:400;font-size:.9rem;margin-top:.2rem}
.acknowledge{background:var(--ack);border-color:var(--ack);color:var(--on)}
.help{border-color:var(--help);color:var(--help)}
button:focus-visible,a:focus-visible{outline:3px solid var(--ink);outline-offset:3px}
header a{color:inherit;padding:.6rem 0;white-space:nowrap}
@media (min-width:34rem){form{grid-template-columns:1fr 1fr}.acknowledge{grid-column:1/-1}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dd{margin:0}}
@media (forced-colors:active){button{border-color:ButtonText}}
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Server": "bridgewatch",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""Of every answer of this listener."""
