"""The buffer of a stream: the newest state of a job stays, and its size is bounded."""

from app.core.events import Event, JobState, SentenceState
from web.live.subscription import MAX_BUFFERED_EVENTS, Subscription, Topic


def progress(job_id: str, seq: int, percent: int) -> Event:
    state = JobState(status="processing", priority="normal", progress=percent)
    return Event("job", 1, 2, 3, job_id, seq, job=state)


def sentence(job_id: str, seq: int, index: int) -> Event:
    return Event("sentence", 1, 2, 3, job_id, seq, sentence=SentenceState(index, "strength", "Goed."))


async def test_a_late_reader_gets_the_last_state_only() -> None:
    subscription = Subscription(Topic(1, 2))
    for step in range(100):
        subscription.add(progress("a", step, step))
    assert [event.seq for event in await subscription.next_events(1)] == [99]
    assert await subscription.next_events(0) == []


async def test_an_older_state_does_not_replace_a_newer_one() -> None:
    subscription = Subscription(Topic(1, 2))
    subscription.add(progress("a", 7, 70))
    subscription.add(progress("a", 3, 30))
    assert [event.seq for event in await subscription.next_events(1)] == [7]


async def test_sentences_are_all_kept_in_their_order() -> None:
    subscription = Subscription(Topic(1, 2))
    for seq, index in ((3, 1), (1, 0), (5, 2)):
        subscription.add(sentence("a", seq, index))
    subscription.add(progress("a", 4, 50))
    assert [event.seq for event in await subscription.next_events(1)] == [1, 3, 4, 5]


async def test_a_stream_that_never_reads_stays_small_and_is_refreshed() -> None:
    subscription = Subscription(Topic(1))
    for number in range(MAX_BUFFERED_EVENTS * 3):
        subscription.add(progress(f"job-{number}", 1, 1))
    assert subscription.take_refresh_request()
    assert not subscription.take_refresh_request()
    assert len(await subscription.next_events(1)) <= MAX_BUFFERED_EVENTS
