"""A session over HTTP, and the words for a story about it."""

from typing import Any

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

    def messages(self, **query: Any) -> Json:
        page: Json = self.house.http.get(f"{self.url}/messages", query_string=query).json
        return page


def refusal(answer: Answer, status: int, code: str) -> Json:
    """The error as elizaOS tells it; nothing of ours shows, least of all a stack."""
    assert (answer.status_code, answer.json.keys()) == (status, {"error"}), answer.text
    error: Json = answer.json["error"]
    assert error["code"] == code
    assert error.keys() - {"details"} == {"code", "message", "timestamp"}
    return error
