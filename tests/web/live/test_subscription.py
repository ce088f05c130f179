"""The viewer's buffer: the last state wins, and its size is bounded."""

from app.core.events import Event, JobState, SentenceState
from web.live.subscription import MOST_BUFFERED, Topic, Viewer


def progress(job_id: str, seq: int, percent: int) -> Event:
    state = JobState(status="processing", priority="normal", progress=percent)
    return Event("job", 1, 2, 3, job_id, seq, job=state)


def sentence(job_id: str, seq: int, index: int) -> Event:
    return Event("sentence", 1, 2, 3, job_id, seq, sentence=SentenceState(index, "strength", "Goed."))


async def test_who_reads_late_gets_the_last_state_only() -> None:
    viewer = Viewer(Topic(1, 2))
    for step in range(100):
        viewer.offer(progress("a", step, step))
    assert [event.seq for event in await viewer.take(1)] == [99]
    assert await viewer.take(0) == []


async def test_an_older_state_does_not_replace_a_newer_one() -> None:
    viewer = Viewer(Topic(1, 2))
    viewer.offer(progress("a", 7, 70))
    viewer.offer(progress("a", 3, 30))
    assert [event.seq for event in await viewer.take(1)] == [7]


async def test_sentences_are_all_kept_in_their_order() -> None:
    viewer = Viewer(Topic(1, 2))
    for seq, index in ((3, 1), (1, 0), (5, 2)):
        viewer.offer(sentence("a", seq, index))
    viewer.offer(progress("a", 4, 50))
    assert [event.seq for event in await viewer.take(1)] == [1, 3, 4, 5]


async def test_a_viewer_that_never_reads_stays_small_and_is_told_to_look_again() -> None:
    viewer = Viewer(Topic(1))
    for number in range(MOST_BUFFERED * 3):
        viewer.offer(progress(f"job-{number}", 1, 1))
    assert viewer.take_missed()
    assert not viewer.take_missed()
    assert len(await viewer.take(1)) <= MOST_BUFFERED
