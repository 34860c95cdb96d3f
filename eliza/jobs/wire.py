"""Wire: jobs as elizaOS's clients know them."""

from datetime import datetime, timedelta
from typing import NotRequired

from typing_extensions import TypedDict

from eliza.clock import milliseconds
from eliza.db.paging import Page
from eliza.http.envelope import Id, Json, given
from eliza.jobs.jobs import Answer, Job, Tally
from eliza.jobs.standing import Status

_MILLISECOND = timedelta(milliseconds=1)
_UNSAID = {
    "failed": "The question, or the agent it was put to, has been deleted",
    "timeout": "The agent did not answer in time",
}


class NewJobJson(TypedDict):
    jobId: Id
    status: Status
    createdAt: int
    expiresAt: int


class JobAnswerJson(TypedDict):
    id: Id
    content: str
    authorId: Id
    createdAt: int
    metadata: Json


class JobResultJson(TypedDict):
    message: JobAnswerJson
    processingTimeMs: int


class JobJson(TypedDict):
    jobId: Id
    status: Status
    agentId: Id
    userId: Id
    prompt: str
    createdAt: int
    expiresAt: int
    result: NotRequired[JobResultJson]
    error: NotRequired[str]
    metadata: Json


class JobsJson(TypedDict):
    jobs: list[JobJson]
    total: int
    filtered: int


class JobCountsJson(TypedDict):
    pending: int
    processing: int
    completed: int
    failed: int
    timeout: int


class JobMetricsJson(TypedDict):
    averageProcessingTimeMs: float
    successRate: float
    failureRate: float
    timeoutRate: float


class JobsHealthJson(TypedDict):
    healthy: bool
    timestamp: int
    totalJobs: int
    statusCounts: JobCountsJson
    metrics: JobMetricsJson
    maxJobs: int


def new_job(job: Job) -> NewJobJson:
    return {
        "jobId": job.id,
        "status": job.status,
        "createdAt": milliseconds(job.created_at),
        "expiresAt": milliseconds(job.expires_at),
    }


def job(job: Job) -> JobJson:
    shape: JobJson = {
        "jobId": job.id,
        "status": job.status,
        "agentId": job.agent_id,
        "userId": job.user_id,
        "prompt": job.prompt,
        "createdAt": milliseconds(job.created_at),
        "expiresAt": milliseconds(job.expires_at),
        "metadata": dict(job.metadata),
    }
    return given(shape, result=_result(job), error=_error(job))


def jobs(page: Page[Job], total: int) -> JobsJson:
    return {"jobs": [job(item) for item in page.items], "total": total, "filtered": page.total}


def health(tally: Tally, now: datetime, *, most: int) -> JobsHealthJson:
    return {
        "healthy": True,
        "timestamp": milliseconds(now),
        "totalJobs": tally.total,
        "statusCounts": {
            "pending": tally.count("pending"),
            "processing": tally.count("processing"),
            "completed": tally.count("completed"),
            "failed": tally.count("failed"),
            "timeout": tally.count("timeout"),
        },
        "metrics": {
            "averageProcessingTimeMs": tally.average / _MILLISECOND,
            "successRate": tally.rate("completed"),
            "failureRate": tally.rate("failed"),
            "timeoutRate": tally.rate("timeout"),
        },
        "maxJobs": most,
    }


def _result(job: Job) -> JobResultJson | None:
    if job.answer is None or job.ended_at is None:
        return None
    return {"message": _answer(job.answer), "processingTimeMs": (job.ended_at - job.created_at) // _MILLISECOND}


def _answer(answer: Answer) -> JobAnswerJson:
    return {
        "id": answer.id,
        "content": answer.text,
        "authorId": answer.author_id,
        "createdAt": milliseconds(answer.created_at),
        "metadata": dict(answer.metadata),
    }


def _error(job: Job) -> str | None:
    if job.status == "failed" and job.reason is not None:
        return job.reason
    return _UNSAID.get(job.status)
