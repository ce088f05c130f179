"""What goes wrong with a model: down, slow, cut, talking nonsense, or small and wrong. None is shown."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.http import make_client
from app.llm import HttpModel, ModelFault, make_model
from app.settings import LlmSettings
from app.text.generate import fallback, generate
from app.text.types import Draft, Kind, Method
from tests.app.text.generating import GOOD, Heard, material, sorted_as
from tests.support import model_scripts as scripts
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer

PLANNING = "De planning was onduidelijk, we wisten niet wat we moesten doen."


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with make_client() as made:
        yield made


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


@pytest.fixture
def model(server: ModelServer, client: httpx.AsyncClient) -> HttpModel:
    options = LlmSettings("ollama", (server.url,), "m", first_token_timeout=3, total_timeout=5)
    return make_model(options, client)


@pytest.fixture
def heard() -> Heard:
    return Heard()


SERVER_FAULTS = [
    (scripts.status(429, retry_after="5"), "busy"),
    (scripts.status(500), "http_error"),
    (scripts.html_page(502), "http_error"),
    (scripts.html_page(200), "not_json"),
    (scripts.error_line(), "http_error"),
    (scripts.cut(after=120), "cut"),
    (scripts.slow_start(30), "timeout_first_token"),
    (scripts.status(404), "model_missing"),
]


@pytest.mark.parametrize(
    ("script", "code"), SERVER_FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
@pytest.mark.parametrize("at", ["sort", "write"])
async def test_a_fault_of_the_server_is_the_caller_s_to_judge(
    server: ModelServer, model: HttpModel, heard: Heard, script: scripts.Script, code: str, at: str
) -> None:
    """Nothing has been shown yet: the job stores the fallback and tries again later."""
    if at == "sort":
        server.scripts["sort"] = script
    else:
        server.scripts["write"] = script
    with pytest.raises(ModelFault) as caught:
        await generate(material(*GOOD), model, heard)
    assert caught.value.code == code
    assert not heard.sentences
    await eventually(lambda: server.count("open") == 0)


async def test_a_model_that_is_down(server: ModelServer, model: HttpModel, heard: Heard) -> None:
    await server.stop()
    with pytest.raises(ModelFault) as caught:
        await generate(material(*GOOD), model, heard)
    assert (caught.value.code, caught.value.retryable) == ("unreachable", True)


@pytest.mark.parametrize(
    ("script", "check"),
    [
        (scripts.cut(after=1200), "model_cut"),
        (scripts.error_line(after=14), "model_http_error"),
        (scripts.hold(after=14), "model_timeout_total"),
    ],
    ids=["cut", "error", "hang"],
)
async def test_once_a_sentence_was_shown_the_rest_is_composed_by_rule(
    server: ModelServer, model: HttpModel, heard: Heard, script: scripts.Script, check: str
) -> None:
    server.scripts["write"] = script
    draft = await generate(material(*GOOD), model, heard)
    assert draft.method is Method.AI
    assert draft.checks[check] == 1
    assert heard.is_what_was_stored(draft)
    assert draft.sentences[0].text == "Het is fijn dat je goed luistert naar anderen."
    assert draft.sentences[1:] == fallback(material(*GOOD)).sentences[1:]
    await eventually(lambda: server.count("open") == 0)


async def test_a_model_that_fails_while_it_rewrites(
    server: ModelServer, model: HttpModel, heard: Heard
) -> None:
    server.scripts["write"] = scripts.say(
        "1: Je luistert goed naar anderen.\n2: Je bent lui.\n3: Je bent lui.\n4: Je bent lui.\n"
        "tip: vraag om hulp."
    )
    server.scripts["rewrite"] = scripts.status(503)
    draft = await generate(material(*GOOD), model, heard)
    assert server.count(kind="rewrite") == draft.checks["model_busy"] == 1
    assert heard.is_what_was_stored(draft)
    assert "lui." not in draft.text


NONSENSE = [
    scripts.refusal(),
    scripts.garbage(),
    scripts.say("Ik kan niet helpen met dit verzoek."),
    scripts.say("Hier is de samenvatting:\n- Je bent een fijne groepsgenoot"),
    scripts.say('{"claims": "geen"}'),
    scripts.say(""),
    scripts.Script(text="en nog een en nog een", finish="length"),
    scripts.say("**Sterk**: Je luistert goed naar anderen."),
]


@pytest.mark.parametrize("script", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("at", ["everywhere", "write"])
async def test_nonsense_is_tried_once_more_and_then_written_by_rule(
    server: ModelServer, model: HttpModel, heard: Heard, script: scripts.Script, at: str
) -> None:
    if at == "everywhere":
        server.script = script
    else:
        server.scripts = {"write": script, "rewrite": script}
    draft = await generate(material(*GOOD), model, heard)
    assert draft.method is Method.FALLBACK
    assert draft.sentences == fallback(material(*GOOD)).sentences
    assert heard.is_what_was_stored(draft)
    assert draft.checks
    assert server.count(kind="sort") <= 2 * len(GOOD)
    assert server.count(kind="write") <= 2
    assert draft.model == ""


async def test_when_the_sorting_model_recovers_its_second_answer_counts(
    server: ModelServer, model: HttpModel, heard: Heard
) -> None:
    server.following.append(scripts.garbage())
    draft = await generate(material(*GOOD), model, heard)
    assert draft.method is Method.AI
    assert sum(draft.checks.values()) == 1


# The measured faults of small models (docs/adr/0010-evidence-before-sentences.md), as scripted answers.

TEXTS = (
    PLANNING,
    "Was nooit op tijd.",
    "Geen klachten.",
    "Iets meer initiatief zou mooi zijn.",
    "Reageerde snel in de groepsapp.",
    "Twee keer komen opdagen in zes weken.",
)
WRONG_CLAIMS = [
    (PLANNING, "growth", "je wist niet wat je deed"),
    (PLANNING, "growth", "wist niet wat er moest gebeuren"),
    (PLANNING, "strength", "de planning was onduidelijk"),
    (PLANNING, "strength", "maakte een duidelijke planning"),
    ("Was nooit op tijd.", "strength", "was altijd op tijd"),
    ("Was nooit op tijd.", "strength", "was nooit op tijd"),
    ("Was nooit op tijd.", "strength", "geen negatieve aspecten genoemd"),
    ("Was nooit op tijd.", "growth", "helpt anderen goed maar mag vaker zelf iets zeggen"),
    ("Geen klachten.", "strength", "werkt heel goed samen"),
    ("Geen klachten.", "growth", "mag meer klachten oplossen"),
    ("Iets meer initiatief zou mooi zijn.", "strength", "neemt mooi initiatief"),
    ("Reageerde snel in de groepsapp.", "growth", "mag sneller reageren in de groepsapp"),
    ("Reageerde snel in de groepsapp.", "growth", "reageerde snel in de groepsapp"),
    ("Twee keer komen opdagen in zes weken.", "strength", "was er altijd bij"),
    ("Twee keer komen opdagen in zes weken.", "strength", "twee keer komen opdagen in zes weken"),
]


def kinds_by_comment(draft: Draft) -> dict[int, set[Kind]]:
    """What the summary says of each comment, the tip aside."""
    said: dict[int, set[Kind]] = {}
    for sentence in draft.sentences:
        for number in sentence.sources if sentence.kind is not Kind.TIP else ():
            said.setdefault(number, set()).add(sentence.kind)
    return said


@pytest.mark.parametrize(
    ("comment", "kind", "said"), WRONG_CLAIMS, ids=[statement[2] for statement in WRONG_CLAIMS]
)
async def test_a_wrong_claim_reaches_nobody(
    server: ModelServer, model: HttpModel, heard: Heard, comment: str, kind: str, said: str
) -> None:
    server.scripts["sort"] = sorted_as({comment: (kind, said)}, TEXTS)
    draft = await generate(material(*TEXTS), model, heard)
    about = kinds_by_comment(draft)
    assert TEXTS.index(comment) + 1 not in about, "what the two readings disagree on is left out"
    assert about[5 if comment != TEXTS[4] else 2], "the other comments still count"
    assert sum(draft.checks.values()) == (0 if comment == TEXTS[2] else 1)
    assert "wist" not in draft.text
    assert heard.is_what_was_stored(draft)


WRONG_SENTENCES = [
    "Je wist niet wat je deed.",
    "Je hebt voor een duidelijke planning gezorgd.",
    "Je planning was altijd perfect.",
    "Er zijn geen negatieve aspecten genoemd over jou.",
    "De planning was onduidelijk, we wisten niet wat we moesten doen.",
    "De leerling mag de planning duidelijker maken.",
    "Hij mag de planning duidelijker maken voor je.",
    "Iedereen vindt dat de planning duidelijker mag van jou.",
    "Je mag de planning duidelijker maken, 1 van de 3 zei dat.",
    "Je bent lui en daarom was de planning onduidelijk.",
    "Je planning mag duidelijker, anders haal je het niet.",
    "Your planning could be clearer for the group.",
    "Sanne vindt dat je planning duidelijker mag.",
    "Je planning mag duidelijker en je kwam ook vaak te laat.",
]


@pytest.mark.parametrize("sentence", WRONG_SENTENCES)
async def test_a_wrong_sentence_reaches_nobody(
    server: ModelServer, model: HttpModel, heard: Heard, sentence: str
) -> None:
    """The claim is right, what the model makes of it is not; writing it again does not help."""
    texts = ("Luistert goed naar anderen.", PLANNING, "Komt met goede ideeën.")
    server.scripts["write"] = scripts.say(
        f"1: Je luistert goed naar anderen.\n2: Je komt met goede ideeën.\n3: {sentence}\ntip: vraag om hulp."
    )
    server.scripts["rewrite"] = scripts.say(sentence)
    draft = await generate(material(*texts), model, heard)
    about_planning = draft.sentences[2]
    assert (about_planning.kind, about_planning.sources) == (Kind.GROWTH, (2,))
    assert about_planning.text == fallback(material(*texts)).sentences[2].text
    assert sentence not in draft.text
    assert server.count(kind="rewrite") == 1
    assert heard.is_what_was_stored(draft)


@pytest.mark.parametrize(
    "tip",
    [
        "je was te laat, kom op tijd.",
        "vraag Sanne om hulp.",
        "haal een 8.",
        "bel 06-12345678 voor hulp.",
        "Tip",
        "- doe x",
    ],
)
async def test_a_wrong_tip_becomes_the_rule_s(
    server: ModelServer, model: HttpModel, heard: Heard, tip: str
) -> None:
    server.scripts["write"] = scripts.say(
        "1: Je luistert goed naar anderen.\n2: Je helpt anderen goed.\n3: Je komt met goede ideeën.\n"
        f"4: Je mag vaker op tijd zijn met inleveren.\ntip: {tip}"
    )
    draft = await generate(material(*GOOD), model, heard)
    assert draft.sentences[-1] == fallback(material(*GOOD)).sentences[-1]


async def test_the_prompt_s_own_examples_copied_back_are_no_claims(
    server: ModelServer, model: HttpModel, heard: Heard
) -> None:
    """The half-billion model's favourite: whatever was asked, the examples come back."""
    copied = {
        "claims": [
            {"kind": "growth", "text": "was nooit op tijd", "sources": [1]},
            {"kind": "strength", "text": "helpt anderen goed", "sources": [1]},
            {"kind": "growth", "text": "mag vaker zelf iets zeggen", "sources": [1]},
        ]
    }
    server.scripts["sort"] = scripts.say_json(copied)
    draft = await generate(material("Komt met goede ideeën.", "Luistert goed."), model, heard)
    for wrong in ("tijd", "helpt", "zeggen", "laat horen"):
        assert wrong not in draft.text
    assert heard.is_what_was_stored(draft)


async def test_many_summaries_at_once_do_not_mix(server: ModelServer, model: HttpModel) -> None:
    ears = [Heard() for _ in range(12)]
    drafts = await asyncio.gather(
        *(generate(material(*(GOOD if number % 2 else TEXTS)), model, ear) for number, ear in enumerate(ears))
    )
    assert all(ear.is_what_was_stored(draft) for ear, draft in zip(ears, drafts, strict=True))
    assert len({draft.text for draft in drafts}) == 2
