"""Writes the small part of YAML that model.yaml needs, so that no YAML library is needed."""

from __future__ import annotations

import json
import re
from typing import Any

# A string that YAML reads as that string without quotes.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*(:[A-Za-z0-9_./+-]+)*")
_NOT_STRINGS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def dump(document: dict[str, Any]) -> str:
    """The document as YAML: sections as blocks, anything deeper on one line."""
    lines: list[str] = []
    for key, value in document.items():
        if isinstance(value, dict) and value:
            lines.append(f"{_flow(key)}:")
            lines += [f"  {_flow(inner)}: {_flow(item)}" for inner, item in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{_flow(key)}:")
            lines += [f"  - {_flow(item)}" for item in value]
        else:
            lines.append(f"{_flow(key)}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_STRINGS:
        return value
    return json.dumps(value)  # numbers, true, false, null and quoted strings are YAML as JSON
