"""A session over HTTP, and the words for a story about it."""

from datetime import datetime, timedelta
from typing import Any

from eliza.http.envelope import iso
from tests.house_kit import Answer, House, Json, id_of

URL = "/api/messaging/sessions"
ADA = str(id_of("Ada"))
DEFAULTS = {"timeoutMinutes": 30, "autoRenew": True, "maxDurationMinutes": 720, "warningThresholdMinutes": 5}


class Talk:
    """One session of Ada's with Eliza."""

    def __init__(self, house: House, **body: Any) -> None:
        self.house = house
        created = house.http.post(URL, json={"agentId": str(house.eliza), "userId": ADA, **body})
        assert created.status_code == 201, created.text
        self.begun: Json = created.json
        self.url = f"{URL}/{self.begun['sessionId']}"

    def get(self) -> Answer:
        return self.house.http.get(self.url)

    def info(self) -> Json:
        shown: Json = self.get().json
        return shown

    def post(self, what: str, **body: Any) -> Answer:
        return self.house.http.post(f"{self.url}/{what}", json=body)

    def says(self, text: str, **body: Any) -> Answer:
        return self.post("messages", content=text, **body)

    def asks(self, text: str) -> Answer:
        """Say it and wait for the answer."""
        return self.says(text, transport="http")

    def goes_on(self, rounds: int) -> None:
        """Ada says something as often, and Eliza answers."""
        for number in range(1, rounds + 1):
            self.house.model.will_say(f"Answer {number}")
            self.asks(f"Say {number}")

    def messages(self, **query: Any) -> Json:
        page: Json = self.house.http.get(f"{self.url}/messages", query_string=query).json
        return page

    def texts(self, **query: Any) -> list[str]:
        return [message["content"] for message in self.messages(**query)["messages"]]

    def moment(self, minutes: float) -> str:
        """So long after the session began."""
        return iso(datetime.fromisoformat(self.begun["createdAt"]) + timedelta(minutes=minutes))


def refusal(answer: Answer, status: int, code: str) -> Json:
    """The error as elizaOS tells it; nothing of ours shows, least of all a stack."""
    assert (answer.status_code, answer.json.keys()) == (status, {"error"}), answer.text
    error: Json = answer.json["error"]
    assert error["code"] == code
    assert error.keys() - {"details"} == {"code", "message", "timestamp"}
    return error
