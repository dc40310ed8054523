"""A draft as YAML that people go on editing."""

import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bridgewatch.config.hints import as_id
from bridgewatch.config.importing.draft import Draft, Value

# What begins with a letter, goes on with what has no meaning in YAML, and is none of its words.
_PLAIN: Final = re.compile(r"[^\W\d_]([\w ./()-]*[\w.)])?")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_RATE: Final = re.compile(r"\d+(\.\d+)?[kMG]", re.ASCII)


def free_name(directory: Path, source: Path) -> str:
    """A name for the new files that no file has: that of the list, with a number behind it if need be."""
    stem = as_id(source.stem) or "list"
    names = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
    return next(
        name
        for name in names
        if not any((directory / folder / f"{name}.yaml").exists() for folder in ("sites.d", "contacts.d"))
    )


def files_of(draft: Draft, source: str, name: str) -> dict[str, str]:
    """The texts of the new files by path, as far as there is something to write. `source`: whence it is."""
    texts = {}
    if draft.contacts:  # first, because a daemon that looks meanwhile must find whom the sites name
        texts[f"contacts.d/{name}.yaml"] = contacts_text(draft.contacts, source)
    if draft.sites:
        texts[f"sites.d/{name}.yaml"] = sites_text(draft.sites, source)
    return texts


def sites_text(sites: Mapping[str, Value], source: str) -> str:
    """A file of sites."""
    blocks = [_site(site) for site in sites.values()]
    return _head("sites", source, "Điểm cầu và đường truyền.") + "sites:\n" + "\n".join(blocks)


def contacts_text(contacts: Mapping[str, Value], source: str) -> str:
    """A file of contacts."""
    blocks = [_contact(name, contact) for name, contact in contacts.items()]
    return _head("contacts", source, "Đầu mối liên hệ.") + "contacts:\n" + "".join(blocks)


def scalar(text: str) -> str:
    """`text` as YAML reads it back: plain where that is safe, else in quotes."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return (
        text
        if plain or _ADDRESS.fullmatch(text) or _RATE.fullmatch(text)
        else json.dumps(text, ensure_ascii=False)
    )


def _head(kind: str, source: str, title: str) -> str:
    return (
        f"# yaml-language-server: $schema=../schema/{kind}.json\n#\n# {title} Imported from {source}.\n"
        "# Edit it as any other file; importing the list again changes nothing that stands here.\n"
    )


def _site(site: Value) -> str:
    lines = [f"  - id: {site['id']}\n"]
    for key in ("name", "level", "unit", "legacy_unit", "parent"):
        if key in site:
            value = json.dumps(site[key]) if key.endswith("unit") else scalar(site[key])
            lines.append(f"    {key}: {value}\n")
    if site.get("contacts"):
        lines.append(f"    contacts: [{', '.join(site['contacts'])}]\n")
    if site.get("links"):
        lines.append("    links:\n")
        for name, link in site["links"].items():
            lines.append(f"      {name}:\n")
            lines += [f"        {key}: {_flow(value)}\n" for key, value in link.items()]
    return "".join(lines)


def _contact(name: str, contact: Value) -> str:
    lines = [f"  {name}:\n"]
    for key, value in contact.items():
        if key == "channels":
            lines.append("    channels:\n")
            lines += [f"      - {_flow(channel)}\n" for channel in value]
        else:
            lines.append(f"    {key}: {_flow(value)}\n")
    return "".join(lines)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(one)}' for key, one in value.items())}}}"
    return scalar(str(value))
