"""Stance frames as annotation tools hold them: marked spans, and relations from a cue to its holder and target."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from .article import STANCE_LABELS, Span, Stance

ROLES = ("holder", "target")
PARTS = (*STANCE_LABELS, *ROLES)


@dataclass(frozen=True)
class Mark:
    """A marked span: the tool's name for it, and its part in a frame (a polarity for a cue), None for an entity."""

    name: str
    span: Span
    part: str | None
    score: float | None = None


def frames(marks: dict[Hashable, Mark], relations: Iterable[tuple[Hashable, Hashable, str | None]]) -> list[Stance]:
    """The frames that marks and relations make.

    Args:
        marks: by the tool's id; every cue is a frame.
        relations: from id, to id, and role. A relation may be drawn either way, and to an entity; without a role, its
            end's part is the role.

    Raises:
        ValueError: a relation is none of a cue with a mark or gives a cue a second holder or target, or a holder or
            target belongs to no cue; with what to do.
    """
    roles: dict[Hashable, dict[str, Span]] = {id: {} for id, mark in marks.items() if mark.part in STANCE_LABELS}
    loose = {id: mark.name for id, mark in marks.items() if mark.part in ROLES}
    for start, end, role in relations:
        drawn = f"the relation from {start!r} to {end!r}"
        cue, other = (start, end) if start in roles else (end, start)
        if cue not in roles or other not in marks:
            raise ValueError(f"{drawn} does not join a cue with a marked span; an Article cannot hold it, remove it")
        role = role or marks[other].part
        if role not in ROLES:
            labelled = f"is labelled {role!r}" if role else "has no label"
            raise ValueError(f"{drawn} {labelled}; label it {' or '.join(ROLES)}")
        if role in roles[cue]:
            raise ValueError(f"{drawn} is a second {role} of one cue; keep one, or mark one span that covers both")
        roles[cue][role] = marks[other].span
        loose.pop(other, None)
    for name in loose.values():
        raise ValueError(f"{name} is a holder or target of no cue; draw a relation from its cue to it")
    return [Stance(marks[id].part, marks[id].span, **found, score=marks[id].score) for id, found in roles.items()]
