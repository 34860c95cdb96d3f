"""Restart: a server that is killed between the question and the decision forgets neither."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from eliza.ids import to_uuid
from tests.services.processes import HOST, ROOT, Process, clean_environment, free_port
from tests.services.waiting import eventually

ADA, ELIZA = str(to_uuid("Ada")), str(to_uuid("Eliza"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], tuple[Process, str]]]:
    """Start the program, and give it with its address once it answers."""
    with ExitStack() as running:

        def begin() -> tuple[Process, str]:
            port = free_port()
            env = {**clean_environment(tmp_path), "SERVER_PORT": str(port)}
            command = [sys.executable, "-m", "tests.approvals.program"]
            program = Process(command, log_path=tmp_path / "log", env=env, cwd=ROOT)
            running.callback(program.kill)
            url = f"http://{HOST}:{port}"
            eventually(lambda: requests.get(f"{url}/healthz", timeout=5).ok, within=30)
            return program, url

        yield begin


def test_an_action_that_was_asked_for_before_a_kill_is_taken_once_after_it(
    start: Callable[[], tuple[Process, str]], tmp_path: Path
) -> None:
    program, url = start()
    query = f"currentUserId={ADA}&targetUserId={ELIZA}"
    channel = requests.get(f"{url}/api/messaging/dm-channel?{query}", timeout=10).json()["data"]["id"]
    said = {"author_id": ADA, "content": "Write to the king.", "transport": "http"}
    asked = requests.post(f"{url}/api/messaging/channels/{channel}/messages", json=said, timeout=10).json()
    approval = asked["turns"][0]["approvalId"]

    program.kill()
    _, again = start()
    decision = {"decision": "approve", "entityId": ADA}
    decided = requests.post(f"{again}/api/approvals/{approval}/decision", json=decision, timeout=10)

    assert decided.status_code == 200, decided.text
    assert eventually(lambda: _texts(again, channel)[1:]) == ["Sent."]
    assert (tmp_path / "data" / "sent").read_text() == f"{asked['turns'][0]['turnId']}:0\n"
    assert (tmp_path / "data" / "asked").read_text() == "once\n"


def _texts(url: str, channel: str) -> list[Any]:
    listed = requests.get(f"{url}/api/messaging/channels/{channel}/messages?after_seq=0", timeout=10)
    return [message["content"] for message in listed.json()["data"]["messages"]]
