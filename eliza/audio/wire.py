"""Wire: what was heard and spoken, as elizaOS's clients want it."""

from base64 import b64encode
from typing import NotRequired

from flask import Response
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12.

from eliza.audio.talks import Exchange
from eliza.audio.voice import Speech
from eliza.errors import ElizaError
from eliza.events import Message
from eliza.http import envelope
from eliza.http.envelope import CodedFailure, Id, given

SOUND = "audio/*"


class HeardJson(TypedDict):
    text: str


class AudioMessageJson(TypedDict):
    transcription: str
    message: str
    messageId: NotRequired[Id]
    channelId: NotRequired[Id]


class SpeechJson(TypedDict):
    text: str
    audio: str
    """In base64."""
    format: str
    contentType: str


class TalkJson(SpeechJson):
    transcription: str
    messageId: Id
    replyId: Id
    channelId: Id


def heard(text: str) -> HeardJson:
    return {"text": text}


def audio_message(text: str, message: Message | None) -> AudioMessageJson:
    if message is None:
        return {
            "transcription": text,
            "message": "Transcribed. Who names an entityId, or sends X-Entity-Id, has it posted to the agent too.",
        }
    shape: AudioMessageJson = {"transcription": text, "message": "Transcribed, and posted to the agent."}
    return given(shape, messageId=message.id, channelId=message.channel_id)


def speech(spoken: Speech) -> SpeechJson:
    return {
        "text": spoken.text,
        "audio": b64encode(spoken.content).decode(),
        "format": spoken.content_type.partition("/")[2],
        "contentType": spoken.content_type,
    }


def talk(exchange: Exchange, spoken: Speech) -> TalkJson:
    return {
        **speech(spoken),
        "transcription": exchange.said.text,
        "messageId": exchange.said.id,
        "replyId": exchange.replies[0].id,
        "channelId": exchange.said.channel_id,
    }


def sound(spoken: Speech) -> Response:
    return Response(spoken.content, content_type=spoken.content_type)


def coded(failure: ElizaError) -> CodedFailure:
    """As elsewhere, but for the name that elizaOS's audio has for what does not fit."""
    shape = envelope.coded(failure)
    if shape["error"]["code"] == "VALIDATION_ERROR":
        shape["error"]["code"] = "INVALID_REQUEST"
    return shape
