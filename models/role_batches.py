"""Holder and target scores of the cues of many windows, several windows in one pass of the head."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from .role_decoding import RoleArrays
from .windows import rounded_up

ASKED = ("words", "lengths", "window", "cues")  # the arguments of ``RoleHead.forward``
GIVEN = ("start", "end", "inside", "none")
_WINDOWS = 16  # of one pass

Head = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]


def role_arrays(windows: Sequence[tuple[np.ndarray, np.ndarray]], head: Head, step: int = 1) -> list[RoleArrays]:
    """See ``Runner.roles``.

    Args:
        windows: of each its words (words, size) and its cues (F, 2).
        head: from the arrays ``ASKED`` of one pass, words padded to the longest window, to the arrays ``GIVEN``.
        step: the words and the cues of a pass are padded to a multiple of it.
    """
    return [
        arrays
        for first in range(0, len(windows), _WINDOWS)
        for arrays in _one_pass(windows[first : first + _WINDOWS], head, step)
    ]


def _one_pass(windows: Sequence[tuple[np.ndarray, np.ndarray]], head: Head, step: int) -> Iterator[RoleArrays]:
    lengths = np.array([len(words) for words, _ in windows])
    padded = np.zeros((len(windows), rounded_up(lengths.max(), step), windows[0][0].shape[1]), np.float32)
    for row, (words, _) in enumerate(windows):
        padded[row, : len(words)] = words
    counts = [len(cues) for _, cues in windows]
    more = rounded_up(sum(counts), step) - sum(counts)  # cues of padding, each the first word of the first window
    numbers = np.repeat([*range(len(windows)), 0], [*counts, more])
    asked = np.concatenate([*(cues for _, cues in windows), np.tile([0, 1], (more, 1))])
    found = head(dict(zip(ASKED, (padded, lengths, numbers, asked))))
    for length, count, end, (_, cues) in zip(lengths, counts, np.cumsum(counts), windows):
        start, stop, inside, none = (found[name][end - count : end] for name in GIVEN)
        yield RoleArrays(start[..., :length], stop[..., :length], inside[..., :length], none, cues)
