"""Turns: what lets agents answer: the queue of turns, the workers that take them, budgets and approvals."""

from dataclasses import dataclass
from datetime import timedelta

from eliza.agents.agents import Agents
from eliza.approvals.approvals import Approvals
from eliza.budgets.budgets import Budgets
from eliza.budgets.prices import Prices
from eliza.composition.core import Core
from eliza.composition.media import Media
from eliza.llm.registry import Models
from eliza.logs.agent_logs import AgentLogs
from eliza.media.shown import ShownFiles
from eliza.memory.conversation import Conversation
from eliza.memory.memories import Memories
from eliza.messaging.messages import Messages
from eliza.runtime.components import ApprovalPolicy
from eliza.runtime.pipeline import Pipeline
from eliza.turns.guard import Limits
from eliza.turns.owner import Owner
from eliza.turns.pauses import Pauses
from eliza.turns.questions import StoredQuestions
from eliza.turns.turns import Turns
from eliza.turns.workers import TurnWorkers


@dataclass(frozen=True, slots=True)
class TurnServices:
    agent_logs: AgentLogs
    budgets: Budgets
    approvals: Approvals
    workers: TurnWorkers


def build_turns(core: Core, messages: Messages, media: Media, models: Models, agents: Agents) -> TurnServices:
    """The workers do not start by themselves."""
    settings, database, clock, bus = core.settings, core.database, core.clock, core.bus
    owner = Owner.myself()
    agent_logs = AgentLogs(database)
    budgets = Budgets(database, clock, models, settings.budgets, Prices.read(settings.budgets.prices))
    approvals = Approvals(database, clock, bus)
    conversation = Conversation(database)
    turns = Turns(
        database,
        clock,
        bus,
        messages,
        Memories(database, clock),
        agent_logs,
        budgets,
        owner=owner,
        lease=timedelta(seconds=settings.lease_seconds),
        attempts=settings.turn_attempts,
        limits=Limits(in_a_row=settings.agent_turns_in_a_row),
    )
    workers = TurnWorkers(
        turns,
        Pauses(database, clock, bus, approvals, budgets, owner=owner),
        StoredQuestions(database, conversation),
        agents,
        budgets,
        _pipeline(core, conversation, media, models),
        bus,
        core.background,
        clock,
        most=settings.concurrent_turns,
        lease_seconds=settings.lease_seconds,
        turn_seconds=settings.turn_seconds,
    )
    return TurnServices(agent_logs, budgets, approvals, workers)


def _pipeline(core: Core, conversation: Conversation, media: Media, models: Models) -> Pipeline:
    settings = core.settings
    return Pipeline(
        models,
        conversation,
        core.clock,
        files=ShownFiles(core.database, media.uploads, media.outgoing),
        policy=ApprovalPolicy(settings.approval, timedelta(minutes=settings.approval_minutes)),
    )
