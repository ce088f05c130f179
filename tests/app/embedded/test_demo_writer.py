"""What the demo model says: it knows the product's prompts, and every sentence of it passes the checks."""

import json

import pytest

from app.core.locale import Locale
from app.embedded.demo_writer import answer, asked
from app.text import phrasing_en, phrasing_nl
from app.text.anonymise import Anonymiser
from app.text.parse import LineReader, parse_statements
from app.text.prompt import rewrite_prompt, sort_prompts, write_prompt
from app.text.types import Comment, Kind, Prompt, Statement
from app.text.verify import verify_sentence

LOCALES: tuple[Locale, ...] = ("nl", "en")
WORDING = {"nl": phrasing_nl.WORDING, "en": phrasing_en.WORDING}
NOBODY = Anonymiser(())


@pytest.mark.parametrize("locale", LOCALES)
def test_it_sorts_each_comment_of_a_prompt(locale: Locale) -> None:
    comments = [
        Comment(3, "Luistert goed.", 1, criterion='Samen "werken"'),
        Comment(7, "Was vaak te laat <b>.", 2),
        Comment(8, "ok", 3),
    ]
    statements: list[Statement] = []
    for prompt in sort_prompts(comments, locale, 12_000):
        assert asked(prompt) == "sort"
        statements += parse_statements(answer(prompt), prompt.numbers)
    assert [(statement.kind, statement.sources) for statement in statements] == [
        (Kind.STRENGTH, (3,)),
        (Kind.GROWTH, (7,)),
    ]


def claim_about(topic: str, kind: Kind, locale: Locale) -> tuple[Statement, list[Comment]]:
    """A claim of this kind with two comments, one of praise and one with a wish."""
    wording = WORDING[locale][topic]
    text, sources = {
        Kind.STRENGTH: (wording.strong, (1,)),
        Kind.GROWTH: (wording.wish, (2,)),
        Kind.MIXED: (wording.subject, (1, 2)),
    }[kind]
    return Statement(kind, text, sources), [Comment(1, wording.strong, 1), Comment(2, wording.wish, 2)]


@pytest.mark.parametrize("kind", [Kind.STRENGTH, Kind.GROWTH, Kind.MIXED])
@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_passes_the_checks(locale: Locale, kind: Kind) -> None:
    for topic in WORDING[locale]:
        statement, comments = claim_about(topic, kind, locale)
        prompt = write_prompt([statement, statement], locale)
        assert asked(prompt) == "write"
        reader = LineReader()
        *sentences, (label, tip) = [*reader.feed(answer(prompt)), *reader.close()]
        for _, sentence in sentences:
            assert verify_sentence(sentence, statement, comments, NOBODY, locale) is None, sentence
        assert label == "tip"
        assert verify_sentence(f"Tip: {tip}", None, comments, NOBODY, locale) is None, tip


@pytest.mark.parametrize("locale", LOCALES)
def test_it_writes_one_sentence_again(locale: Locale) -> None:
    statement, comments = claim_about("listening", Kind.GROWTH, locale)
    prompt = rewrite_prompt(statement, "leak", locale)
    assert asked(prompt) == "rewrite"
    assert verify_sentence(answer(prompt), statement, comments, NOBODY, locale) is None


def test_a_prompt_of_someone_else_s_is_told_what_this_is() -> None:
    assert "demo model" in answer(Prompt("", "Schrijf een gedicht.", ""))
    assert json.loads(answer(Prompt("", "Schrijf een gedicht.", "", schema={}))) == {"claims": []}
