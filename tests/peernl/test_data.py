"""PeerNL keeps its own rules; the loader has checked keys, kinds and themes already."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import peernl
from peernl import Comment, Identifier, Person

COMMENTS, STUDENTS = peernl.comments(), peernl.students()
KINDS = {"positive": {"strength"}, "negative": {"growth"}, "mixed": {"strength", "growth"}, "neutral": set()}
DIMINUTIVE = re.compile(r"(?:tje|je)$")
_WORD = re.compile(r"[^\W\d_]+")


def words(text: str) -> list[str]:
    """The words of a name, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def groups() -> Iterator[tuple[str, tuple[Person, ...], list[Comment]]]:
    """Every roster with the comments that it belongs to."""
    for student in STUDENTS.values():
        yield student.id, student.roster, [COMMENTS[received.id] for received in student.comments]
    for group in peernl.loose_groups().values():
        yield group.id, group.roster, [COMMENTS[key] for key in group.comments]


def test_nothing_is_lost() -> None:
    assert len(COMMENTS) == 1131
    assert sum(len(comment.points) for comment in COMMENTS.values()) == 1138
    assert len(STUDENTS) == 175
    assert peernl.second_reading().keys() == COMMENTS.keys()


def test_no_text_with_a_point_occurs_twice() -> None:
    texts = Counter(comment.text.lower() for comment in COMMENTS.values() if comment.points)
    assert [text for text, times in texts.items() if times > 1] == []


def faults_of(comment: Comment) -> Iterator[str]:
    """What is wrong with a comment, in words."""
    kinds = {point.kind for point in comment.points}
    expected = KINDS[comment.polarity]
    if kinds != expected and not (comment.flags and kinds <= expected):
        yield f"{comment.polarity}, but its points are {kinds}"
    quoted = [point.quote for point in comment.points]
    for part in [*quoted, *comment.unusable, *(identifier.text for identifier in comment.identifiers)]:
        if not part or part not in comment.text:
            yield f"not in the text: {part!r}"
    if not comment.style:
        yield "no style"
    for point in comment.points:
        if (len(point.good.nl), len(point.good.en)) != (2, 1) or not 3 <= len(point.bad) <= 5:
            yield "a point has 2 good sentences in nl, 1 in en and 3 to 5 bad ones"
        for sentence in (*point.good.nl, *point.good.en):
            if len(sentence.split()) > 25 or not sentence.strip().endswith((".", "!")):
                yield f"too long or without an end: {sentence}"


def test_comments_are_consistent() -> None:
    assert [f"{key}: {fault}" for key, comment in COMMENTS.items() for fault in faults_of(comment)] == []


def test_students_are_consistent() -> None:
    for student in STUDENTS.values():
        received = [COMMENTS[comment.id] for comment in student.comments]
        said = {(point.kind, point.theme) for comment in received for point in comment.points}
        assert set(student.must_cover) <= said, student.id
        assert len(student.tips_good) >= 2, student.id
        assert len(student.tips_bad) >= 3, student.id


def test_every_comment_stands_beside_a_roster() -> None:
    loose = [key for group in peernl.loose_groups().values() for key in group.comments]
    received = {comment.id for student in STUDENTS.values() for comment in student.comments}
    assert len(loose) == len(set(loose))
    assert received.isdisjoint(loose)
    assert received | set(loose) == COMMENTS.keys()


def explains(person: Person, name: str) -> bool:
    """Whether every word of this name is a part, an initial, a shortening or a diminutive of the person's."""
    given, whole = words(person.given), words(f"{person.given} {person.infix} {person.family}")

    def fits(word: str) -> bool:
        short = DIMINUTIVE.sub("", word)
        return (
            word in whole
            or (len(word) == 1 and any(part.startswith(word) for part in whole))
            or (len(short) > 1 and any(part.startswith(short) for part in given))
        )

    return all(fits(word) for word in words(name))


def misfits(roster: tuple[Person, ...], comments: list[Comment]) -> Iterator[str]:
    """Names of team-mates that nobody on the roster explains, and names of others that stand on it."""
    on_roster = {word for person in roster for word in words(f"{person.given} {person.family}")}
    for identifier in (one for comment in comments for one in comment.identifiers):
        if identifier.kind == "roster":
            if not any(explains(person, identifier.text) for person in roster):
                yield identifier.text
        elif identifier.kind in {"person", "teacher"} and not on_roster.isdisjoint(_name_words(identifier)):
            yield identifier.text


def test_a_roster_explains_its_names_and_no_others() -> None:
    for key, roster, comments in groups():
        assert 14 <= len(roster) <= 26, key
        assert len({tuple(words(person.given)) for person in roster}) == len(roster), key
        assert list(misfits(roster, comments)) == [], key


def _name_words(identifier: Identifier) -> set[str]:
    return {word for word in words(identifier.text) if len(word) > 2} - {"van", "mijn", "meneer", "mevrouw"}
