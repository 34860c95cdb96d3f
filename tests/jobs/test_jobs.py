"""Jobs: how one stands follows from its turn, and never changes once it is over."""

from datetime import timedelta
from uuid import UUID

import pytest

from eliza.agents.agents import AgentNotRunning
from eliza.events import ChannelDeleted
from eliza.ids import new_id
from eliza.jobs.jobs import KEPT, Answer, Job, JobNotFound, Jobs, best
from eliza.jobs.standing import Status
from eliza.runtime.turn import Outcome
from eliza.testing.clock import NOON
from tests.house_kit import id_of
from tests.spine import Spine, replied

ADA = id_of("Ada")


@pytest.fixture
def jobs(spine: Spine) -> Jobs:
    return Jobs(spine.database, spine.clock, spine.agents, spine.channels, spine.messages)


def _ends(spine: Spine, outcome: Outcome) -> None:
    turns = spine.turns()
    for claim in turns.claim(10):
        turns.finish(claim, outcome)


def test_a_job_is_processing_until_its_agent_has_answered(spine: Spine, jobs: Jobs) -> None:
    bob = spine.agent("Bob")

    job = jobs.ask(ADA, "How are you?", metadata={"from": "a test"})

    assert (job.status, job.agent_id, job.user_id, job.prompt) == ("processing", bob, ADA, "How are you?")
    assert (job.metadata, job.expires_at - job.created_at) == ({"from": "a test"}, timedelta(seconds=30))
    assert jobs.get(job.id) == job

    spine.clock.advance(2)
    _ends(spine, replied("Fine."))

    done = jobs.get(job.id)
    assert done.status == "completed"
    assert done.answer is not None
    assert (done.answer.text, done.answer.author_id) == ("Fine.", bob)
    assert done.ended_at == job.created_at + timedelta(seconds=2)


@pytest.mark.parametrize("status", ["failed", "ignored"])
def test_a_job_that_got_no_answer_has_failed_and_says_why(spine: Spine, jobs: Jobs, status: str) -> None:
    spine.agent("Bob")
    job = jobs.ask(ADA, "How are you?")

    _ends(spine, Outcome("failed" if status == "failed" else "ignored", "the model is gone"))

    assert (jobs.get(job.id).status, jobs.get(job.id).reason) == ("failed", "the model is gone")


def test_an_answer_that_comes_too_late_does_not_count(spine: Spine, jobs: Jobs) -> None:
    spine.agent("Bob")
    job = jobs.ask(ADA, "How are you?", patience=timedelta(seconds=5))
    spine.clock.advance(4.999)
    assert jobs.get(job.id).status == "processing"
    spine.clock.advance(0.001)
    assert jobs.get(job.id).status == "timeout"

    spine.clock.advance(1)
    _ends(spine, replied("Fine."))

    assert (jobs.get(job.id).status, jobs.get(job.id).answer) == ("timeout", None)


def test_an_answer_in_the_last_moment_counts(spine: Spine, jobs: Jobs) -> None:
    spine.agent("Bob")
    job = jobs.ask(ADA, "How are you?", patience=timedelta(seconds=5))

    spine.clock.advance(5)
    _ends(spine, replied("Fine."))
    spine.clock.advance(5)

    assert jobs.get(job.id).status == "completed"


def test_that_an_action_begins_is_no_answer(spine: Spine, jobs: Jobs) -> None:
    spine.agent("Bob")
    job = jobs.ask(ADA, "What is the weather?")

    _ends(spine, replied("Executing action: LOOK", "It rains.", "It will rain."))

    answer = jobs.get(job.id).answer
    assert answer is not None
    assert answer.text == "It rains."


@pytest.mark.parametrize(
    ("told", "chosen"),
    [
        ([], None),
        (["Executing action: LOOK"], "Executing action: LOOK"),
        (["Executing action: LOOK", "Executing action: TELL"], "Executing action: TELL"),
        (["executing action: look", "It rains."], "executing action: look"),
    ],
)
def test_without_an_answer_the_last_words_are_the_answer(told: list[str], chosen: str | None) -> None:
    answers = [Answer(new_id(), text, ADA, NOON, {}) for text in told]

    found = best(answers)

    assert (found and found.text) == chosen


def test_a_job_whose_question_was_deleted_has_failed(spine: Spine, jobs: Jobs) -> None:
    spine.agent("Bob")
    job = jobs.ask(ADA, "How are you?")

    channel = spine.messages.get(spine.turns().claim(1)[0].message_id)
    assert channel is not None
    spine.messages.clear(channel.channel_id)

    assert (jobs.get(job.id).status, jobs.get(job.id).reason) == ("failed", None)


def test_only_an_agent_that_runs_is_asked(spine: Spine, jobs: Jobs) -> None:
    bob = spine.agent("Bob", active=False)

    for named in (None, bob, new_id()):
        with pytest.raises(AgentNotRunning):
            jobs.ask(ADA, "How are you?", agent_id=named)
    assert spine.channels.page(UUID(int=0), limit=10).items == []

    eve = spine.agent("Eve")
    assert jobs.ask(ADA, "How are you?").agent_id == eve
    spine.agents.start(bob)
    assert jobs.ask(ADA, "How are you?").agent_id == bob


def test_a_list_is_filtered_by_how_the_jobs_stand(spine: Spine, jobs: Jobs) -> None:
    asked = _one_of_each(spine, jobs)

    listed = {status: [job.id for job in jobs.page(limit=10, status=status).items] for status in asked}

    assert listed == {status: [job.id] for status, job in asked.items()}
    assert jobs.page(limit=10, status="pending").items == []


def test_a_list_is_read_page_by_page(spine: Spine, jobs: Jobs) -> None:
    spine.agent("Bob")
    asked = [jobs.ask(ADA, f"Question {number}").id for number in range(5)]

    seen: list[UUID] = []
    cursor: str | None = None
    while True:
        page = jobs.page(limit=2, cursor=cursor)
        seen += [job.id for job in page.items]
        assert page.total == 5
        cursor = page.next
        if cursor is None:
            break

    assert sorted(seen) == sorted(asked)
    assert len(seen) == 5


def test_the_tally_counts_how_jobs_stand(spine: Spine, jobs: Jobs) -> None:
    _one_of_each(spine, jobs)

    tally = jobs.tally()

    assert tally.counts == {"completed": 1, "failed": 1, "timeout": 1, "processing": 1}
    assert (tally.total, tally.average) == (4, timedelta(seconds=3))
    assert tally.rate("completed") == pytest.approx(1 / 3)


def test_without_jobs_the_tally_is_empty(jobs: Jobs) -> None:
    assert (jobs.tally().total, jobs.tally().rate("completed")) == (0, 0)


def test_old_jobs_go_with_their_channels(spine: Spine, jobs: Jobs) -> None:
    spine.agent("Bob")
    old = jobs.ask(ADA, "Long ago.")
    spine.clock.advance(KEPT.total_seconds())
    new = jobs.ask(ADA, "Now.")

    jobs.prune()

    assert [job.id for job in jobs.page(limit=10).items] == [new.id]
    assert len(spine.told(ChannelDeleted)) == 1
    assert spine.channels.page(UUID(int=0), limit=10).total == 1
    with pytest.raises(JobNotFound):
        jobs.get(old.id)


def test_only_the_newest_jobs_are_kept(spine: Spine) -> None:
    jobs = Jobs(spine.database, spine.clock, spine.agents, spine.channels, spine.messages, most=2)
    spine.agent("Bob")
    asked = []
    for number in range(4):
        spine.clock.advance(1)
        asked.append(jobs.ask(ADA, f"Question {number}").id)

    jobs.prune()

    assert [job.id for job in jobs.page(limit=10).items] == [asked[3], asked[2]]


def test_nobodys_many_jobs_drive_out_the_few_of_others(spine: Spine) -> None:
    jobs = Jobs(spine.database, spine.clock, spine.agents, spine.channels, spine.messages, most=3)
    spine.agent("Bob")
    few = jobs.ask(ADA, "One question").id
    many = []
    for number in range(4):
        spine.clock.advance(1)
        many.append(jobs.ask(id_of("Carol"), f"Question {number}").id)

    jobs.prune()

    assert [job.id for job in jobs.page(limit=10).items] == [many[3], many[2], few]


def _one_of_each(spine: Spine, jobs: Jobs) -> dict[Status, Job]:
    """A job that timed out, one that was completed within three seconds, one that failed, and one at work."""
    spine.agent("Bob")
    late = jobs.ask(ADA, "Late?", patience=timedelta(seconds=1))
    (claim,) = spine.turns().claim(1)
    spine.clock.advance(2)
    spine.turns().finish(claim, replied("Too late."))
    good = jobs.ask(ADA, "Good?")
    spine.clock.advance(3)
    _ends(spine, replied("Good."))
    bad = jobs.ask(ADA, "Bad?")
    _ends(spine, Outcome("failed", "it broke"))
    return {"timeout": late, "completed": good, "failed": bad, "processing": jobs.ask(ADA, "Still?")}
