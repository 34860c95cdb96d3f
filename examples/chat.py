"""Ask the first agent of a server something over REST, and print its answer as it is written.

python3 examples/chat.py http://127.0.0.1:3000 "Hello, who are you?"
"""

import json
import os
import sys
from http.client import HTTPResponse
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

_, URL, TEXT = sys.argv


def call(path: str, body: dict[str, Any] | None = None) -> HTTPResponse:
    headers = {"Content-Type": "application/json", "X-API-KEY": os.environ.get("ELIZA_SERVER_AUTH_TOKEN", "")}
    request = Request(URL + path, json.dumps(body).encode() if body else None, headers)  # noqa: S310 - your own server.
    answer: HTTPResponse = urlopen(request)  # noqa: S310
    return answer


me = str(uuid4())
agent = json.load(call("/api/agents"))["data"]["agents"][0]
channel = json.load(call(f"/api/messaging/dm-channel?currentUserId={me}&targetUserId={agent['id']}"))["data"]
message = {"author_id": me, "content": TEXT, "transport": "sse"}

shown = ""
with call(f"/api/messaging/channels/{channel['id']}/messages", message) as events:
    for line in events:
        if not line.startswith(b"data: "):
            continue  # The name of an event, or a sign of life.
        event = json.loads(line.removeprefix(b"data: "))
        if event["type"] == "chunk":
            shown += event["chunk"]
            print(event["chunk"], end="", flush=True)
        elif event["type"] == "error":
            sys.exit(event["error"])
        elif event["type"] == "complete" and "text" in event:
            print(event["text"].removeprefix(shown))  # Chunks are a preview; this is the message that was stored.
        elif event["type"] == "complete":
            print(f"({agent['name']} said nothing: {event['turns'][0]['reason']})")
