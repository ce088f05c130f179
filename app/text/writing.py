"""The model writes: each line is checked when it is complete, and shown when all before it have been.

Every place has a sentence composed by rule to begin with, and together these make a valid summary. A sentence
of the model takes its place only when it passes its checks and the whole stays valid. So whatever the model
does, what has been shown is never taken back and the whole never breaks a rule.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from app.core.locale import Locale
from app.text.anonymise import Anonymiser
from app.text.fallback_writer import labelled
from app.text.format_retry import TRIES, counted
from app.text.model import Model, ModelFault
from app.text.parse import Label, LineReader
from app.text.progress import FROM, Reporter
from app.text.prompt import rewrite_prompt, write_prompt
from app.text.types import Comment, Kind, Sentence, Statement
from app.text.verify import verify_sentence, verify_summary


class Writing:
    """One summary while it is written; use it once."""

    def __init__(
        self,
        statements: Sequence[Statement],
        by_rule: Sequence[Sentence],
        comments: Sequence[Comment],
        anonymiser: Anonymiser,
        locale: Locale,
        checks: Counter[str],
        report: Reporter,
    ) -> None:
        """`by_rule` is the summary that `compose` made of `statements`; `checks` is counted up."""
        self.by_model = 0
        """How many sentences are the model's own."""
        self._claims = statements
        self._whole = list(by_rule)
        self._settled = [False] * len(by_rule)
        self._tried = [0] * len(by_rule)
        self._refused = [""] * len(by_rule)
        self._shown = 0
        self._comments = comments
        self._anonymiser = anonymiser
        self._locale = locale
        self._checks = checks
        self._report = report

    async def run(self, model: Model) -> tuple[Sentence, ...]:
        """The sentences as they were shown. Raises ModelFault only when nothing has been shown yet."""
        # 1. A place that no claim stands for (the second sentence about a single claim) is the rule's.
        tip = len(self._whole) - 1
        for place in range(len(self._claims), tip):
            self._settled[place] = True
        try:
            # 2. The model writes all lines; those that pass are shown as they come.
            await self._write(model)
            # 3. A sentence that failed or is missing is written once more.
            await self._rewrite(model)
        except ModelFault as fault:
            if not self._shown:
                raise
            self._checks[f"model_{fault.code}"] += 1
        # 4. What is left, the tip included, stays as the rule composed it.
        self._settled = [True] * len(self._whole)
        self._show()
        self._report.stage("checking", FROM["checking"] + 4)
        return tuple(self._whole)

    async def _write(self, model: Model) -> None:
        """Ask for all lines; once more when the answer leaves the agreed form."""
        self._report.stage("writing", FROM["writing"])
        prompt = write_prompt(self._claims, self._locale)
        for _ in range(TRIES):
            with counted(self._checks):
                async with aclosing(model.stream(prompt)) as pieces:
                    await self._read(pieces)
                return

    async def _read(self, pieces: AsyncIterator[str]) -> None:
        reader = LineReader()
        async for piece in pieces:
            for label, text in reader.feed(piece):
                self._take(label, text)
        for label, text in reader.close():
            self._take(label, text)

    async def _rewrite(self, model: Model) -> None:
        """One more try for each claim without a sentence, in order; each is shown as soon as it can be."""
        self._report.stage("checking", FROM["checking"])
        for place, statement in enumerate(self._claims):
            if not self._settled[place] and self._tried[place] < TRIES:
                prompt = rewrite_prompt(statement, self._refused[place], self._locale)
                with counted(self._checks):
                    self._offer(place, (await model.complete(prompt)).strip())
            self._settled[place] = True
            self._show()

    def _take(self, label: Label, text: str) -> None:
        """A complete line. One for a place that is settled already or for no claim is left out."""
        place = len(self._whole) - 1 if label == "tip" else label - 1
        if label != "tip" and not 0 <= place < len(self._claims):
            self._checks["format_label"] += 1
        elif not self._settled[place]:
            self._offer(place, text)
            self._show()
            share = sum(self._settled) / len(self._settled)
            self._report.stage("writing", FROM["writing"] + int((FROM["checking"] - FROM["writing"]) * share))

    def _offer(self, place: int, text: str) -> None:
        """Put the model's sentence in its place if it may stand there; count why not."""
        self._tried[place] += 1
        now = self._whole[place]
        if now.kind is Kind.TIP:
            statement, sentence = None, Sentence(place, Kind.TIP, labelled(text))
        else:
            statement = self._claims[place]
            sentence = Sentence(place, statement.kind, text, statement.sources)
        whole = [*self._whole[:place], sentence, *self._whole[place + 1 :]]
        rejection = verify_sentence(
            sentence.text, statement, self._comments, self._anonymiser, self._locale
        ) or verify_summary(whole)
        if rejection is not None:
            self._refused[place] = rejection.code
            self._checks[rejection.code] += 1
            return
        self._whole = whole
        self._settled[place] = True
        self.by_model += 1

    def _show(self) -> None:
        """Show every settled sentence that none unsettled stands before."""
        while self._shown < len(self._whole) and self._settled[self._shown]:
            self._report.sentence(self._whole[self._shown])
            self._shown += 1
