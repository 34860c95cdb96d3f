"""Routes of audio: to be heard, to have something spoken, and to talk with an agent."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from eliza.agents.agents import Agents
from eliza.audio import wire
from eliza.audio.bodies import Person, Spoken, SpokenMessage, Talk, speaker_of
from eliza.audio.hearing import Hearing
from eliza.audio.talks import Talks
from eliza.audio.voice import Voice
from eliza.http import api, envelope
from eliza.http.body import parse
from eliza.http.current import current
from eliza.http.envelope import Ok, created, ok
from eliza.http.principal import current_principal
from eliza.media.intake import Incoming, incoming
from eliza.media.uploads import Owner, Uploads

bp = Blueprint("audio", __name__, url_prefix="/api/audio")
envelope.speak(bp, wire.coded)


@bp.post("/<agent_id>/transcriptions")
@api.takes_file()
@api.returns(Ok[wire.HeardJson])
def transcribe(agent_id: UUID) -> ResponseReturnValue:
    with _recording(agent_id) as sent:
        return ok(wire.heard(current(Hearing).transcribe(sent)))


@bp.post("/<agent_id>/audio-messages")
@api.takes_file(fields=Person)
@api.heeds("X-Entity-Id")
@api.returns(Ok[wire.AudioMessageJson])
def receive_audio_message(agent_id: UUID) -> ResponseReturnValue:
    """It is posted in the sender's direct channel with the agent, if the form or X-Entity-Id says who sends it."""
    with _recording(agent_id) as sent:
        speaker, text = speaker_of(sent.fields), current(Hearing).words(sent)
    message = current(Talks).say(agent_id, speaker, text) if speaker.is_known else None
    return ok(wire.audio_message(text, message))


@bp.post("/<agent_id>/speech/generate")
@api.returns(wire.SOUND)
def generate_speech(agent_id: UUID, json: Spoken) -> ResponseReturnValue:
    current(Agents).get(agent_id)
    return wire.sound(current(Voice).speak(json.text))


@bp.post("/<agent_id>/audio-messages/synthesize")
@api.returns(wire.SOUND, or_else={201: Ok[wire.SpeechJson]})
def synthesize(agent_id: UUID, json: SpokenMessage) -> ResponseReturnValue:
    """The sound of a text, or, for the clients that name a message, JSON with the sound in it."""
    current(Agents).get(agent_id)
    if json.message_id is not None:
        return created(wire.speech(current(Voice).read_out(json.message_id, agent_id, current_principal().scope)))
    return wire.sound(current(Voice).speak(json.text or ""))


@bp.post("/<agent_id>/speech/conversation")
@api.takes_file(fields=Person, or_json=Talk)
@api.heeds("X-Entity-Id")
@api.returns(wire.SOUND, or_else={201: Ok[wire.TalkJson]})
def converse(agent_id: UUID) -> ResponseReturnValue:
    """The agent's answer: its sound for a text in JSON, and JSON with the sound in it for a recording."""
    return _by_voice(agent_id) if request.mimetype == "multipart/form-data" else _by_text(agent_id, parse(Talk))


@bp.post("/<agent_id>/speech")
@api.takes_file(fields=Person)
@api.heeds("X-Entity-Id")
@api.returns(Ok[wire.TalkJson], status=201)
def process_speech(agent_id: UUID) -> ResponseReturnValue:
    return _by_voice(agent_id)


def _by_text(agent_id: UUID, body: Talk) -> ResponseReturnValue:
    current(Agents).get(agent_id)
    current(Voice).require_model()
    exchange = current(Talks).ask(agent_id, body.speaker(), body.text)
    return wire.sound(current(Voice).speak(exchange.answer))


def _by_voice(agent_id: UUID) -> ResponseReturnValue:
    current(Agents).get(agent_id)
    current(Voice).require_model()
    with _recording(agent_id) as sent:
        speaker, text = speaker_of(sent.fields), current(Hearing).words(sent)
    exchange = current(Talks).ask(agent_id, speaker, text)
    return created(wire.talk(exchange, current(Voice).speak(exchange.answer)))


@contextmanager
def _recording(agent_id: UUID) -> Iterator[Incoming]:
    """The form's file, kept no longer than it is listened to."""
    current(Agents).get(agent_id)
    current(Hearing).require_model()
    with incoming(current(Uploads).folder(Owner("agents", agent_id))) as sent:
        yield sent
