"""Properties of the whole pure path, on comments put together at random."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.locale import Locale
from app.text.anonymise import Anonymiser, anonymise
from app.text.fallback_writer import merge, statements_by_rule, write_by_rule
from app.text.input_screen import screen
from app.text.polarity import clauses, judge
from app.text.prompt import sort_prompts
from app.text.tokens import fold, words
from app.text.types import Comment, Kind, RosterName, Statement
from app.text.verify import verify_sentence, verify_statement, verify_summary
from tests.app.text.corpus import CORPUS

ROSTER = (
    RosterName("Sanne", "Vries", "de", ("Sanneke",)),
    RosterName("Youssef", "Amrani", "el"),
    RosterName("Björn", "Ångström"),
    RosterName("Tim", "Berg", "van den"),
    RosterName("Anna-Sophie", "Groot", "de"),
)
ANONYMISER = Anonymiser(ROSTER)
NAMES = (
    "Sanne",
    "sanne",
    "Sanneke",
    "Sannetje",
    "Sanne's",
    "SANNE",
    "Youssef",
    "Yousef",
    "el Amrani",
    "Björn",
    "bjorn",
    "Ångström",
)
LOCALES = st.sampled_from(("nl", "en"))
SENTENCES = st.sampled_from([text for text, _ in CORPUS])
NAMED = st.builds(lambda text, name: f"{text} {name}", SENTENCES, st.sampled_from(NAMES))
TEXTS = st.lists(st.one_of(SENTENCES, NAMED, st.text(max_size=60)), min_size=1, max_size=3).map(". ".join)
FEW = settings(max_examples=60, deadline=None)


def _comments(texts: list[str]) -> tuple[Comment, ...]:
    raw = [Comment(number, text, number) for number, text in enumerate(texts, 1)]
    return anonymise(raw, ANONYMISER)


@FEW
@given(TEXTS)
def test_anonymising_twice_changes_nothing_more(text: str) -> None:
    once = ANONYMISER.clean(text)
    assert ANONYMISER.clean(once) == once
    assert "name" not in ANONYMISER.leaks(once)


@FEW
@given(st.lists(TEXTS, min_size=1, max_size=8), LOCALES)
def test_no_name_survives_into_a_summary_or_a_prompt(texts: list[str], locale: Locale) -> None:
    comments = _comments(texts)
    said = " ".join(sentence.text for sentence in write_by_rule(comments, locale))
    asked = " ".join(prompt.user for prompt in sort_prompts(screen(comments).usable, locale, 2000))
    for name in ("sanne", "sanneke", "youssef", "amrani", "bjorn", "angstrom", "sophie"):
        assert name not in {fold(word) for word in words(said + " " + asked)}


@FEW
@given(st.lists(TEXTS, min_size=1, max_size=10), LOCALES)
def test_what_the_rules_write_passes_every_check(texts: list[str], locale: Locale) -> None:
    comments = _comments(texts)
    sentences = write_by_rule(comments, locale)
    if sentences[0].kind is Kind.NOTE:
        assert all(not sentence.sources for sentence in sentences)
        return
    assert verify_summary(sentences) is None
    usable = {comment.number: comment for comment in screen(comments).usable}
    seen = [usable.get(comment.number, comment) for comment in comments]
    for sentence in sentences:
        statement = None if sentence.kind is Kind.TIP else Statement(sentence.kind, "", sentence.sources)
        assert verify_sentence(sentence.text, statement, seen, ANONYMISER, locale) is None, sentence.text


@FEW
@given(st.lists(SENTENCES, min_size=1, max_size=10), LOCALES)
def test_claims_by_rule_stand_and_merging_loses_no_kind(texts: list[str], locale: Locale) -> None:
    usable = screen(_comments(texts)).usable
    statements = statements_by_rule(usable, locale)
    assert all(set(statement.sources) <= {comment.number for comment in usable} for statement in statements)
    merged = merge(statements)
    assert len(merged) <= 5
    assert bool(merged) == bool(statements)


@FEW
@given(st.text(max_size=300))
def test_any_text_at_all_is_judged_and_screened(text: str) -> None:
    judge(text)
    assert all(clause.strip() for clause in clauses(text))
    screen([Comment(1, text, 1)])
    verify_statement(Statement(Kind.STRENGTH, text, (1,)), [Comment(1, text, 1)])
    verify_sentence(text, None, [], ANONYMISER, "nl")
