"""One POST to a gateway: bounded in time and size, no redirects, certificates verified."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests

from bridgewatch.adapters.notify.kind import APP

_LARGEST: Final = 65_536  # octets of an answer that are read
_CHUNK: Final = 8_192


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `fields` is {} where it was no JSON object."""

    status: int
    fields: Mapping[str, Any]

    def number(self, key: str) -> int | None:
        """A code that gateways write as a number or in quotes; None where it is neither."""
        try:
            return int(self.fields.get(key))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None


def post(
    url: str,
    timeout: float,
    *,
    body: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send `body` as JSON, or `form`. `timeout` seconds are for each wait. Raises requests' errors."""
    with requests.post(
        url,
        json=body,
        data=form,
        headers={"User-Agent": APP, **(headers or {})},
        timeout=timeout,
        allow_redirects=False,
        stream=True,
    ) as response:
        content = bytearray()
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > _LARGEST:
                break
        return Answer(response.status_code, _fields(bytes(content)))


def _fields(content: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
