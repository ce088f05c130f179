"""Polarity: whether a text praises or criticises, judged by lexicon and rules; never guessed.

The model's own judgement of a comment is not believed (docs/adr/0010-evidence-before-sentences.md): this one
must agree with it. `unknown` is an honest answer and always the safe one; praise for a complaint is the one
mistake that must not be.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain

from app.text.normalise import visible
from app.text.tokens import CACHED, Hit, Phrases, fold, lexicon, words


class Polarity(StrEnum):
    """What a text says of the behaviour that it is about."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    MIXED = "mixed"
    NEUTRAL = "neutral"
    """Says nothing about anything: "ok", "-", "geen opmerkingen"."""
    UNKNOWN = "unknown"


_FILES = ("polarity.nl", "polarity.en")
_NEGATION_REACH = 5
"""Words between "niet" and what it denies; more in one clause are rare in pupils' comments."""
_LONGEST_NEUTRAL = 12
_BACKWARD_REACH = 3
"""Dutch denies a verb from behind: "hielp mij niet"."""

_DENIED_BEFORE = frozenset({"positive", "expected", "mild"})
_WEIGHTY = frozenset({"positive", "negative", "weak", "mild", "few"})

_PRONOUN_OR_MODAL = (
    r"je|jij|hij|zij|ze|ik|we|wij|mag|kan|kon|moet|zou|had|heeft|is|was|bent|werkt|nam|kwam|komt|deed|helpt|hielp"
    r"|luistert|goede?|goeie|slechte?|leuke?|fijne?|mooie?|creatieve|duidelijke|veel|weinig|te|niet|geen|nooit|vaak"
    r"|altijd|soms|you|he|she|they|i|could|should|would|can|is|was|has|did|does|helped|came|never|always|often|not"
    r"|good|bad|great|too"
)
_BREAK = re.compile(
    r"[.!?](?=\s|$)|[;\n\r,()]+|\s[-–—]\s|"
    r"\b(?:maar|echter|hoewel|terwijl|ondanks\sdat|behalve\sdat|want|omdat)\b|"
    r"\b(?:however|although|though|whereas|because|except)\b|"
    r"(?<!\banything\s)(?<!\bnothing\s)(?<!\blast\s)(?<!\bno\sone\s)\bbut\b|"
    rf"\b(?:en|and)\s(?=(?:{_PRONOUN_OR_MODAL})\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=CACHED)
def clauses(text: str) -> tuple[str, ...]:
    """The parts of a text that can each praise or criticise: cut at full stops, commas, "maar" and so on."""
    return tuple(part for piece in _BREAK.split(visible(text)) if (part := piece.strip(" \t\"'“”‘’*:")))


@lru_cache(maxsize=CACHED)
def judge(text: str) -> Polarity:
    """The polarity of a whole comment: that of its clauses, together."""
    if _is_neutral(words(text)):
        return Polarity.NEUTRAL
    parts = clauses(text)
    found = together(judge_clause(part) for part in parts)
    if found is Polarity.POSITIVE and any(map(_casts_doubt, parts)):
        return Polarity.UNKNOWN
    return found


def together(polarities: Iterable[Polarity]) -> Polarity:
    """One polarity for several; a clause that says nothing or cannot be told does not weigh."""
    seen = set(polarities)
    if Polarity.MIXED in seen or {Polarity.POSITIVE, Polarity.NEGATIVE} <= seen:
        return Polarity.MIXED
    for decided in (Polarity.NEGATIVE, Polarity.POSITIVE, Polarity.UNKNOWN):
        if decided in seen:
            return decided
    return Polarity.NEUTRAL


@lru_cache(maxsize=CACHED)
def judge_clause(clause: str) -> Polarity:
    """The polarity of one clause, as `clauses` gives them."""
    text = words(clause)
    if not text or _is_neutral(text):
        return Polarity.NEUTRAL
    found = cues(text)
    hits = [hit for hit in found if hit.label != "ignore"]
    labels = {hit.label for hit in hits}
    if "mixed" in labels:
        return Polarity.MIXED
    if "hedge" in labels or _is_order(text, found):
        return Polarity.NEGATIVE
    return _decide(_resolve(hits), labels, len(text))


def _is_order(text: tuple[str, ...], found: tuple[Hit, ...]) -> bool:
    """Whether the clause asks for something ("Be on time"): that is no praise, whatever it names."""
    order = next(iter(_order_phrases().find(text)), None)
    if order is None or order.start > 0:
        return False
    return not any(hit.start == 0 and hit.end > order.end for hit in found)


@lru_cache(maxsize=CACHED)
def _casts_doubt(clause: str) -> bool:
    """Whether praise beside this clause may not be meant: it sounds ironic, or denies something unknown."""
    if judge_clause(clause) is not Polarity.UNKNOWN:
        return False
    return any(hit.label in {"negator", "never", "irony"} for hit in cues(words(clause)))


@lru_cache(maxsize=CACHED)
def cues(text: tuple[str, ...]) -> tuple[Hit, ...]:
    """Every cue of the lexicon in these folded words, by section name."""
    return _judging_phrases().find(text)


def _decide(seen: set[str], labels: set[str], length: int) -> Polarity:
    praise, blame = "praise" in seen, "blame" in seen
    if praise and blame:
        return Polarity.MIXED
    if blame:
        return Polarity.NEGATIVE
    if praise:
        doubtful = labels & {"irony", "sometimes"} or "weak" in seen or "denied" in seen
        return Polarity.UNKNOWN if doubtful else Polarity.POSITIVE
    if "mild" in seen and length > 1 and not labels & {"irony", "sometimes"} and "denied" not in seen:
        return Polarity.POSITIVE
    if "weak" in seen:
        return Polarity.UNKNOWN if "denied" in seen else Polarity.NEGATIVE
    return Polarity.NEUTRAL if "absent" in seen and "denied" not in seen else Polarity.UNKNOWN


def _resolve(hits: list[Hit]) -> set[str]:
    """What stands after negation: praise, blame, weak, mild, absent (a fault denied) or denied (the rest)."""
    seen: set[str] = set()
    used: set[int] = set()
    for at, hit in enumerate(hits):
        if hit.label in {"negator", "never", "few"}:
            targets = _targets(hits, at, used)
            if not targets:
                seen.add("blame" if hit.label == "few" else "denied")
            for target in targets:
                used.add(target)
                seen.add(_denied(hit.label, hits[target].label))
    plain = {"positive": "praise", "litotes": "praise", "negative": "blame", "weak": "weak", "mild": "mild"}
    seen |= {plain[hit.label] for at, hit in enumerate(hits) if at not in used and hit.label in plain}
    return seen


def _targets(hits: list[Hit], at: int, used: set[int]) -> list[int]:
    """What the negation at hits[at] is about: praise that follows, or one fault, else what went before."""
    near = [
        index
        for index in range(at + 1, len(hits))
        if index not in used and hits[index].start - hits[at].end <= _NEGATION_REACH
    ]
    weighty = [index for index in near if hits[index].label in _WEIGHTY]
    if weighty:
        praise = [index for index in weighty if hits[index].label in {"positive", "mild"}]
        return praise if praise and praise[0] == weighty[0] else weighty[:1]
    for index in range(at - 1, -1, -1):
        if hits[at].start - hits[index].end > _BACKWARD_REACH:
            break
        adjacent = hits[at].start == hits[index].end
        if index not in used and hits[index].label in (
            _WEIGHTY | {"expected"} if adjacent else _DENIED_BEFORE
        ):
            return [index]
    return [index for index in near[:1] if hits[index].label == "expected"]


def _denied(negation: str, cue: str) -> str:
    if cue in {"positive", "expected", "mild"}:
        return "blame"
    if cue == "few":
        return "denied"
    return "praise" if negation == "never" else "absent"


def _is_neutral(text: tuple[str, ...]) -> bool:
    """Whether nothing but neutral words and their fillers are left, with at least one neutral word."""
    if len(text) > _LONGEST_NEUTRAL or not all(word in _neutral_words() or word.isdigit() for word in text):
        return False
    hits = _neutral_phrases().find(text)
    covered = sum(hit.end - hit.start for hit in hits)
    neutral = any(hit.label == "neutral" for hit in hits) or (
        bool(text) and all(word.isdigit() for word in text)
    )
    return neutral and covered + sum(word.isdigit() for word in text) == len(text)


@cache
def _judging_phrases() -> Phrases:
    """Praise reaches over no denial: "houdt zich niet aan de planning" is no "houdt … aan … planning"."""
    denials = {entry for section, entry in _entries() if section in {"negator", "never"} and entry.isalpha()}
    wanted = ((label, entry) for label, entry in _entries() if label not in {"neutral", "filler", "order"})
    return Phrases(wanted, {"positive": frozenset(denials)})


@cache
def _neutral_phrases() -> Phrases:
    return _phrases(lambda section: section in {"neutral", "filler"})


@cache
def _order_phrases() -> Phrases:
    return _phrases(lambda section: section == "order")


@cache
def _neutral_words() -> frozenset[str]:
    return frozenset(
        fold(word)
        for section, entry in _entries()
        if section in {"neutral", "filler"}
        for word in entry.split()
    )


def _phrases(wanted: Callable[[str], bool]) -> Phrases:
    return Phrases((section, entry) for section, entry in _entries() if wanted(section))


def _entries() -> Iterator[tuple[str, str]]:
    return chain.from_iterable(lexicon(name) for name in _FILES)
