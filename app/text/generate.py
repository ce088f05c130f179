"""Makes one student's text: first what needs no model, then evidence from two readings, then sentences."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.text.anonymise import Anonymiser, anonymise, anonymiser_of
from app.text.basic_text import basic_text, empty_text
from app.text.contract import PROMPT_VERSION
from app.text.input_screen import Screened, screen
from app.text.model import Model
from app.text.progress import FROM, Reporter
from app.text.steps import Steps
from app.text.summarise import Limits, Outcome, summarise
from app.text.tips import tip_for
from app.text.types import Comment, Draft, Kind, Material, Method, Sentence
from app.text.usable import reviewers


@dataclass(frozen=True, slots=True)
class Prepared:
    """The material after everything that needs no model."""

    material: Material
    anonymiser: Anonymiser
    screened: Screened
    """Its usable comments are anonymised."""
    cut_out: tuple[str, ...]
    """The parts of usable comments that the screen took out, which no sentence may bring back."""

    @property
    def empty(self) -> Literal["too_few", "nothing_concrete"] | None:
        """Why no model is needed to see that there is nothing to say."""
        people = len(reviewers(self.screened.usable))
        if not people and self.screened.empty:
            return "nothing_concrete"
        return "too_few" if people < self.material.min_reviewers or not people else None


def prepare(material: Material) -> Prepared:
    """Anonymise and screen; linear in the length of the comments."""
    anonymiser = anonymiser_of(material.roster)
    # The screen reads what was written: without "mijn broer" it would not see what he does.
    raw = screen(material.comments)
    usable = tuple(one for one in anonymise(raw.usable, anonymiser) if one.text)
    cut_out = _cut_out(material.comments, raw.usable)
    return Prepared(material, anonymiser, replace(raw, usable=usable), cut_out)


async def generate(material: Material, model: Model, report: Reporter, steps: Steps | None = None) -> Draft:
    """The text of this material; its sentences are shown to `report` as they pass, none is taken back.

    1. Anonymise and screen, in a thread: the longest comment costs the other attempts of the process nothing.
    2. Too few people, or nothing to say: an honest note, no model is asked. 3. A held text is shown to nobody
    while it is made. 4. Evidence first (app.text.summarise). 5. A tip from the bank for the first point of
    growth. Where the readings agree on nothing that may be shown, the draft is the basic text, provisional.
    Raises ModelFault.
    """
    report.stage("reading", FROM["reading"])
    prepared = await asyncio.to_thread(prepare, material)
    if prepared.empty is not None:
        return _empty(prepared, prepared.empty)
    checks: Counter[str] = Counter()
    outcome = await summarise(
        prepared.screened.usable,
        prepared.cut_out,
        prepared.anonymiser,
        material.locale,
        model,
        _Silent(report) if prepared.screened.held_for else report,
        limits=Limits(min_reviewers=material.min_reviewers),
        steps=steps,
        checks=checks,
    )
    if outcome.finding == "nothing":
        return _empty(prepared, "nothing_concrete")
    if outcome.finding == "too_few":
        return _empty(prepared, "too_few")
    if outcome.finding == "disagreed":
        return _draft(prepared, Method.FALLBACK, _basic(prepared), outcome, checks, model, provisional=True)
    sentences = (*outcome.sentences, *_tip(outcome, material, report, prepared))
    method = model.method if outcome.by_model else Method.FALLBACK
    return _draft(prepared, method, sentences, outcome, checks, model, provisional=False)


def stand_in(material: Material) -> Draft:
    """What stands in while the model owes a text: the basic text, or that there is nothing to say."""
    prepared = prepare(material)
    if prepared.empty is not None:
        return _empty(prepared, prepared.empty)
    return _draft(prepared, Method.FALLBACK, _basic(prepared), None, Counter(), None, provisional=True)


class _Silent:
    """Progress without sentences: nobody reads along while a text is held."""

    def __init__(self, report: Reporter) -> None:
        self.stage = report.stage

    def sentence(self, sentence: Sentence) -> None:
        """Shown to nobody."""


def _tip(outcome: Outcome, material: Material, report: Reporter, prepared: Prepared) -> tuple[Sentence, ...]:
    growth = next((one for one in outcome.statements if one.kind in {Kind.GROWTH, Kind.MIXED}), None)
    if growth is None:
        return ()
    text = tip_for(growth.theme, " ".join(growth.quotes), material.locale)
    tip = Sentence(len(outcome.statements), Kind.TIP, f"Tip: {text}", growth.comments, origin="bank")
    if not prepared.screened.held_for:
        report.sentence(tip)
    return (tip,)


def _cut_out(comments: Sequence[Comment], usable: Sequence[Comment]) -> tuple[str, ...]:
    left = {comment.number: comment.text for comment in usable}
    return tuple(
        part
        for comment in comments
        if comment.number in left
        for part in _missing(comment.text, left[comment.number])
    )


def _missing(whole: str, left: str) -> list[str]:
    """The runs of words of `whole` that `left` does not have, in their order."""
    kept = Counter(left.split())
    runs: list[list[str]] = [[]]
    for word in whole.split():
        if kept[word] > 0:
            kept[word] -= 1
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append(word)
    return [" ".join(run) for run in runs if run]


def _basic(prepared: Prepared) -> tuple[Sentence, ...]:
    usable = [one for one in prepared.screened.usable if one.kind == "peer"]
    then: Literal["review", "writing"] = "review" if prepared.screened.held_for else "writing"
    criteria = [comment.criterion for comment in usable]
    texts = basic_text(criteria, len(reviewers(usable)), then, prepared.material.locale)
    return tuple(Sentence(index, Kind.NOTE, text, origin="code") for index, text in enumerate(texts))


def _empty(prepared: Prepared, why: Literal["too_few", "nothing_concrete"]) -> Draft:
    notes = empty_text(why, prepared.material.locale)
    sentences = tuple(Sentence(index, Kind.NOTE, text, origin="code") for index, text in enumerate(notes))
    return _draft(prepared, Method.EMPTY, sentences, None, Counter(), None, provisional=False)


def _draft(
    prepared: Prepared,
    method: Method,
    sentences: tuple[Sentence, ...],
    outcome: Outcome | None,
    checks: Counter[str],
    model: Model | None,
    *,
    provisional: bool,
) -> Draft:
    used = len(prepared.screened.usable) + len(prepared.screened.empty)
    return Draft(
        method=method,
        locale=prepared.material.locale,
        sentences=sentences,
        comments_used=used,
        comments_total=len(prepared.material.comments),
        prompt_version=PROMPT_VERSION if model is not None else "",
        model=model.name if model is not None else "",
        flags=prepared.screened.flags,
        checks=dict(sorted(checks.items())),
        provisional=provisional,
        held_for=tuple(sorted(prepared.screened.held_for)),
        attention=outcome.attention if outcome is not None else (),
        left_out=outcome.left_out if outcome is not None else (),
        refused=outcome.refused if outcome is not None else (),
    )
