"""Makes one pupil's summary: the steps of PRODUCT.md section 4, in their order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.text.anonymise import Anonymiser, anonymise, anonymiser_of
from app.text.fallback_writer import compose, empty_sentences, replaced, statements_by_rule, write_by_rule
from app.text.format_retry import TRIES, counted
from app.text.input_screen import Screened, screen
from app.text.model import Model
from app.text.parse import parse_statements
from app.text.progress import FROM, Reporter
from app.text.prompt import PROMPT_VERSION, sort_prompts
from app.text.types import Comment, Draft, Kind, Material, Method, Prompt, Sentence, Statement
from app.text.verify import verify_statement
from app.text.writing import Writing


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The material after everything that needs no model."""

    material: Material
    anonymiser: Anonymiser
    comments: tuple[Comment, ...]
    """Anonymised; the usable ones as the screen left them."""
    screened: Screened
    nothing_to_say: Literal["too_few", "nothing_concrete"] | None

    def draft(
        self,
        method: Method,
        sentences: tuple[Sentence, ...],
        *,
        checks: Counter[str] | None = None,
        model: str = "",
    ) -> Draft:
        """What was made of it. A comment counts as used when it was read, also when it says nothing."""
        used = len(self.screened.usable) + len(self.screened.neutral)
        return Draft(
            method=method,
            locale=self.material.locale,
            sentences=sentences,
            comments_used=0 if self.nothing_to_say == "too_few" else used,
            comments_total=len(self.comments),
            prompt_version=PROMPT_VERSION if model else "",
            model=model,
            flags=self.screened.flags,
            checks=dict(sorted((checks or Counter()).items())),
        )


async def generate(material: Material, model: Model | None, report: Reporter) -> Draft:
    """The summary of this material, told to `report` while it is made; without a model, by rule.

    Only checked sentences are reported, in their final order, and what was reported is what is returned.
    Raises ModelFault when the model failed before a sentence was shown; after that, the rest is composed by
    rule from the checked claims, since a sentence that a pupil has read is not taken back.
    """
    # 1. to 4. Anonymise, count the reviewers, screen: no model is needed to see that there is nothing to say.
    report.stage("anonymising", FROM["anonymising"])
    prepared = _prepare(material)
    if prepared.nothing_to_say or model is None:
        return _show(_without_model(prepared), report)

    # 5. The model sorts the comments into claims, a few at a time. 6. Code checks every claim.
    checks: Counter[str] = Counter()
    statements = await _sort(prepared, model, report, checks)

    # 7. Code merges them, and composes a whole summary that every sentence of the model may improve upon.
    merged, by_rule = compose(statements, prepared.comments, material.locale)
    if not merged:
        return _show(_by_rule(prepared, checks), report)

    # 8. The model writes from the checked claims; each sentence is checked and then shown. 9. So is the tip.
    writing = Writing(
        merged, by_rule, prepared.comments, prepared.anonymiser, material.locale, checks, report
    )
    sentences = await writing.run(model)

    # 10. A text without one sentence of the model's own is not labelled as the model's.
    if not writing.by_model:
        return prepared.draft(Method.FALLBACK, sentences, checks=checks)
    return prepared.draft(model.method, sentences, checks=checks, model=model.name)


def fallback(material: Material) -> Draft:
    """The summary without a model: by rule, or the honest note that there is nothing to say."""
    return _without_model(_prepare(material))


def _prepare(material: Material) -> _Prepared:
    anonymiser = anonymiser_of(material.roster)
    comments = anonymise(material.comments, anonymiser)
    screened = screen(comments)
    reviewers = {one.reviewer for one in material.comments if one.kind == "peer" and one.text.strip()}
    nothing: Literal["too_few", "nothing_concrete"] | None = None
    if len(reviewers) < material.min_reviewers:
        nothing = "too_few"
    elif not screened.usable:
        nothing = "nothing_concrete"
    return _Prepared(material, anonymiser, replaced(comments, screened.usable), screened, nothing)


def _without_model(prepared: _Prepared) -> Draft:
    if prepared.nothing_to_say is not None:
        note = empty_sentences(prepared.material.locale, prepared.nothing_to_say)
        return prepared.draft(Method.EMPTY, note)
    return _by_rule(prepared, Counter())


def _by_rule(prepared: _Prepared, checks: Counter[str]) -> Draft:
    """Comments in which the rules, too, see no point come out as the note that says so."""
    sentences = write_by_rule(prepared.comments, prepared.material.locale)
    method = Method.EMPTY if sentences[0].kind is Kind.NOTE else Method.FALLBACK
    return prepared.draft(method, sentences, checks=checks)


def _show(draft: Draft, report: Reporter) -> Draft:
    report.stage("writing", FROM["writing"])
    for sentence in draft.sentences:
        report.sentence(sentence)
    report.stage("checking", FROM["checking"])
    return draft


async def _sort(
    prepared: _Prepared, model: Model, report: Reporter, checks: Counter[str]
) -> tuple[Statement, ...]:
    """Checked claims from all comments; none when no answer at all was in the agreed form.

    Comments whose answer was not understood are read by rule, so that no comment is dropped.
    """
    usable, locale = prepared.screened.usable, prepared.material.locale
    prompts = sort_prompts(usable, locale, model.context_chars)
    statements: list[Statement] = []
    missed: set[int] = set()
    understood = 0
    for answered, prompt in enumerate(prompts):
        report.stage(
            "sorting", FROM["sorting"] + (FROM["writing"] - FROM["sorting"]) * answered // len(prompts)
        )
        answer = await _sort_one(prompt, model, checks)
        if answer is None:
            missed |= set(prompt.numbers)
        else:
            understood += 1
            statements += answer
    if not understood:
        return ()
    statements += statements_by_rule([one for one in usable if one.number in missed], locale)
    return tuple(statement for statement in statements if _stands(statement, usable, checks))


def _stands(statement: Statement, comments: Sequence[Comment], checks: Counter[str]) -> bool:
    rejection = verify_statement(statement, comments)
    if rejection is not None:
        checks[rejection.code] += 1
    return rejection is None


async def _sort_one(prompt: Prompt, model: Model, checks: Counter[str]) -> tuple[Statement, ...] | None:
    """The claims of one answer; None when it was not in the agreed form, twice. Raises ModelFault."""
    for _ in range(TRIES):
        with counted(checks):
            return parse_statements(await model.complete(prompt), prompt.numbers)
    return None
