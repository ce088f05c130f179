"""The state machine on paper: what may follow what, and the pauses between tries."""

from datetime import timedelta

from app.jobs.states import ERRORS, LIVE, MOVES, TERMINAL, State, attempts_are_spent, retry_delay


def test_every_state_is_live_or_terminal() -> None:
    assert set(State) == LIVE | TERMINAL
    assert not LIVE & TERMINAL


def test_nothing_follows_a_terminal_state_and_everything_else_can_end() -> None:
    assert all(not MOVES[state] for state in TERMINAL)
    assert MOVES[State.QUEUED] == {State.PROCESSING, State.CANCELLED}
    assert MOVES[State.PROCESSING] == {State.QUEUED} | TERMINAL


def test_the_pauses_double_to_thirty_minutes() -> None:
    assert [retry_delay(count) for count in range(1, 8)] == [
        timedelta(minutes=minutes) for minutes in (2, 4, 8, 16, 30, 30, 30)
    ]


def test_a_job_without_retries_is_spent_at_once() -> None:
    assert attempts_are_spent(0, 0)
    assert not attempts_are_spent(2, 3)
    assert attempts_are_spent(3, 3)


def test_what_a_reader_is_told_is_a_sentence_without_detail() -> None:
    assert all(sentence.endswith(".") and "http" not in sentence for sentence in ERRORS.values())
