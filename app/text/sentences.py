"""The model writes a line for each statement; vetoes and a second reading decide which of them are shown.

A line is shown at its own yes, in its own place, and never before. What was shown is never taken back.
"""

import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from app.text import contract
from app.text.anonymise import Anonymiser
from app.text.answers import VerdictReader, read_lines
from app.text.model import ModelFault
from app.text.points import Statement
from app.text.progress import FROM, Reporter
from app.text.reading import MAX_TRIES, OF_THE_ANSWER, Calls
from app.text.steps import step_key
from app.text.theme_lines import theme_line
from app.text.types import Comment, LeftOut, LeftOutReason, Origin, Prompt, Sentence
from app.text.vetoes import veto

MAX_SUMMARY_WORDS = 120
"""Of all sentences together. Above it, the statement with the fewest people goes."""
UNFAITHFUL = "unfaithful"
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Written:
    """The sentences in their order, how many are the model's, and the statements that have none."""

    sentences: tuple[Sentence, ...]
    by_model: int
    by_theme: int
    left_out: tuple[LeftOut, ...]
    refused: tuple[tuple[str, str], ...]
    """Lines that were refused, each with its reason, for teachers of the evaluation only."""


class Writer:
    """One summary while it is written; use it once."""

    def __init__(
        self,
        statements: Sequence[Statement],
        comments: Sequence[Comment],
        unusable: Sequence[str],
        anonymiser: Anonymiser,
        calls: Calls,
        report: Reporter,
        max_words: int = MAX_SUMMARY_WORDS,
    ) -> None:
        """`comments` as they were sent; `unusable` are the parts that were cut out of them."""
        self._statements = dict(enumerate(statements, 1))
        self._comments = comments
        self._unusable = unusable
        self._anonymiser = anonymiser
        self._calls = calls
        self._report = report
        self._words_left = max_words
        self._shown: dict[int, Sentence] = {}
        self._why: dict[int, str] = {}
        self._refused: list[tuple[str, str]] = []

    async def run(self) -> Written:
        """Write, judge, and once more for what failed; what still fails becomes its theme line.

        Raises ModelFault. What was shown before is stored as a verdict (`Steps`), so that the next attempt
        shows it again, and an outage makes no theme line.
        """
        numbers = list(self._statements)
        await self._round(numbers, refused=None)
        failed = [number for number in numbers if number not in self._shown]
        if failed:
            await self._round(failed, refused={number: self._why[number] for number in failed})
        by_model = len(self._shown)
        left = self._theme_lines()
        sentences = tuple(self._shown[number] for number in sorted(self._shown))
        by_theme = len(sentences) - by_model
        return Written(sentences, by_model, by_theme, tuple(left), tuple(self._refused))

    async def _round(self, numbers: Sequence[int], refused: dict[int, str] | None) -> None:
        self._report.stage("writing", FROM["writing"])
        chosen = [(number, self._statements[number]) for number in numbers]
        prompt = contract.write_prompt(chosen, self._calls.locale, refused)
        lines = await self._calls.ask("write", prompt, read_lines)
        passed = self._pass(numbers, lines)
        if passed:
            await self._judge(passed)

    def _pass(self, numbers: Sequence[int], lines: dict[int, str]) -> dict[int, str]:
        """The lines that no veto speaks against and for which there is room, by number."""
        passed: dict[int, str] = {}
        for number in numbers:
            text = lines.get(number)
            code = MISSING if text is None else self._veto(number, text)
            if text is None or code is not None:
                self._refuse(number, text or "", code or MISSING)
            else:
                passed[number] = text
        while passed and sum(len(text.split()) for text in passed.values()) > self._words_left:
            number = max(passed, key=lambda one: (-self._statements[one].people, one))
            self._refuse(number, passed.pop(number), "no_room")
        return passed

    def _veto(self, number: int, text: str) -> str | None:
        statement = self._statements[number]
        locale = self._calls.locale
        return veto(text, statement, self._comments, self._unusable, self._anonymiser, locale)

    def _refuse(self, number: int, text: str, code: str) -> None:
        self._why[number] = code
        self._calls.checks[f"refused_{code}"] += 1
        if text:
            self._refused.append((text, code))

    async def _judge(self, lines: dict[int, str]) -> None:
        """Show each line at its own yes; a line without a verdict was not judged faithful."""
        self._report.stage("checking", FROM["checking"])
        rows = [(number, self._statements[number], text) for number, text in lines.items()]
        prompt = contract.judge_sentences_prompt(rows, self._calls.locale)
        verdicts: dict[int, bool] = {}
        async with aclosing(_verdicts(self._calls, prompt)) as judged:
            async for number, faithful in judged:
                if number not in lines or number in verdicts:
                    continue
                verdicts[number] = faithful
                if faithful:
                    self._show(number, lines[number], "model")
                share = len(verdicts) / len(lines)
                self._report.stage("checking", FROM["checking"] + int((98 - FROM["checking"]) * share))
        for number, text in lines.items():
            if not verdicts.get(number):
                self._refuse(number, text, UNFAITHFUL)

    def _show(self, number: int, text: str, origin: Origin) -> None:
        statement = self._statements[number]
        sentence = Sentence(
            number - 1, statement.kind, text, statement.comments, origin=origin, quotes=statement.quotes
        )
        self._shown[number] = sentence
        self._words_left -= len(text.split())
        self._report.sentence(sentence)

    def _theme_lines(self) -> Iterable[LeftOut]:
        left: list[LeftOut] = []
        for number, statement in self._statements.items():
            if number in self._shown:
                continue
            line = theme_line(statement, number, self._calls.locale)
            if line is None or len(line.split()) > self._words_left:
                reason: LeftOutReason = "refused" if line is None else "no_room"
                left += [LeftOut(one.comment, reason, one.quote) for one in statement.points]
            else:
                self._show(number, line, "theme")
        return left


async def _verdicts(calls: Calls, prompt: Prompt) -> AsyncGenerator[tuple[int, bool], None]:
    """Verdicts as they come, those of an interrupted attempt first; the first of each number counts.

    An answer without any verdict is asked for once more. Raises ModelFault.
    """
    key = step_key(prompt, calls.model.name)
    stored = await calls.steps.get("judge_sentences", key) or {"complete": False, "verdicts": {}}
    known: dict[int, bool] = {int(number): said for number, said in stored["verdicts"].items()}
    for item in list(known.items()):
        yield item
    if stored["complete"]:
        return
    for _ in range(MAX_TRIES):
        started, complete = time.monotonic(), False
        try:
            async with aclosing(_stream(calls, prompt)) as pieces:
                async for number, faithful in pieces:
                    if number not in known:
                        known[number] = faithful
                        yield number, faithful
            complete = bool(known)
        except ModelFault as fault:
            if fault.code not in OF_THE_ANSWER:
                raise
            calls.checks[f"format_{fault.code}"] += 1
        finally:
            value = {"complete": complete, "verdicts": {str(number): said for number, said in known.items()}}
            await calls.steps.put("judge_sentences", key, value, seconds=time.monotonic() - started)
        if complete:
            return
    if not known:
        raise ModelFault("bad_answer")


async def _stream(calls: Calls, prompt: Prompt) -> AsyncGenerator[tuple[int, bool], None]:
    reader = VerdictReader()
    async with aclosing(calls.model.stream(prompt)) as pieces:
        async for piece in pieces:
            for verdict in reader.feed(piece):
                yield verdict
    for verdict in reader.close():
        yield verdict
