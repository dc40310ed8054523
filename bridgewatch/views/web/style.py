"""The look of the page at /, and the policy that lets a browser apply it and load nothing else."""

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bad:#b00020;--warn:#8a5200;--good:#1b6e2c;--dim:#5c6370;
--line:#d5d9e0;--card:#f5f6f8}
@media (prefers-color-scheme:dark){:root{--bad:#ff8a90;--warn:#ffc069;--good:#7ddc92;--dim:#a3abb8;
--line:#3b414c;--card:#1e2229}}
*{box-sizing:border-box}
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:72rem}
h1{font-size:1.35rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:1.75rem 0 .5rem}
p{margin:.25rem 0}.small{color:var(--dim);font-size:.9rem}
.counts{display:flex;flex-wrap:wrap;gap:.5rem;padding:0;margin:.25rem 0;list-style:none}
.counts li{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.3rem .6rem}
.bad{color:var(--bad)}.warn{color:var(--warn)}.good{color:var(--good)}.dim{color:var(--dim)}
b,.mark,.finding{font-weight:600}.mark{white-space:nowrap}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-size:.85rem;color:var(--dim);font-weight:600}code{overflow-wrap:anywhere}
nav{margin-top:2rem;display:flex;flex-wrap:wrap;gap:1rem}a{color:inherit}
@media (max-width:40rem){thead{display:none}table,tbody{display:block}.mark{white-space:normal}
td>span{min-width:0;overflow-wrap:anywhere}
tr{display:block;background:var(--card);border:1px solid var(--line);border-radius:.4rem;
padding:.5rem .75rem;margin-bottom:.6rem}
td{display:flex;gap:.75rem;border:0;padding:.1rem 0}
td::before{content:attr(data-label);flex:0 0 6.5rem;color:var(--dim);font-size:.85rem}}
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
