"""World: a server with something in it, so that what is tried finds more than that there is nothing."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import requests

from eliza.ids import to_uuid
from tests.services.waiting import eventually

Json = dict[str, Any]
Ids = dict[str, list[str]]


def populate(url: str, headers: Mapping[str, str], many: int) -> Ids:
    """Make so many of everything; their ids, under the names that parameters of paths have for them.

    What stands at the same place of the lists belongs together.
    """
    return _World(url, headers, many).made()


class _World:
    def __init__(self, url: str, headers: Mapping[str, str], many: int) -> None:
        self._many = many
        self._http = requests.Session()
        self._http.headers.update(headers)
        self._api = f"{url}/api"
        self._ids: defaultdict[str, list[str]] = defaultdict(list)
        self._ids["userId"] = [str(to_uuid(name)) for name in ("Ada", "Bob")]

    def made(self) -> Ids:
        for number in range(self._many):
            self._agent(f"Agent {number}")
        for number in range(self._many):
            self._talk(self._ids["agentId"][number], f"Hello number {number}.")
        self._sessions()
        self._server()
        self._people()
        for agent_id in self._ids["agentId"]:
            self._what_is_known_of(agent_id)
        return dict(self._ids)

    def _agent(self, name: str) -> None:
        character = {"name": name, "bio": f"{name} is here to be tried out."}
        agent_id = self._post("/agents", {"characterJson": character})["data"]["id"]
        self._post(f"/agents/{agent_id}/start", {})
        self._post(f"/agents/{agent_id}/worlds", {"name": f"World of {name}"})
        self._ids["agentId"].append(agent_id)

    def _talk(self, agent_id: str, text: str) -> None:
        """A channel with a person, an agent, a message and its answer, an action, and a file."""
        people = [self._ids["userId"][0], agent_id]
        made = self._post("/messaging/channels", {"name": text, "participantCentralUserIds": people})
        channel_id = made["data"]["id"]
        said = {"author_id": people[0], "content": text, "transport": "http"}
        answered = self._post(f"/messaging/channels/{channel_id}/messages", said)
        action_id = str(uuid4())
        self._post("/messaging/action", self._action(action_id, channel_id, agent_id))
        self._ids["channelId"].append(channel_id)
        self._ids["messageId"].append(answered["userMessage"]["id"])
        self._ids["actionId"].append(action_id)
        self._ids["name"].append(self._file(channel_id))

    def _action(self, action_id: str, channel_id: str, agent_id: str) -> Json:
        where = {"channel_id": channel_id, "server_id": str(to_uuid("nowhere")), "author_id": agent_id}
        return {"messageId": action_id, **where, "content": "Looking it up.", "raw_message": {"actions": ["LOOK"]}}

    def _file(self, channel_id: str) -> str:
        form = {"file": ("notes.txt", b"Nothing in particular.", "text/plain")}
        sent = self._http.post(f"{self._api}/messaging/channels/{channel_id}/upload-media", files=form, timeout=30)
        return str(sent.json()["data"]["url"]).rpartition("/")[2]

    def _sessions(self) -> None:
        for agent_id in self._ids["agentId"]:
            who = {"agentId": agent_id, "userId": self._ids["userId"][0]}
            self._ids["sessionId"].append(self._post("/messaging/sessions", who)["sessionId"])
            job = self._post("/messaging/jobs", {**who, "content": "What is new?"})
            self._ids["jobId"].append(job["jobId"])

    def _server(self) -> None:
        for number in range(self._many):
            made = self._post("/messaging/message-servers", {"name": f"Server {number}", "sourceType": "fuzz"})
            self._ids["messageServerId"].append(made["data"]["id"])

    def _people(self) -> None:
        for number in range(self._many):
            person = self._post("/people", {"username": f"person{number}"})
            self._ids["personId"].append(person["data"]["id"])
            self._ids["keyId"].append(self._post("/keys", {"name": f"Key {number}"})["data"]["id"])

    def _what_is_known_of(self, agent_id: str) -> None:
        of_agent = f"/agents/{agent_id}"
        eventually(lambda: self._get(f"{of_agent}/runs")["data"]["runs"], within=30)
        self._ids["runId"].append(self._get(f"{of_agent}/runs")["data"]["runs"][0]["runId"])
        self._ids["logId"].append(self._get(f"{of_agent}/logs")["data"][0]["id"])
        self._ids["roomId"].append(self._get(f"{of_agent}/rooms")["data"]["rooms"][0]["id"])
        self._ids["worldId"].append(self._get(f"{of_agent}/worlds")["data"]["worlds"][0]["id"])
        self._ids["memoryId"].append(self._get(f"{of_agent}/memories")["data"]["memories"][0]["id"])

    def _post(self, path: str, body: Json) -> Json:
        return _read(self._http.post(f"{self._api}{path}", json=body, timeout=30))

    def _get(self, path: str) -> Json:
        return _read(self._http.get(f"{self._api}{path}", timeout=30))


def _read(response: requests.Response) -> Json:
    assert response.ok, f"{response.request.method} {response.url}: {response.text}"
    found: Json = response.json()
    return found
