"""Turns: the protocol's rows, one step at a time, on both databases."""

from dataclasses import replace

import pytest

from eliza.db import Database, tables
from eliza.events import MessagePosted, TurnChanged
from eliza.llm.types import Usage
from eliza.messaging.messages import Draft
from eliza.runtime.turn import NewMemory, Outcome, Step
from eliza.testing.clock import NOON
from eliza.turns.owner import Owner
from eliza.turns.turns import LeaseLost
from tests.house_kit import at_once, id_of
from tests.spine import LEASE, Spine, elsewhere, replied

SILENT = Outcome("ignored", "it was not for the agent")


# Accept


def test_a_message_opens_a_turn_for_every_agent_but_its_author(spine: Spine) -> None:
    one, two, three = spine.agent("One"), spine.agent("Two"), spine.agent("Three")
    spine.agent("Elsewhere")
    channel = spine.channel("Ada", one, two, three)

    from_ada, from_one = spine.say(channel, "Ada"), spine.say(channel, one)

    assert {state.agent_name for state in spine.states(from_ada)} == {"One", "Two", "Three"}
    assert {state.agent_name for state in spine.states(from_one)} == {"Two", "Three"}
    assert {state.status for state in spine.states(from_ada)} == {"pending"}


def test_the_agent_a_message_names_gets_a_turn_without_a_seat(spine: Spine) -> None:
    one = spine.agent("One")
    channel = spine.channel("Ada", "Bob")

    message = spine.say(channel, "Ada", metadata={"targetAgentId": str(one)})

    assert [state.agent_id for state in spine.states(message)] == [one]


def test_an_agent_that_is_stopped_ignores_the_message_and_says_why(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One", active=False))

    message = spine.say(channel, "Ada")

    assert spine.ends(message) == [("ignored", "One is stopped")]
    assert spine.turns().claim(10) == []


# Claim


def test_a_turn_is_claimed_once(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One"))
    message = spine.say(channel, "Ada")

    [claim] = spine.turns().claim(10)

    assert (claim.message_id, claim.agent_name, claim.seq, claim.attempt) == (message.id, "One", 1, 1)
    assert spine.ends(message) == [("running", None)]
    assert spine.turns(owner=elsewhere()).claim(10) == []


def test_an_agent_takes_the_messages_of_a_channel_in_order(spine: Spine) -> None:
    turns, channel = spine.turns(), spine.channel("Ada", spine.agent("One"))
    first, second = spine.say(channel, "Ada", "First"), spine.say(channel, "Ada", "Second")

    [claim] = turns.claim(10)
    meanwhile = turns.claim(10)
    turns.finish(claim, SILENT)
    [next_claim] = turns.claim(10)

    assert (claim.message_id, meanwhile, next_claim.message_id) == (first.id, [], second.id)


def test_agents_and_channels_do_not_wait_for_each_other(spine: Spine) -> None:
    one, two = spine.agent("One"), spine.agent("Two")
    here, there = spine.channel("Ada", one, two), spine.channel("Ada", one)
    for channel in (here, here, there, there):
        spine.say(channel, "Ada")

    claims = spine.turns().claim(10)

    assert sorted((claim.channel_id, claim.agent_id, claim.seq) for claim in claims) == sorted(
        [(here, one, 1), (here, two, 1), (there, one, 1)]
    )


def test_the_oldest_turns_are_claimed_first(spine: Spine) -> None:
    one = spine.agent("One")
    channels = [spine.channel("Ada", one) for _ in range(5)]
    for channel in channels:
        spine.clock.advance(1)
        spine.say(channel, "Ada")

    assert [claim.channel_id for claim in spine.turns().claim(3)] == channels[:3]


def test_no_more_are_claimed_than_asked_for_whatever_the_database_plans(postgres_url: str) -> None:
    without = "%20".join(f"-cenable_{way}%3Doff" for way in ("hashjoin", "mergejoin", "hashagg", "material", "sort"))
    database = Database.open_postgres(f"{postgres_url}?options={without}")
    spine = Spine(database)
    one = spine.agent("One")
    for _ in range(5):
        spine.say(spine.channel("Ada", one), "Ada")

    claimed = [len(spine.turns().claim(3)) for _ in range(3)]

    database.close()
    assert claimed == [3, 2, 0]


def test_two_workers_that_claim_at_once_get_different_turns(spine: Spine) -> None:
    one = spine.agent("One")
    for _ in range(12):
        spine.say(spine.channel("Ada", one), "Ada")
    workers = [spine.turns(owner=elsewhere(number)) for number in range(4)]

    claimed = at_once(*(lambda worker=worker: worker.claim(6) for worker in workers))

    ids = [claim.id for claims in claimed for claim in claims]
    assert len(ids) == len(set(ids)) == 12


# Finish


def test_a_finished_turn_leaves_its_reply_and_its_record(spine: Spine) -> None:
    one = spine.agent("One")
    channel = spine.channel("Ada", one)
    message = spine.say(channel, "Ada")
    [claim] = spine.turns().claim(1)
    spine.clock.advance(2)

    spine.turns().finish(
        claim, replace(replied("Hello, Ada."), usage=Usage(7, 2), steps=(Step("thinking", 1, 2, "scripted"),))
    )

    reply = spine.messages.after(channel, 1, limit=1)[0]
    assert (reply.id, reply.text, reply.author_id, reply.author_name) == (claim.reply_id(), "Hello, Ada.", one, "One")
    assert (reply.in_reply_to, reply.hop, reply.is_agent, reply.seq) == (message.id, 1, True, 2)
    assert spine.ends(message) == [("replied", "it was asked")]
    with spine.database.read():
        row = tables.Turn.get_by_id(claim.id)
    assert (row.model, row.prompt_tokens, row.completion_tokens, row.owner) == ("scripted/model", 7, 2, None)
    assert row.steps == [{"kind": "step", "name": "thinking", "startedMs": 1, "durationMs": 2, "detail": "scripted"}]
    assert (row.started_at, row.ended_at) == (NOON, spine.clock.now())


def test_the_reply_is_told_before_the_end_of_the_turn(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One"))
    spine.say(channel, "Ada")
    [claim] = spine.turns().claim(1)
    spine.heard.clear()

    spine.turns().finish(claim, replied("Hello.", "And welcome."))

    assert [event.message.text if isinstance(event, MessagePosted) else event.status for event in spine.heard] == [
        "Hello.",
        "And welcome.",
        "replied",
    ]


def test_a_turn_is_finished_once(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One"))
    spine.say(channel, "Ada")
    [claim] = spine.turns().claim(1)
    spine.turns().finish(claim, replied("Once."))
    spine.heard.clear()

    with pytest.raises(LeaseLost):
        spine.turns().finish(claim, replied("Twice."))

    assert spine.history(channel) == ["Hi!", "Once."]
    assert spine.heard == []


def test_a_turn_finished_by_many_at_once_has_one_answer(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One"))
    spine.say(channel, "Ada")
    [claim] = spine.turns().claim(1)

    def finish(text: str) -> str:
        try:
            spine.turns().finish(claim, replied(text))
        except LeaseLost:
            return "lost"
        return "finished"

    ends = at_once(*(lambda number=number: finish(f"Answer {number}.") for number in range(5)))

    assert sorted(ends) == ["finished", *["lost"] * 4]
    assert len(spine.history(channel)) == 2


def test_nothing_of_an_outcome_is_stored_when_a_part_of_it_cannot_be(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One"))
    message = spine.say(channel, "Ada")
    [claim] = spine.turns().claim(1)
    spine.heard.clear()

    with pytest.raises(TypeError):
        spine.turns().finish(claim, replied("Hello.", memories=(NewMemory("facts", "a fact", {"of": object()}),)))

    assert spine.history(channel) == ["Hi!"]
    assert spine.ends(message) == [("running", None)]
    assert spine.heard == []


def test_a_turn_whose_message_was_deleted_cannot_be_finished(spine: Spine) -> None:
    channel = spine.channel("Ada", spine.agent("One"))
    message = spine.say(channel, "Ada")
    [claim] = spine.turns().claim(1)
    spine.messages.delete(channel, message.id)

    with pytest.raises(LeaseLost):
        spine.turns().finish(claim, replied("Too late."))

    assert spine.history(channel) == []


# Leases


def test_a_turn_whose_lease_ran_out_comes_free_with_one_attempt_more(spine: Spine) -> None:
    gone, here = spine.turns(owner=elsewhere(1)), spine.turns(owner=elsewhere(2))
    spine.say(spine.channel("Ada", spine.agent("One")), "Ada")
    [first] = gone.claim(1)

    spine.clock.advance(LEASE - 1)
    too_early = here.sweep()
    spine.clock.advance(2)
    freed = here.sweep()
    [second] = here.claim(1)

    assert (too_early, freed) == (0, 1)
    assert (second.id, first.attempt, second.attempt) == (first.id, 1, 2)


def test_who_lost_the_lease_cannot_finish(spine: Spine) -> None:
    slow, quick = spine.turns(owner=elsewhere(1)), spine.turns(owner=elsewhere(2))
    channel = spine.channel("Ada", spine.agent("One"))
    spine.say(channel, "Ada")
    [stale] = slow.claim(1)
    spine.clock.advance(LEASE + 1)
    quick.sweep()

    with pytest.raises(LeaseLost):
        slow.finish(stale, replied("From the slow one."))
    [claim] = quick.claim(1)
    with pytest.raises(LeaseLost):
        slow.finish(stale, replied("From the slow one."))
    quick.finish(claim, replied("From the quick one."))

    assert spine.history(channel) == ["Hi!", "From the quick one."]


def test_an_earlier_attempt_of_the_same_owner_cannot_finish(spine: Spine) -> None:
    turns, channel = spine.turns(), spine.channel("Ada", spine.agent("One"))
    spine.say(channel, "Ada")
    [stale] = turns.claim(1)
    spine.clock.advance(LEASE + 1)
    turns.sweep()
    turns.claim(1)

    with pytest.raises(LeaseLost):
        turns.finish(stale, replied("Stale."))


def test_a_sign_of_life_keeps_the_lease(spine: Spine) -> None:
    turns = spine.turns(owner=elsewhere())
    spine.say(spine.channel("Ada", spine.agent("One")), "Ada")
    [claim] = turns.claim(1)

    for _ in range(3):
        spine.clock.advance(LEASE - 1)
        turns.renew([claim.id])

    assert spine.turns().sweep() == 0


def test_a_sign_of_life_is_given_for_the_turns_named_only(spine: Spine) -> None:
    turns, one = spine.turns(owner=elsewhere()), spine.agent("One")
    for _ in range(2):
        spine.say(spine.channel("Ada", one), "Ada")
    kept, dropped = turns.claim(2)

    spine.clock.advance(LEASE - 1)
    turns.renew([kept.id])
    spine.clock.advance(2)

    assert spine.turns().sweep() == 1
    assert [claim.id for claim in spine.turns().claim(5)] == [dropped.id]


def test_after_the_third_attempt_the_turn_has_failed_and_the_channel_is_told(spine: Spine) -> None:
    turns, channel = spine.turns(), spine.channel("Ada", spine.agent("One"))
    message, later = spine.say(channel, "Ada", "First"), spine.say(channel, "Ada", "Second")
    for _ in range(3):
        assert len(turns.claim(1)) == 1
        spine.clock.advance(LEASE + 1)
        spine.heard.clear()
        assert turns.sweep() == 1

    assert spine.ends(message) == [("failed", "gave up after 3 attempts")]
    assert [(event.status, event.reason, event.message_id) for event in spine.told(TurnChanged)] == [
        ("failed", "gave up after 3 attempts", message.id)
    ]
    assert [claim.message_id for claim in turns.claim(5)] == [later.id]


def test_what_is_not_running_is_not_swept(spine: Spine) -> None:
    turns, channel = spine.turns(), spine.channel("Ada", spine.agent("One"))
    spine.say(channel, "Ada")
    done = spine.say(channel, "Ada")
    [claim] = turns.claim(1)
    turns.finish(claim, SILENT)
    spine.clock.advance(10 * LEASE)

    assert (turns.sweep(), turns.recover()) == (0, 0)
    assert spine.ends(done) == [("pending", None)]


def test_a_dead_process_of_this_host_loses_its_turns_at_once(spine: Spine) -> None:
    me = Owner.myself()
    dead = spine.turns(owner=replace(me, born=me.born - 1000))
    spine.say(spine.channel("Ada", spine.agent("One")), "Ada")
    dead.claim(1)

    assert spine.turns().recover() == 1
    assert [claim.attempt for claim in spine.turns().claim(1)] == [2]


def test_a_server_that_starts_leaves_the_living_their_turns(spine: Spine, backend: str) -> None:
    spine.say(spine.channel("Ada", spine.agent("One")), "Ada")
    spine.turns(owner=elsewhere()).claim(1)

    # A SQLite file has one server: whoever held a turn in it before is gone.
    assert spine.turns().recover() == (1 if backend == "sqlite" else 0)


def test_what_is_given_back_can_be_taken_at_once_and_costs_no_attempt(spine: Spine) -> None:
    leaving, staying = spine.turns(owner=elsewhere(1)), spine.turns(owner=elsewhere(2))
    one = spine.agent("One")
    spine.say(spine.channel("Ada", one), "Ada")
    spine.say(spine.channel("Ada", one), "Ada")
    leaving.claim(1)
    staying.claim(1)

    leaving.release()

    assert [claim.attempt for claim in staying.claim(5)] == [1]


# The guard


def test_agents_stop_at_the_limit_also_when_they_thought_at_the_same_time(spine: Spine) -> None:
    turns, agents = spine.turns(in_a_row=4), [spine.agent(f"Agent {number}") for number in range(3)]
    channel = spine.channel("Ada", *agents)
    spine.say(channel, "Ada")
    for number, claim in enumerate(turns.claim(10)):
        turns.finish(claim, replied(f"Answer {number}: {'x' * number}"))

    claims = turns.claim(10)
    assert [turns.objection(claim) for claim in claims] == [None] * 3
    ends = [turns.finish(claim, replied(f"Remark {claim.id}")) for claim in claims]

    assert [end.status for end in ends] == ["replied", "ignored", "ignored"]
    assert ends[1].reason == "agents have written 4 messages in a row; a person has to speak first"
    assert len(spine.history(channel)) == 1 + 4


def test_a_person_is_always_answered(spine: Spine) -> None:
    turns, one = spine.turns(in_a_row=1), spine.agent("One")
    channel = spine.channel("Ada", one)
    for text in ("First", "Second"):
        spine.say(channel, "Ada", text)
        [claim] = turns.claim(1)
        assert turns.objection(claim) is None
        assert turns.finish(claim, replied(f"To {text}")).status == "replied"


def test_an_agent_that_posts_on_its_own_counts_as_one(spine: Spine) -> None:
    one, two = spine.agent("One"), spine.agent("Two")
    channel = spine.channel(one, two)

    message = spine.messages.post(Draft(channel, one, "By myself.")).message
    claims = spine.turns(in_a_row=1).claim(1)

    assert (message.is_agent, message.hop, message.author_name) == (True, 1, "One")
    assert spine.turns(in_a_row=1).objection(claims[0]) is not None


def test_what_an_agent_said_stays_when_the_agent_is_deleted(spine: Spine) -> None:
    one = spine.agent("One")
    channel = spine.channel("Ada", one)
    message = spine.say(channel, "Ada")
    [claim] = spine.turns().claim(1)
    spine.turns().finish(claim, replied("Hello."))

    spine.agents.delete(one)

    assert spine.history(channel) == ["Hi!", "Hello."]
    assert spine.states(message) == []
    assert spine.channels.participants(channel) == [id_of("Ada")]
