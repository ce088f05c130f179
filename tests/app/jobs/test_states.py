"""The state machine on paper: what may follow what, what each job waits for, and the pauses between tries."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import DateTime, String, literal, select

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs.sql import transitions
from app.jobs.sql.predicates import has_status
from app.jobs.states import (
    CONDITIONS,
    ERRORS,
    TERMINAL,
    UNFINISHED,
    Move,
    State,
    Status,
    attempts_are_spent,
    effective_status,
    retry_delay,
)
from tests.support import job_states

NOW = datetime(2026, 11, 29, tzinfo=UTC)
COMBINATIONS = list(product(State, (False, True), (None, NOW)))
"""Every state, with and without `held` and `next_retry_at`, also those that the table refuses."""


def test_every_state_is_unfinished_or_terminal() -> None:
    assert set(State) == UNFINISHED | TERMINAL
    assert not UNFINISHED & TERMINAL


def test_nothing_leaves_a_terminal_state_and_everything_else_can_end() -> None:
    assert not {move for move in Move if TERMINAL & set(move.source_states)}
    reached = {
        state: {move.target_state for move in Move if state in move.source_states} for state in UNFINISHED
    }
    assert reached[State.PROCESSING] == {State.QUEUED} | TERMINAL
    assert reached[State.QUEUED] == {State.QUEUED, State.PROCESSING, State.CANCELLED}
    moves_in_line = {move for move in Move if State.QUEUED in move.source_states}
    assert moves_in_line == {Move.CLAIM, Move.CANCEL, Move.PAUSE, Move.RESUME, Move.RETRY_DUE}


def test_every_status_is_reached() -> None:
    assert {status for move in Move for status in move.targets} == set(Status)


def test_only_a_move_out_of_processing_ends_an_attempt() -> None:
    for move in Move:
        if move.source_states == (State.PROCESSING,):
            assert f"state='{move.target_state}'" in str(
                transitions.ending(move, "a", None).compile(compile_kwargs={"literal_binds": True})
            )
        else:
            with pytest.raises(ValueError, match="does not end an attempt"):
                transitions.ending(move, "a", None)


def test_a_transition_that_the_table_does_not_have_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="is not a valid Move"):
        Move(("revived", (Status.FAILED,), (Status.WAITING,)))  # type: ignore[call-arg,arg-type]


@pytest.mark.parametrize(("state", "paused", "next_retry_at"), COMBINATIONS)
def test_every_job_has_exactly_one_effective_status(
    state: State, paused: bool, next_retry_at: datetime | None
) -> None:
    found = [status for status, one in CONDITIONS.items() if one.holds(state, paused, next_retry_at)]
    assert found == [effective_status(state, paused=paused, next_retry_at=next_retry_at)]
    assert found[0].state == state


async def test_sql_and_python_agree_on_the_effective_status(units: UnitOfWorkFactory) -> None:
    for state, paused, next_retry_at in COMBINATIONS:
        values = (
            literal(state, String).label("state"),
            literal(paused).label("held"),
            literal(next_retry_at, DateTime(timezone=True)).label("next_retry_at"),
        )
        job = select(*values).subquery("job")
        async with units() as uow:
            holds = select(*(has_status(status) for status in Status)).select_from(job)
            row = (await uow.session.execute(holds)).one()
        found = [status for status, holding in zip(Status, row, strict=True) if holding]
        assert found == [effective_status(state, paused=paused, next_retry_at=next_retry_at)], values


def test_the_picture_is_up_to_date() -> None:
    assert job_states.PAGE.read_text() == job_states.page(), "run `make pictures`"


def test_the_pauses_double_to_thirty_minutes() -> None:
    assert [retry_delay(count) for count in range(1, 8)] == [
        timedelta(minutes=minutes) for minutes in (2, 4, 8, 16, 30, 30, 30)
    ]


def test_a_job_without_retries_is_spent_at_once() -> None:
    assert attempts_are_spent(0, 0)
    assert not attempts_are_spent(2, 3)
    assert attempts_are_spent(3, 3)


def test_what_a_reader_gets_is_a_sentence_without_detail() -> None:
    assert all(sentence.endswith(".") and "http" not in sentence for sentence in ERRORS.values())
