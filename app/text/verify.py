"""Verify: whether a claim may be written from and a sentence shown. What cannot be told is refused."""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from app.core.locale import Locale
from app.text.anonymise import Anonymiser
from app.text.grounding import accuses, copies, supported
from app.text.input_screen import unfit
from app.text.languages import language_of
from app.text.parse import debris
from app.text.polarity import Polarity, clauses, judge, judge_clause, together
from app.text.tokens import CACHED, Hit, Phrases, lexicon, words
from app.text.topics import points, points_about, topics_of
from app.text.types import Comment, Kind, Rejection, Sentence, Statement

MIN_SENTENCES, MAX_SENTENCES = 3, 7
MAX_SUMMARY_WORDS = 120
MIN_WORDS, MAX_WORDS, MAX_CHARS = 3, 30, 240
MAX_COPIED_WORDS = 8
"""More words in a row from one comment are a quotation, and quotations give their writer away."""

_WANTED = {
    Kind.STRENGTH: Polarity.POSITIVE,
    Kind.GROWTH: Polarity.NEGATIVE,
    Kind.MIXED: Polarity.MIXED,
}
_SECOND_PERSON: dict[Locale, frozenset[str]] = {
    "nl": frozenset({"je", "jij", "jou", "jouw", "jezelf", "jouzelf"}),
    "en": frozenset({"you", "your", "yours", "yourself"}),
}
_LOOKS_BACK = re.compile(
    r"\b(?:je|jij|you)\s(?:was|were|did|had|deed|kwam|wist|hielp|werkte|luisterde|zei|knew|came|never)\b"
    r"|\b(?:was|deed|kwam|had|wist|hielp|werkte|luisterde)\s(?:je|jij)\b",
    re.IGNORECASE,
)
_INNER_END = re.compile(r"[.!?…]+[\"'”’)]*\s+\S")
_ENDING = re.compile(r"[.!?][\"'”’)]?$")
_MARKS = re.compile(r"[\n\r\t*_#`<>{}\[\]|\\=@]|https?:|\.\.\.|[\"“”„]")
_REFUSED = ("fraction", "nobody", "character", "comparison", "grade", "prediction", "meta", "third")
_COUNTS = ("one", "few", "most", "everyone")
_CODES = {"third": "person", "nobody": "quantifier", "fraction": "quantifier"}


def verify_statement(statement: Statement, comments: Sequence[Comment]) -> Rejection | None:
    """Whether a claim rests on its comments and says of them what code, too, reads in them.

    Codes: kind, no_sources, unknown_source, unfit, neutral_source, unsupported, accusation, polarity,
    unclear.
    """
    sources = [comment for comment in comments if comment.number in statement.sources]
    texts = [comment.text for comment in sources]
    return _first(
        lambda: None if statement.kind in _WANTED else "kind",
        lambda: None if statement.sources else "no_sources",
        lambda: (
            None if {comment.number for comment in sources} == set(statement.sources) else "unknown_source"
        ),
        lambda: "unfit" if unfit(statement.text) else None,
        lambda: "neutral_source" if Polarity.NEUTRAL in map(judge, texts) else None,
        lambda: None if all(supported(statement.text, [comment]) for comment in sources) else "unsupported",
        lambda: "accusation" if accuses(statement.text, texts) else None,
        lambda: _disagreement(statement, sources),
    )


def verify_sentence(
    text: str,
    statement: Statement | None,
    comments: Sequence[Comment],
    anonymiser: Anonymiser,
    locale: Locale,
) -> Rejection | None:
    """Whether the pupil may read this sentence; `statement` is what it must say, None for a tip.

    `comments` are all anonymised comments of the summary. Codes: format, refusal, markup, json, list,
    preamble, length, sentences, language, person, leak, unfit, character, comparison, grade, prediction,
    meta, polarity, quantifier, quote, unsupported, accusation.
    """
    return _first(
        lambda: _form(text),
        lambda: _address(text, statement, locale),
        lambda: "leak" if anonymiser.leaks(text) else None,
        lambda: "unfit" if unfit(text) else None,
        lambda: _wording(text, statement),
        lambda: _blame_in_tip(text) if statement is None else _faithful(text, statement, comments),
    )


def verify_summary(sentences: Sequence[Sentence]) -> Rejection | None:
    """Whether the sentences make a summary. Codes: count, words, tip, order, twice, unsupported."""
    kinds = [sentence.kind for sentence in sentences]
    ranks = [list(Kind).index(kind) for kind in kinds]
    texts = [sentence.text for sentence in sentences]
    return _first(
        lambda: None if MIN_SENTENCES <= len(sentences) <= MAX_SENTENCES else "count",
        lambda: "words" if sum(len(text.split()) for text in texts) > MAX_SUMMARY_WORDS else None,
        lambda: None if kinds.count(Kind.TIP) == 1 and texts[-1].startswith("Tip: ") else "tip",
        lambda: None if kinds[-1] is Kind.TIP else "tip",
        lambda: None if ranks == sorted(ranks) else "order",
        lambda: "twice" if len(set(texts)) < len(texts) else None,
        lambda: None if all(sentence.sources for sentence in sentences[:-1]) else "unsupported",
    )


def _first(*checks: Callable[[], str | None]) -> Rejection | None:
    """The first check that finds something; those after it are not made."""
    code = next((found for check in checks if (found := check())), None)
    return Rejection(code) if code else None


def _disagreement(statement: Statement, sources: Sequence[Comment]) -> str | None:
    """Model and code must agree on every source; where code cannot tell, nothing is claimed."""
    own = judge(statement.text)
    read = [_read(statement, comment) for comment in sources]
    if statement.kind is Kind.MIXED:
        return None if together(read) is Polarity.MIXED else "polarity"
    wanted = _WANTED[statement.kind]
    if any(polarity not in {wanted, Polarity.UNKNOWN, Polarity.NEUTRAL} for polarity in (own, *read)):
        return "polarity"
    if any(polarity is not wanted for polarity in read) or own is Polarity.NEUTRAL:
        return "unclear"
    return None


def _read(statement: Statement, comment: Comment) -> Polarity:
    """What the comment says about the claim's topics; all of it when no clause is about them.

    Of a comment that both praises and criticises one topic, the clauses in the claim's own words decide.
    """
    if (overall := judge(comment.text)) is Polarity.UNKNOWN:
        return overall
    topics = topics_of([statement.text])
    about = points_about(topics, [comment.text]) if topics else []
    if not about:
        about = [
            point
            for point in points(comment.text)
            if supported(statement.text, [_only(comment, point.clause)])
        ]
    found = together(point.polarity for point in about) if about else overall
    if found is not Polarity.MIXED:
        return found
    closest = [point for point in about if copies(statement.text, [point.clause], 2)]
    return together(point.polarity for point in closest) if closest else found


def _only(comment: Comment, clause: str) -> Comment:
    return Comment(comment.number, clause, comment.reviewer)


def _form(text: str) -> str | None:
    bare = text.removeprefix("Tip: ").strip()
    if _MARKS.search(text) or any(not char.isprintable() for char in text):
        return "format"
    if found := debris(bare):
        return found
    if not MIN_WORDS <= len(bare.split()) <= MAX_WORDS or len(text) > MAX_CHARS:
        return "length"
    if _INNER_END.search(bare) or not _ENDING.search(bare):
        return "sentences"
    return None


def _address(text: str, statement: Statement | None, locale: Locale) -> str | None:
    """The pupil's language and the second person; a tip may do without "je", as an order does."""
    if language_of(text) not in {locale, None}:
        return "language"
    if statement is None:
        return None
    return None if _SECOND_PERSON[locale] & set(words(text)) else "person"


def _wording(text: str, statement: Statement | None) -> str | None:
    for hit in _hits(words(text)):
        if hit.label in _REFUSED and not (statement is None and hit.label in {"nobody", "prediction"}):
            return _CODES.get(hit.label, hit.label)
    return "grade" if any(char.isdigit() for char in text) else None


def _faithful(text: str, statement: Statement, comments: Sequence[Comment]) -> str | None:
    sources = [comment for comment in comments if comment.number in statement.sources]
    if not sources:
        return "unsupported"
    if judge(text) is not _WANTED.get(statement.kind):
        return "polarity"
    evidence = [comment.text for comment in sources]
    if not _counts_agree(text, sources, comments):
        return "quantifier"
    if copies(text, evidence, MAX_COPIED_WORDS + 1):
        return "quote"
    if not supported(text, sources):
        return "unsupported"
    return "accusation" if accuses(text, evidence) else None


def _blame_in_tip(text: str) -> str | None:
    """A tip looks ahead: it neither blames nor reports what people said."""
    if any(hit.start <= 1 for hit in _reports(words(text))):
        return "quantifier"
    blamed = (clause for clause in clauses(text) if _LOOKS_BACK.search(clause))
    return "accusation" if any(judge_clause(clause) is not Polarity.POSITIVE for clause in blamed) else None


def _counts_agree(text: str, sources: Sequence[Comment], comments: Sequence[Comment]) -> bool:
    """Whether every "iemand", "een paar", "iedereen" is what counting distinct reviewers gives.

    A quantifier that is not about who said so ("you helped everyone") may stand if a comment has it.
    """
    count = len({comment.reviewer for comment in sources if comment.kind == "peer"})
    total = len({comment.reviewer for comment in comments if comment.kind == "peer"})
    true = {
        "one": count == 1,
        "few": count >= 2,
        "most": count >= 2 and 2 * count > total,
        "everyone": count >= 2 and count == total,
    }
    folded = words(text)
    reports = _reports(folded)
    said = {word for comment in sources for word in words(comment.text)}
    for hit in _hits(folded):
        told = hit in reports or not set(folded[hit.start : hit.end]) <= said
        if hit.label in _COUNTS and told and not true[hit.label]:
            return False
    return True


def _reports(folded: tuple[str, ...]) -> list[Hit]:
    """The quantifiers that say how many people said something: followed by a verb of saying."""
    hits = _hits(folded)
    return [
        hit
        for hit, following in pairwise(hits)
        if hit.label in _COUNTS and following.label == "reporting" and following.start - hit.end <= 3
    ]


@lru_cache(maxsize=CACHED)
def _hits(folded: tuple[str, ...]) -> tuple[Hit, ...]:
    return _phrases().find(folded)


@cache
def _phrases() -> Phrases:
    return Phrases((section, entry) for section, entry in lexicon("sentence") if section != "plain")
