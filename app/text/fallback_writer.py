"""The rule-based writer: a summary without a model that quotes no one and claims nothing it cannot count."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from app.core.locale import Locale
from app.text import phrasing_en, phrasing_nl
from app.text.input_screen import screen
from app.text.phrasing import Phrasing, Wording
from app.text.polarity import Polarity, judge
from app.text.topics import GENERAL, points, topics_of
from app.text.types import Comment, Kind, Sentence, Statement

MAX_WORDS = 120
"""Of a whole summary (PRODUCT.md section 4)."""
MAX_CLAIMS = 5
"""With the tip that makes six sentences."""

_WORDING: dict[Locale, dict[str, Wording]] = {"nl": phrasing_nl.WORDING, "en": phrasing_en.WORDING}
_PHRASING: dict[Locale, Phrasing] = {"nl": phrasing_nl.PHRASING, "en": phrasing_en.PHRASING}
_TOPIC_OF_TEXT = {
    text: topic
    for wording in _WORDING.values()
    for topic, spoken in wording.items()
    for text in (spoken.strong, spoken.wish, spoken.subject)
}
_KIND = {Polarity.POSITIVE: Kind.STRENGTH, Polarity.NEGATIVE: Kind.GROWTH}
_ORDER = {Kind.STRENGTH: 0, Kind.GROWTH: 1, Kind.MIXED: 2}
_MATTERING = {Kind.STRENGTH: {Polarity.POSITIVE}, Kind.GROWTH: {Polarity.NEGATIVE}}


def statements_by_rule(comments: Iterable[Comment], locale: Locale = "nl") -> tuple[Statement, ...]:
    """One claim per topic and polarity that the comments' clauses show, with all comments that show it.

    What cannot be judged yields nothing. A judgement about nothing in particular counts only for a comment
    that yields nothing else, and as criticism only when two comments make it: a wish that names nothing
    helps nobody, and is where a misread compliment would end up.
    """
    found: dict[tuple[str, Kind], set[int]] = {}
    for comment in comments:
        if (overall := judge(comment.text)) is Polarity.UNKNOWN:
            continue
        seen = {
            (topic, _KIND[point.polarity])
            for point in points(comment.text)
            if point.polarity in _KIND
            for topic in point.topics
        }
        if not seen and overall in _KIND:
            about = _topics_of_criterion(comment) if overall is Polarity.POSITIVE else frozenset()
            seen = {(topic, _KIND[overall]) for topic in about or {GENERAL}}
        for key in seen:
            found.setdefault(key, set()).add(comment.number)
    if len(found.get((GENERAL, Kind.GROWTH), ())) == 1:
        del found[GENERAL, Kind.GROWTH]
    wording = _WORDING[locale]
    return tuple(
        Statement(
            kind,
            wording[topic].strong if kind is Kind.STRENGTH else wording[topic].wish,
            tuple(sorted(sources)),
        )
        for (topic, kind), sources in sorted(
            found.items(), key=lambda item: (-len(item[1]), _rank(item[0][0]))
        )
    )


def merge(statements: Iterable[Statement], limit: int = MAX_CLAIMS) -> tuple[Statement, ...]:
    """At most `limit` claims: one per topic, praise first, then growth, then points on which comments differ.

    Claims on one topic are joined; if they contradict each other they become one MIXED claim. The best
    supported go first, and growth is never crowded out by praise.
    """
    by_topic: dict[str, Statement] = {}
    for statement in statements:
        topic = topic_of(statement)
        key = f"{topic}:{statement.kind}" if topic == GENERAL else topic
        known = by_topic.get(key)
        by_topic[key] = statement if known is None else _join(known, statement)
    ranked = sorted(
        by_topic.values(), key=lambda statement: (topic_of(statement) == GENERAL, -len(statement.sources))
    )
    kept = _fairly(ranked, limit)
    return tuple(sorted(kept, key=lambda statement: _ORDER[statement.kind]))


def topic_of(statement: Statement, comments: Sequence[Comment] = ()) -> str:
    """The one topic that a claim is about: from its text, else from the clauses that it rests on."""
    known = _TOPIC_OF_TEXT.get(statement.text)
    if known:
        return known
    own = topics_of([statement.text])
    texts = [comment.text for comment in comments if comment.number in statement.sources]
    polarities = _MATTERING.get(statement.kind, {Polarity.POSITIVE, Polarity.NEGATIVE})
    seen = Counter(
        topic
        for text in texts
        for point in points(text)
        if point.polarity in polarities
        for topic in point.topics
    )
    candidates = [topic for topic in seen if topic in own] or list(own) or list(seen)
    return min(candidates, key=lambda topic: (-seen[topic], _rank(topic)), default=GENERAL)


def sentence_for(
    statement: Statement, reviewers_total: int, comments: Sequence[Comment], locale: Locale, index: int
) -> Sentence:
    """The sentence that says this claim in the pupil's language, with a count of who said so."""
    topic = topic_of(statement, comments)
    wording, phrasing = _WORDING[locale][topic], _PHRASING[locale]
    if statement.kind is Kind.MIXED:
        text = phrasing.differ[index % len(phrasing.differ)].format(subject=wording.subject)
        return Sentence(index, statement.kind, text, statement.sources)
    praise = statement.kind is Kind.STRENGTH
    body = (wording.praise if praise else wording.hope)[index % 2]
    count = len({comment.reviewer for comment in _peers(comments, statement.sources)})
    if count == 0 and any(comment.number in statement.sources for comment in comments):
        opening = phrasing.self_praise if praise else phrasing.self_hope
    else:
        opening = _opening(phrasing, count, reviewers_total, praise, index)
    return Sentence(index, statement.kind, f"{opening} {body}.", statement.sources)


def tip_for(statements: Sequence[Statement], locale: Locale, index: int) -> Sentence:
    """One practical tip, labelled as such: for the first thing to grow in, else for the first strength."""
    phrasing = _PHRASING[locale]
    wished = next((statement for statement in statements if statement.kind is not Kind.STRENGTH), None)
    chosen = wished or next(iter(statements), None)
    if chosen is None:
        return Sentence(index, Kind.TIP, phrasing.general_tips[index % len(phrasing.general_tips)])
    wording = _WORDING[locale][topic_of(chosen)]
    step = wording.step[index % 2] if wished else wording.keep
    return Sentence(index, Kind.TIP, labelled(f"{step}."), chosen.sources)


def labelled(tip: str) -> str:
    """The tip with "Tip: " before it, once; the word is the same in both languages."""
    bare = tip.strip()
    return bare if bare.lower().startswith("tip:") else f"Tip: {bare[:1].lower()}{bare[1:]}"


def compose(
    found: Iterable[Statement], comments: Sequence[Comment], locale: Locale
) -> tuple[tuple[Statement, ...], tuple[Sentence, ...]]:
    """The merged claims that fit within the word limit, and a summary of them: a sentence each, then a tip.

    `comments` are all of the pupil's, also those that say nothing: "everyone" counts their writers too. No
    claims: no sentences.
    """
    found = tuple(found)
    total = len({comment.reviewer for comment in comments if comment.kind == "peer"})
    statements: tuple[Statement, ...] = ()
    sentences: list[Sentence] = []
    for limit in range(MAX_CLAIMS, 0, -1):
        statements = merge(found, limit)
        sentences = [
            sentence_for(statement, total, comments, locale, index)
            for index, statement in enumerate(statements)
        ]
        if len(sentences) == 1:
            sentences.append(_second(sentences[0], _PHRASING[locale]))
        if sentences:
            sentences.append(tip_for(statements, locale, len(sentences)))
        if sum(len(sentence.text.split()) for sentence in sentences) <= MAX_WORDS:
            break
    return statements, tuple(sentences)


def write_by_rule(comments: Iterable[Comment], locale: Locale) -> tuple[Sentence, ...]:
    """Three to six sentences from anonymised comments; an honest note when there is no point in them."""
    comments = tuple(comments)
    usable = screen(comments).usable
    _, sentences = compose(statements_by_rule(usable, locale), replaced(comments, usable), locale)
    return sentences or empty_sentences(locale, "nothing_concrete")


def replaced(comments: Iterable[Comment], usable: Iterable[Comment]) -> tuple[Comment, ...]:
    """All comments, those that were screened in their screened form."""
    screened = {comment.number: comment for comment in usable}
    return tuple(screened.get(comment.number, comment) for comment in comments)


def empty_sentences(locale: Locale, reason: Literal["too_few", "nothing_concrete"]) -> tuple[Sentence, ...]:
    """What stands in the place of a summary that cannot be made."""
    phrasing = _PHRASING[locale]
    texts = phrasing.too_few if reason == "too_few" else phrasing.nothing_concrete
    return tuple(
        Sentence(index, Kind.TIP if text.startswith("Tip:") else Kind.NOTE, text)
        for index, text in enumerate(texts)
    )


def _second(first: Sentence, phrasing: Phrasing) -> Sentence:
    """A summary of a single point says once more what kind of point it is."""
    more = {
        Kind.STRENGTH: phrasing.strong_more,
        Kind.GROWTH: phrasing.hope_more,
        Kind.MIXED: phrasing.differ_more,
    }
    return Sentence(1, first.kind, more[first.kind], first.sources)


def _opening(phrasing: Phrasing, count: int, total: int, praise: bool, index: int) -> str:
    singular, plural = (phrasing.praise if praise else phrasing.hope)[index % 3]
    if count <= 1:
        return f"{phrasing.one[index % len(phrasing.one)]} {singular}"
    if count == total and total >= 3:
        return f"{phrasing.everyone} {singular}"
    if count >= 4 and 2 * count > total:
        return f"{phrasing.most} {plural}"
    return f"{phrasing.few[index % len(phrasing.few)]} {plural}"


def _join(first: Statement, second: Statement) -> Statement:
    sources = tuple(sorted({*first.sources, *second.sources}))
    if first.kind is second.kind:
        text = first.text if second.text in first.text else f"{first.text}; {second.text}"
        return Statement(first.kind, text if first.text not in _TOPIC_OF_TEXT else first.text, sources)
    topic = topic_of(first)
    text = f"{first.text}; {second.text}" if first.text not in _TOPIC_OF_TEXT else _subject(first.text, topic)
    return Statement(Kind.MIXED, text, sources)


def _subject(text: str, topic: str) -> str:
    locale: Locale = "nl" if text in {_WORDING["nl"][topic].strong, _WORDING["nl"][topic].wish} else "en"
    return _WORDING[locale][topic].subject


def _fairly(ranked: Sequence[Statement], limit: int) -> list[Statement]:
    """The first `limit`, but with at least one of each kind that there is."""
    kept = list(ranked[:limit])
    for kind in (Kind.GROWTH, Kind.STRENGTH, Kind.MIXED):
        missing = next((statement for statement in ranked if statement.kind is kind), None)
        if missing is None or any(statement.kind is kind for statement in kept):
            continue
        counts = Counter(statement.kind for statement in kept)
        crowded = [statement for statement in kept if counts[statement.kind] > 1]
        if crowded:
            kept[kept.index(crowded[-1])] = missing
    return kept


def _peers(comments: Iterable[Comment], sources: Sequence[int]) -> list[Comment]:
    return [comment for comment in comments if comment.number in sources and comment.kind == "peer"]


def _topics_of_criterion(comment: Comment) -> frozenset[str]:
    return topics_of([comment.criterion]) if comment.criterion else frozenset()


def _rank(topic: str) -> int:
    return list(_WORDING["nl"]).index(topic)
