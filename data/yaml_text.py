"""YAML 1.2: in it 3e-4 is a number and «yes» a text, and no key may come twice."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from .jsonl import FileError, read_text


def read_yaml(path: str | Path) -> Any:
    """What a YAML file says, as plain types.

    Raises:
        FileError: the file cannot be read or is not YAML; the line is named.
    """
    try:
        return _yaml().load(read_text(path))
    except MarkedYAMLError as error:
        raise FileError(path, error.problem_mark.line + 1, f"is not YAML: {error.problem}") from error
    except YAMLError as error:
        raise FileError(path, None, f"is not YAML: {error}") from error


def to_yaml(value: Any) -> str:
    """Plain types as YAML, keys in their order."""
    text = StringIO()
    _yaml().dump(value, text)
    return text.getvalue()


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 4096  # a line for each value
    return yaml
