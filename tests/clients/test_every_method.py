"""Every method of ``@elizaos/api-client`` 1.7.2, unmodified, against a server process."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.clients.model import HEARD, REPLY, ModelService
from tests.services.node import outcome_of
from tests.services.processes import Server

SCRIPT = Path(__file__).with_name("every_method.mjs")
KEY = "the-key-of-the-house"


def test_each_method_of_the_official_client_does_what_it_says(
    start_server: Callable[..., Server], model: ModelService, tmp_path: Path
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / ".env").write_text('KEPT="as it was"\n')
    server = start_server(env={**model.settings, "ELIZA_SERVER_AUTH_TOKEN": KEY})

    given = {"url": server.url, "key": KEY, "reply": REPLY, "heard": HEARD}
    outcome = outcome_of(SCRIPT, json.dumps(given))

    assert len(outcome["methods"]) == 102
    assert sorted([*outcome["checked"], *outcome["unsupported"]]) == sorted(outcome["methods"])
    assert outcome["unsupported"] == ["system.deleteLog"]
    assert not outcome["problems"], _readable(outcome["problems"])
    assert sorted(model.spoken) == sorted(["Read this aloud.", REPLY, REPLY, REPLY])
    assert server.wait(within=10) == 0  # The last method stops the server.


def _readable(problems: dict[str, str]) -> str:
    return "\n\n".join(f"{method}\n{problem}" for method, problem in problems.items())
