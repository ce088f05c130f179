"""What a summary is made of: rows of the evaluations module turned into comments, and their hash."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.evaluations.read_models import CommentRow, MaterialRows, PersonRow
from app.summaries import repository
from app.summaries.repository import Stored
from app.text.contract import PROMPT_VERSION
from app.text.types import Comment, Material, RosterName


@dataclass(frozen=True, slots=True)
class Reading:
    """The material of one student, with what it takes to store the result.

    `entry_ids` maps comment numbers to feedback entries. `input_hash` is SHA-256 over all that decides
    the text: comments, names, language, policy, the prompts' version and the model. `stored` is the summary
    that the model had written by then, if any.
    """

    material: Material
    entry_ids: dict[int, int]
    revision: int
    input_hash: bytes
    stored: Stored | None
    basis: dict[str, object]
    """What a text of it is made from: entry ids, and by reviewer a hash of the comments."""

    @property
    def unchanged(self) -> Stored | None:
        """The stored summary, when it was made of exactly this."""
        return self.stored if self.stored and self.stored.input_hash == self.input_hash else None


async def read(
    session: AsyncSession, school_id: int, evaluation_id: int, student_id: int, model_name: str
) -> Reading:
    """Read everything by one statement. Raises NotFound when the student has left the evaluation."""
    found = await repository.inputs(session, school_id, evaluation_id, student_id)
    if found is None:
        raise NotFound("There is no such pupil in this evaluation.")
    return reading_of(*found, model_name)


def reading_of(rows: MaterialRows, stored: Stored | None, model_name: str) -> Reading:
    """Number the comments and the people. Reviewers become small numbers: ids never come near a prompt.

    What a student wrote about their own work is left out: a summary holds what others wrote.
    """
    received = [row for row in rows.comments if row.kind == "peer"]
    people = {row.reviewer_id: index for index, row in enumerate(received)}
    comments = tuple(
        Comment(number, row.text, people[row.reviewer_id], row.criterion, row.kind)
        for number, row in enumerate(received, start=1)
    )
    material = Material(
        locale=rows.locale,
        comments=comments,
        roster=tuple(roster_name(person) for person in rows.roster),
        min_reviewers=rows.min_reviewers,
    )
    return Reading(
        material=material,
        entry_ids={number: row.entry_id for number, row in enumerate(received, start=1)},
        revision=rows.revision,
        input_hash=_hash(material, model_name),
        stored=stored,
        basis=_basis(received),
    )


def roster_name(person: PersonRow) -> RosterName:
    """Everything that the anonymiser should take out for one person."""
    return RosterName(
        given=person.given_name,
        family=person.family_name,
        infix=person.infix,
        aliases=person.aliases,
        email=person.email or "",
        number=person.number or "",
    )


def _basis(received: Sequence[CommentRow]) -> dict[str, object]:
    by_reviewer: dict[int, list[str]] = {}
    for row in received:
        by_reviewer.setdefault(row.reviewer_id, []).append(row.text)
    return {
        "entries": [row.entry_id for row in received],
        "reviewers": {
            str(reviewer): hashlib.sha256("\x1f".join(sorted(texts)).encode()).hexdigest()[:32]
            for reviewer, texts in by_reviewer.items()
        },
    }


def _hash(material: Material, model_name: str) -> bytes:
    return hashlib.sha256(msgspec.json.encode((PROMPT_VERSION, model_name, material))).digest()
