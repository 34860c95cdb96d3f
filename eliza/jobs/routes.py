"""Routes of jobs. An id that is none names no job, as one that nobody has: clients of elizaOS expect a 404."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.clock import SystemClock
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import answer
from eliza.http.paging import paged
from eliza.http.principal import current_principal, sender
from eliza.ids import is_uuid
from eliza.jobs import bodies, wire
from eliza.jobs.jobs import PATIENCE, JobNotFound, Jobs

bp = Blueprint("jobs", __name__, url_prefix="/api/messaging/jobs")
envelope.speak(bp, envelope.plain)


@bp.get("/health")
@api.returns(wire.JobsHealthJson)
def jobs_health() -> ResponseReturnValue:
    """Counts the jobs that the caller may see."""
    jobs = current(Jobs)
    return answer(wire.health(jobs.tally(current_principal().scope), current(SystemClock).now(), most=jobs.most))


@bp.get("")
@api.also(bp, "/", methods=["GET"])
@api.returns(wire.JobsJson)
def list_jobs(query: bodies.WhichJobs) -> ResponseReturnValue:
    """Newest first. ``total`` counts all jobs that the caller may see, ``filtered`` those with the requested status."""
    jobs, person = current(Jobs), current_principal().scope
    page = jobs.page(limit=query.limit, status=query.status, cursor=query.cursor, person=person)
    return paged(answer(wire.jobs(page, jobs.count(person))), page)


@bp.post("")
@api.also(bp, "/", methods=["POST"])
@api.returns(wire.NewJobJson, status=201)
def create_job(json: bodies.NewJob) -> ResponseReturnValue:
    patience = timedelta(milliseconds=json.timeout_ms) if json.timeout_ms else PATIENCE
    user_id = sender(json.user_id, "userId")
    job = current(Jobs).ask(user_id, json.content, agent_id=json.agent_id, metadata=json.metadata, patience=patience)
    return answer(wire.new_job(job), 201)


@bp.get("/<job_id>")
@api.returns(wire.JobJson)
def get_job(job_id: str) -> ResponseReturnValue:
    return answer(wire.job(current(Jobs).get(_id(job_id))))


def _id(text: str) -> UUID:
    if not is_uuid(text):
        raise JobNotFound(text)
    return UUID(text)
