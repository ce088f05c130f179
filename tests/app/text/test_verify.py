"""Verify: every fault that small models were seen to make, and every rule of what a summary may say."""

import pytest

from app.core.locale import Locale
from app.text.anonymise import Anonymiser
from app.text.types import Comment, Kind, RosterName, Sentence, Statement
from app.text.verify import verify_sentence, verify_statement, verify_summary

ANONYMISER = Anonymiser([RosterName("Sanne", "Vries", "de"), RosterName("Tim", "Berg")])
STRENGTH, GROWTH, MIXED = Kind.STRENGTH, Kind.GROWTH, Kind.MIXED
PLANNING = "the planning was unclear, we did not know what you were doing"
PLANNING_NL = "de planning was onduidelijk, we wisten niet wat we moesten doen"


def _comments(*texts: str) -> list[Comment]:
    return [Comment(number, text, number) for number, text in enumerate(texts, 1)]


def _claim_code(kind: Kind, text: str, *comments: str) -> str | None:
    found = verify_statement(Statement(kind, text, tuple(range(1, len(comments) + 1))), _comments(*comments))
    return found.code if found else None


def _code(
    text: str, kind: Kind | None, *comments: str, locale: Locale = "nl", sources: int = 1
) -> str | None:
    statement = None if kind is None else Statement(kind, comments[0], tuple(range(1, sources + 1)))
    found = verify_sentence(text, statement, _comments(*comments), ANONYMISER, locale)
    return found.code if found else None


@pytest.mark.parametrize(
    ("kind", "text", "comment"),
    [
        (GROWTH, "you did not know what you were doing", PLANNING),
        (STRENGTH, "you did not know what you were doing", PLANNING),
        (GROWTH, "je wist niet wat je aan het doen was", PLANNING_NL),
        (GROWTH, "wist niet wat er moest gebeuren door hem", PLANNING_NL),
        (STRENGTH, "the planning was unclear", PLANNING),
        (STRENGTH, "de planning was onduidelijk", PLANNING_NL),
        (STRENGTH, "duidelijke planning", PLANNING_NL),
        (STRENGTH, "no negative aspects mentioned", "was always late"),
        (STRENGTH, "geen negatieve punten genoemd", "Was nooit op tijd"),
        (STRENGTH, "was nooit op tijd", "Was nooit op tijd"),
        (STRENGTH, "was altijd op tijd", "Was nooit op tijd"),
        (STRENGTH, "geen klachten", "Geen klachten"),
        (STRENGTH, "neemt initiatief", "Iets meer initiatief zou mooi zijn"),
        (STRENGTH, "iets meer initiatief zou mooi zijn", "Iets meer initiatief zou mooi zijn"),
        (GROWTH, "reageerde snel in de groepsapp", "Reageerde snel in de groepsapp"),
        (GROWTH, "mag sneller reageren in de groepsapp", "Reageerde snel in de groepsapp"),
        (STRENGTH, "kwam opdagen in zes weken", "twee keer komen opdagen in zes weken"),
        (STRENGTH, "was goed aanwezig", "twee keer komen opdagen in zes weken"),
        (STRENGTH, "luistert goed naar anderen", "Werkt hard aan het verslag"),
        (GROWTH, "was lui", "kwam vaak te laat"),
        (GROWTH, "hielp nooit", "mag iets vaker helpen"),
        (STRENGTH, "ok", "ok"),
        (STRENGTH, "werkt goed samen", "prima"),
        (GROWTH, "is een idioot", "was te laat, idioot"),
        (STRENGTH, "strength, growth, mixed, neutral", "Werkt hard"),
    ],
)
def test_a_wrong_claim_of_a_model_is_refused(kind: Kind, text: str, comment: str) -> None:
    assert _claim_code(kind, text, comment) is not None


@pytest.mark.parametrize(
    ("kind", "text", "comments"),
    [
        (GROWTH, "de planning was onduidelijk", (PLANNING_NL,)),
        (GROWTH, "de planning mag duidelijker", (PLANNING_NL, PLANNING)),
        (GROWTH, "was nooit op tijd", ("Was nooit op tijd",)),
        (GROWTH, "mag iets meer initiatief nemen", ("Iets meer initiatief zou mooi zijn",)),
        (STRENGTH, "reageerde snel in de groepsapp", ("Reageerde snel in de groepsapp",)),
        (STRENGTH, "helpt anderen goed", ("Helpt anderen goed maar mag vaker zelf iets zeggen",)),
        (GROWTH, "mag vaker zelf iets zeggen", ("Helpt anderen goed maar mag vaker zelf iets zeggen",)),
        (STRENGTH, "goede samenwerking", ("Works really well together with the team", "Werkt goed samen")),
        (STRENGTH, "presentatie was niet slecht", ("De presentatie was niet slecht",)),
        (MIXED, "de planning: de meningen verschillen", ("goede planning", "de planning was slecht")),
    ],
)
def test_a_faithful_claim_stands(kind: Kind, text: str, comments: tuple[str, ...]) -> None:
    assert _claim_code(kind, text, *comments) is None


def test_a_claim_rests_on_comments_that_exist() -> None:
    comments = _comments("Werkt hard")
    assert verify_statement(Statement(STRENGTH, "werkt hard", ()), comments) is not None
    assert verify_statement(Statement(STRENGTH, "werkt hard", (2,)), comments) is not None
    assert verify_statement(Statement(Kind.TIP, "werk hard", (1,)), comments) is not None


def test_every_source_must_agree_not_just_one() -> None:
    assert _claim_code(STRENGTH, "luistert goed", "luistert goed", "luistert slecht") == "polarity"
    assert _claim_code(MIXED, "luisteren: wisselend", "luistert goed", "luistert goed") == "polarity"


@pytest.mark.parametrize(
    ("text", "kind", "comment", "code"),
    [
        ("You did not know what you were doing.", GROWTH, PLANNING, "language"),
        ("Je wist niet wat je deed.", GROWTH, PLANNING_NL, "accusation"),
        ("Je plande heel duidelijk.", STRENGTH, "Plande duidelijk", None),
        ("Je planning was niet helder.", GROWTH, PLANNING_NL, None),
        ("Je luistert goed naar anderen.", STRENGTH, "Luistert goed", None),
        ("Je luistert niet goed naar anderen.", STRENGTH, "Luistert goed", "polarity"),
        ("Je luistert goed naar anderen.", GROWTH, "Luistert slecht", "polarity"),
        ("Je mag vaker op tijd komen.", GROWTH, "kwam vaak te laat", None),
        ("Je bent lui.", GROWTH, "Je was best lui", "character"),
        ("Je hielp nooit iemand.", GROWTH, "mag vaker helpen", "accusation"),
        ("Je bent een sukkel.", GROWTH, "sukkel, werkt slecht", "unfit"),
        ("De leerling luistert goed naar jou.", STRENGTH, "Luistert goed", "person"),
        ("Hij luistert goed naar anderen.", STRENGTH, "Luistert goed", "person"),
        ("Luistert goed naar de anderen.", STRENGTH, "Luistert goed", "person"),
        ("You listen well to others.", STRENGTH, "Luistert goed", "language"),
        ("Je luistert goed naar Sanne.", STRENGTH, "Luistert goed", "leak"),
        ("Je luistert goed, mail naar a@b.nl.", STRENGTH, "Luistert goed", "format"),
        ("Iedereen vindt dat je goed luistert.", STRENGTH, "Luistert goed", "quantifier"),
        ("Een paar groepsgenoten vinden dat je goed luistert.", STRENGTH, "Luistert goed", "quantifier"),
        ("Je groepsgenoten vinden dat je goed luistert.", STRENGTH, "Luistert goed", "quantifier"),
        ("Iemand vindt dat je goed luistert.", STRENGTH, "Luistert goed", None),
        ("Je luistert goed, zegt 1 van de 3.", STRENGTH, "Luistert goed", "grade"),
        ("Je luistert goed en je krijgt een 8.", STRENGTH, "Luistert goed", "grade"),
        ("Je luistert goed en verdient een hoog cijfer.", STRENGTH, "Luistert goed", "grade"),
        ("Je luistert beter dan anderen.", STRENGTH, "Luistert goed", "comparison"),
        ("Je luistert goed en je zult later leider worden.", STRENGTH, "Luistert goed", "prediction"),
        ("Je luistert goed, maar je hebt adhd.", STRENGTH, "Luistert goed", "unfit"),
        ("Je luistert goed. Je presenteert goed.", STRENGTH, "Luistert goed", "sentences"),
        ("Je luistert goed naar", STRENGTH, "Luistert goed", "sentences"),
        ("Je luistert goed en je presenteert heel goed.", STRENGTH, "Luistert goed", "unsupported"),
        ("Je luistert goed bij het kamp in Frankrijk met paarden.", STRENGTH, "Luistert goed", "unsupported"),
        ("- Je luistert goed.", STRENGTH, "Luistert goed", "markup"),
        ("**Je luistert goed.**", STRENGTH, "Luistert goed", "format"),
        ('{"text": "Je luistert goed."}', STRENGTH, "Luistert goed", "format"),
        ("1. Je luistert goed.", STRENGTH, "Luistert goed", "list"),
        ("Hier is de zin: je luistert goed.", STRENGTH, "Luistert goed", "preamble"),
        ("Als AI vind ik dat je goed luistert.", STRENGTH, "Luistert goed", "refusal"),
        ("Je\u200b luistert goed naar anderen.", STRENGTH, "Luistert goed", "format"),
        ("Goed!", STRENGTH, "Luistert goed", "length"),
        ("Je luistert " + "heel " * 30 + "goed.", STRENGTH, "Luistert goed", "length"),
        ("Er werden geen negatieve punten over jou genoemd.", STRENGTH, "Luistert goed", "meta"),
    ],
)
def test_a_sentence_says_what_its_claim_says_and_no_more(
    text: str, kind: Kind, comment: str, code: str | None
) -> None:
    assert _code(text, kind, comment, "ok", "prima") == code


def test_praise_is_not_made_of_a_complaint() -> None:
    for text in ("Je zorgde voor een duidelijke planning.", "Je planning was goed."):
        assert _code(text, GROWTH, PLANNING_NL) == "polarity"
    statement = verify_statement(
        Statement(STRENGTH, "zorgde voor een duidelijke planning", (1,)), _comments(PLANNING_NL)
    )
    assert statement is not None


def test_a_comment_copied_whole_is_a_quotation() -> None:
    comment = "Je luistert altijd heel goed naar wat wij als groep allemaal te zeggen hebben"
    assert _code(comment + ".", STRENGTH, comment) is not None


@pytest.mark.parametrize(
    ("text", "sources", "ok"),
    [
        ("Iedereen vindt dat je goed luistert.", 3, True),
        ("Iedereen vindt dat je goed luistert.", 2, False),
        ("De meeste groepsgenoten vinden dat je goed luistert.", 2, True),
        ("Een paar groepsgenoten vinden dat je goed luistert.", 2, True),
        ("Iemand vindt dat je goed luistert.", 2, False),
        ("Niemand vindt dat je slecht luistert, dat is goed.", 3, False),
        ("De helft vindt dat je goed luistert.", 2, False),
    ],
)
def test_quantifiers_agree_with_the_count_of_reviewers(text: str, sources: int, ok: bool) -> None:
    code = _code(text, STRENGTH, "Luistert goed", "luistert heel goed", "goede luisteraar", sources=sources)
    assert (code is None) is ok


def test_one_reviewer_with_two_comments_counts_once() -> None:
    comments = [Comment(1, "luistert goed", 5), Comment(2, "goede luisteraar", 5), Comment(3, "ok", 6)]
    statement = Statement(STRENGTH, "luistert goed", (1, 2))
    assert (
        verify_sentence("Iemand vindt dat je goed luistert.", statement, comments, ANONYMISER, "nl") is None
    )
    assert verify_sentence(
        "Een paar groepsgenoten vinden dat je goed luistert.", statement, comments, ANONYMISER, "nl"
    )


def test_everyone_may_be_who_was_helped_when_a_comment_says_so() -> None:
    assert _code("Je helpt iedereen heel goed.", STRENGTH, "Helpt iedereen goed", "ok") is None
    assert _code("Je helpt iedereen heel goed.", STRENGTH, "Helpt goed", "ok") == "quantifier"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tip: spreek samen af wie wat doet.", None),
        ("Zet een herinnering voor elke afspraak.", None),
        ("Tip: je deed niks, doe dat beter.", "accusation"),
        ("Tip: vraag Sanne om hulp.", "leak"),
        ("Tip: doe iets aan je adhd.", "unfit"),
        ("Tip: wees niet zo lui.", "character"),
        ("Tip: haal een hoger cijfer.", "grade"),
        ("Tip: ask your group for help.", "language"),
        ("Tip: hij moet meer werken.", "person"),
        ("Tip: iedereen vindt dat je meer moet doen.", "quantifier"),
    ],
)
def test_a_tip_looks_ahead(text: str, code: str | None) -> None:
    assert _code(text, None, "werkt hard") == code


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("You listen well to others.", True),
        ("You could be on time more often.", False),
        ("She listens well to you.", False),
        ("Je luistert goed naar anderen.", False),
        ("Everyone says you listen well.", False),
        ("Someone says that you listen well.", True),
    ],
)
def test_the_same_in_english(text: str, ok: bool) -> None:
    assert (_code(text, STRENGTH, "listens well", "ok", locale="en") is None) is ok


def _sentence(index: int, kind: Kind, text: str, *sources: int) -> Sentence:
    return Sentence(index, kind, text, sources)


GOOD = [
    _sentence(0, STRENGTH, "Je luistert goed.", 1),
    _sentence(1, GROWTH, "Je mag vaker op tijd komen.", 2),
    _sentence(2, Kind.TIP, "Tip: zet een wekker.", 2),
]


def test_a_whole_summary_has_its_form() -> None:
    assert verify_summary(GOOD) is None


@pytest.mark.parametrize(
    ("sentences", "code"),
    [
        ([], "count"),
        (GOOD[1:], "count"),
        (GOOD[:1] * 7 + GOOD[2:], "count"),
        ([_sentence(0, STRENGTH, "heel " * 120, 1), *GOOD[1:]], "words"),
        ([GOOD[0], GOOD[1], _sentence(2, GROWTH, "Je mag meer doen.", 1)], "tip"),
        ([GOOD[0], GOOD[2], GOOD[1]], "tip"),
        ([GOOD[0], GOOD[1], _sentence(2, Kind.TIP, "Zet een wekker.")], "tip"),
        ([GOOD[1], GOOD[0], GOOD[2]], "order"),
        ([GOOD[0], GOOD[0], GOOD[2]], "twice"),
        ([_sentence(0, STRENGTH, "Je luistert goed."), *GOOD[1:]], "unsupported"),
    ],
)
def test_a_summary_in_another_form_is_refused(sentences: list[Sentence], code: str) -> None:
    found = verify_summary(sentences)
    assert found is not None
    assert found.code == code
