"""Support: whether a text says no more than the comments it rests on, and blames for nothing they do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from app.text import phrasing_en, phrasing_nl
from app.text.languages import FUNCTION_WORDS, language_of
from app.text.polarity import clauses, cues
from app.text.tokens import CACHED, Phrases, lexicon, words
from app.text.topics import GENERAL, topic_hits, topics_of, topics_of_clause
from app.text.types import Comment

_STEM = 5
_MAY_BE_NEW = 2
"""So many words of its own may a sentence have beside what comments, topics and frame give it."""
_MAY_BE_NEW_ABROAD = 4
"""The same when comments are in the other language, where only topics can be compared."""
_READER = frozenset(
    {"je", "jij", "jou", "jouw", "you", "your", "hij", "zij", "ze", "hem", "haar", "he", "she", "him", "her"}
)
_WRITERS = frozenset({"we", "wij", "ons", "onze", "us", "our", "ik", "mij", "me", "mijn", "i", "my"})
_NEGATIONS = frozenset({"negator", "never", "few"})
_FAULTS = frozenset({"negative"})


@dataclass(frozen=True, slots=True)
class _Denial:
    """A negation or a fault, with whose it is: what the writers could not do is no fault of the reader."""

    by_writers: bool
    stems: frozenset[str]
    topics: frozenset[str]


def supported(text: str, sources: Sequence[Comment]) -> bool:
    """Whether all topics of a text are those of its sources, and hardly a word of it is new.

    A text without a topic must share a content word with them, unless it says nothing specific at all.
    """
    evidence = [comment.text for comment in sources]
    topics = topics_of([text])
    known = topics_of([*evidence, *(comment.criterion for comment in sources)])
    if topics - known - {"atmosphere"}:
        return False
    own = _content(text)
    shared = own & _content_of(evidence)
    fresh = own - shared - _vocabulary(known | {GENERAL}) - _accounted(text)
    if not topics & known:
        return len(fresh) <= _MAY_BE_NEW if shared else not fresh
    abroad = language_of(" ".join(evidence)) != language_of(text)
    return len(fresh) <= (_MAY_BE_NEW_ABROAD if abroad else _MAY_BE_NEW)


def accuses(text: str, evidence: Sequence[str]) -> bool:
    """Whether the text blames the reader for something that its evidence does not.

    Two ways: a fault named in words that no comment has, and a denial that the comments make of their writers
    ("we did not know what to do") or do not make at all, turned against the reader.
    """
    spoken = _content_of(evidence) | {word for part in evidence for word in words(part)}
    for clause in clauses(text):
        folded = words(clause)
        for hit in cues(folded):
            cue = folded[hit.start : hit.end]
            named = [word for word in cue if word not in FUNCTION_WORDS] or cue
            if hit.label == "negative" and not any(word in spoken or _stem(word) in spoken for word in named):
                return True
    denials = _denials(text, _NEGATIONS)
    return any(not denial.by_writers and not _grounded(denial, evidence) for denial in denials)


def copies(text: str, evidence: Iterable[str], length: int) -> bool:
    """Whether the text has this many words in a row in common with one of these texts."""
    own = words(text)
    runs = {own[at : at + length] for at in range(len(own) - length + 1)}
    return bool(runs) and any(
        other[at : at + length] in runs
        for other in map(words, evidence)
        for at in range(len(other) - length + 1)
    )


def _grounded(denial: _Denial, evidence: Sequence[str]) -> bool:
    """Whether the evidence denies the same, or names a fault on that topic, and not of its own writers."""
    denied = [ground for part in evidence for ground in _denials(part, _NEGATIONS)]
    alike = [ground for ground in denied if ground.stems & denial.stems] or denied
    faults = [
        ground for part in evidence for ground in _denials(part, _FAULTS) if ground.topics & denial.topics
    ]
    return any(not ground.by_writers for ground in (*alike, *faults))


def _denials(text: str, labels: frozenset[str]) -> list[_Denial]:
    """The cues of these kinds in a text, each with the nearest person before it in its clause, or after."""
    found: list[_Denial] = []
    for clause in clauses(text):
        folded = words(clause)
        for hit in cues(folded):
            if hit.label not in labels:
                continue
            around = [*reversed(folded[: hit.start]), *folded[hit.end :]]
            person = next((word for word in around if word in _READER or word in _WRITERS), "")
            found.append(_Denial(person in _WRITERS, _content(clause), topics_of_clause(clause)))
    return found


@lru_cache(maxsize=CACHED)
def _content(text: str) -> frozenset[str]:
    """Stems of the words that mean something."""
    return frozenset(_stem(word) for word in words(text) if _means_something(word))


@lru_cache(maxsize=8 * CACHED)
def _means_something(word: str) -> bool:
    return len(word) > 2 and word not in FUNCTION_WORDS and not _plain().find((word,))


def _content_of(texts: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*map(_content, texts))


def _stem(word: str) -> str:
    """The first letters, without the prefix of a Dutch participle: crude, and the same for both languages."""
    if word.startswith("ge") and len(word) > 6:
        word = word[2:]
    return word[:_STEM]


@lru_cache(maxsize=CACHED)
def _accounted(text: str) -> frozenset[str]:
    """Stems of words that are checked elsewhere: as cues of polarity and as topics."""
    accounted: set[str] = set()
    for clause in clauses(text):
        folded = words(clause)
        for hit in (*cues(folded), *topic_hits(folded)):
            accounted.update(map(_stem, folded[hit.start : hit.end]))
    return frozenset(accounted)


@cache
def _plain() -> Phrases:
    return Phrases(
        (section, entry) for section, entry in lexicon("sentence") if section in {"plain", "reporting", "few"}
    )


@lru_cache(maxsize=256)
def _vocabulary(topics: frozenset[str]) -> frozenset[str]:
    """Stems of the words in which the rule-based writer speaks of these topics; they add nothing to them."""
    spoken = [
        wording[topic]
        for wording in (phrasing_nl.WORDING, phrasing_en.WORDING)
        for topic in topics
        if topic in wording
    ]
    return _content_of(
        part
        for wording in spoken
        for part in (wording.subject, wording.strong, wording.wish, *wording.praise, *wording.hope)
    )
