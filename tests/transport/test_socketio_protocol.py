"""Socket.IO, protocol 5, as its specification asks, and what a client cannot do to the server by it."""

import json
import time

import pytest

from tests.services.waiting import eventually
from tests.transport.peer import Peer
from tests.transport.serving import Echo


def opened(server: Echo) -> Peer:
    peer = Peer(server.port)
    peer.text()
    return peer


def test_what_a_connect_handler_emits_comes_after_the_connect_packet(calm_ours: Echo) -> None:
    with opened(calm_ours) as peer:
        peer.send('40{"token":"123"}')
        assert list(json.loads(peer.text()[2:])) == ["sid"]
        assert peer.text() == '42["auth",{"token":"123"}]'


def test_an_answer_right_after_connecting_stays_behind_the_greeting(calm_ours: Echo) -> None:
    with opened(calm_ours) as peer:
        peer.send("40")
        peer.send('421["message-with-ack"]')
        assert [peer.text()[:6] for _ in range(3)] == ['40{"si', '42["au', "431[]"]


def test_a_namespace_is_joined_by_its_name(calm_ours: Echo) -> None:
    with opened(calm_ours) as peer:
        peer.send('40/custom,{"token":"abc"}')
        assert peer.text().startswith('40/custom,{"sid":')
        assert peer.text() == '42/custom,["auth",{"token":"abc"}]'


def test_an_unknown_namespace_is_refused_with_a_message(calm_ours: Echo) -> None:
    with opened(calm_ours) as peer:
        peer.send("40/random")
        assert peer.text() == '44/random,{"message":"Invalid namespace"}'


@pytest.mark.parametrize("auth", [{"refuse": True}, {"fail": True}])
def test_a_refused_client_is_told_in_an_object(calm_ours: Echo, auth: dict[str, bool]) -> None:
    with opened(calm_ours) as peer:
        peer.send("40" + json.dumps(auth))
        packet = peer.text()
        assert packet.startswith("44{")
        assert list(json.loads(packet[2:])) == ["message"]


def test_a_session_that_joins_no_namespace_is_closed_though_it_answers_pings(brisk: Echo) -> None:
    began = time.monotonic()
    with opened(brisk) as peer:
        assert peer.patient_close_code() == 1000
    assert 0.3 < time.monotonic() - began < 2


def test_a_session_that_left_its_only_namespace_is_closed(brisk: Echo) -> None:
    with Peer(brisk.port).join() as peer:
        peer.send("41")
        assert peer.patient_close_code() == 1000


def test_who_wants_to_be_let_in_again_and_again_is_sent_away(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        for _ in range(100):
            peer.send("40")
        assert [peer.text()[:2] for _ in range(99)] == ["44"] * 99
        assert peer.patient_close_code() == 1000


def test_leaving_one_namespace_leaves_the_others_alone(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send("40/custom")
        peer.text()
        peer.text()
        peer.send("41/custom")
        peer.send('42["message","message to main namespace"]')
        assert peer.text() == '42["message-back","message to main namespace"]'


def test_an_event_comes_back_as_it_was(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('42["message",1,"2",{"3":[true]}]')
        assert peer.text() == '42["message-back",1,"2",{"3":[true]}]'


def test_an_event_may_be_named_by_a_number(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('427[2,"by number"]')
        assert peer.text() == '437["by number"]'


def test_attachments_come_back_as_they_were(calm_ours: Echo) -> None:
    head = '[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
    with Peer(calm_ours.port).join() as peer:
        peer.send(f'452-["message",{head[1:]}')
        peer.send(b"\x01\x02\x03")
        peer.send(b"\x04\x05\x06")
        assert peer.text() == f'452-["message-back",{head[1:]}'
        assert [peer.frame(), peer.frame()] == [(2, b"\x01\x02\x03"), (2, b"\x04\x05\x06")]


def test_an_ack_carries_what_the_handler_returns(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('42456["message-with-ack",1,"2",{"3":[false]}]')
        assert peer.text() == '43456[1,"2",{"3":[false]}]'


def test_an_ack_may_carry_attachments(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('451-789["message-with-ack",{"_placeholder":true,"num":0}]')
        peer.send(b"\x01\x02\x03")
        assert peer.text() == '461-789[{"_placeholder":true,"num":0}]'
        assert peer.frame() == (2, b"\x01\x02\x03")


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param("4abc", id="no packet type"),
        pytest.param("4", id="nothing"),
        pytest.param("47", id="an unknown packet type"),
        pytest.param("42{}", id="an event that is no list"),
        pytest.param("42[]", id="an event without a name"),
        pytest.param("42[true]", id="an event named by no word"),
        pytest.param('42abc["message"]', id="an ack id that is no number"),
        pytest.param('42["disconnect"]', id="an event that only the server raises"),
        pytest.param('42["connect",{}]', id="another one"),
        pytest.param('42["message",NaN]', id="no JSON"),
        pytest.param("42" + '["message",' + "[" * 100_000, id="JSON without end"),
        pytest.param('42["message",' + "[" * 70 + "]" * 70 + "]", id="JSON nested deeply"),
        pytest.param('42["message",' + "[]," * 25_000 + "1]", id="JSON of very many lists"),
        pytest.param("40[]", id="credentials that are no object"),
        pytest.param("43[]", id="an ack of nothing"),
        pytest.param("430[]", id="an ack of what was never asked"),
        pytest.param('44{"message":"no"}', id="a refusal"),
        pytest.param('451000-["message"]', id="a thousand attachments"),
        pytest.param('450-["message"]', id="an event with attachments but none"),
        pytest.param('42/custom,["message"]', id="an event to a namespace it is not in"),
    ],
)
def test_a_packet_that_is_none_closes_the_connection(calm_ours: Echo, packet: str) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send(packet)
        assert peer.close_code() == 1000


@pytest.mark.parametrize(
    "attachment",
    [
        pytest.param('42["message"]', id="a text instead"),
        pytest.param(b"", id="one that another says it has"),
    ],
)
def test_attachments_that_do_not_fit_close_the_connection(calm_ours: Echo, attachment: str | bytes) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('451-["message",{"_placeholder":true,"num":7}]')
        peer.send(attachment)
        assert peer.close_code() == 1000


def test_attachments_without_an_event_close_the_connection(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send(b"4")
        assert peer.close_code() == 1000


def test_attachments_cannot_pile_up(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('4599-["message",{"_placeholder":true,"num":0}]')
        for _ in range(5):
            peer.send(bytes(900_000))
        assert peer.close_code() == 1000


def test_brackets_in_words_are_not_depth(calm_ours: Echo) -> None:
    word = '[{"' * 200
    with Peer(calm_ours.port).join() as peer:
        peer.send(f'421["message-with-ack",{json.dumps(word)}]')
        assert json.loads(peer.text()[3:]) == [word]


def test_a_handler_that_fails_does_not_cost_the_connection(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('42["note"]')
        peer.send('421["message-with-ack"]')
        assert peer.text() == "431[]"


def test_events_of_one_client_are_handled_in_the_order_they_were_sent(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.send('421["slow",0.2]')
        for index in range(5):
            peer.send(f'42["message",{index}]')
        assert [peer.text() for _ in range(6)] == ['431["done"]', *(f'42["message-back",{n}]' for n in range(5))]


def test_a_slow_handler_holds_up_nobody_else(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as slow, Peer(calm_ours.port).join() as quick:
        slow.send('421["slow",1.5]')
        began = time.monotonic()
        quick.send('421["message-with-ack"]')
        assert quick.text() == "431[]"
        assert time.monotonic() - began < 1


def test_a_handler_slower_than_the_heartbeat_does_not_cost_the_connection(brisk: Echo) -> None:
    with Peer(brisk.port).join() as peer:
        peer.send('421["slow",1.2]')
        assert peer.text() == '431["done"]'


def test_a_client_that_leaves_during_its_connect_handler_leaves_nothing_behind(calm_ours: Echo) -> None:
    before = calm_ours.state()["members"]
    with opened(calm_ours) as peer:
        peer.send('40{"slow":0.3}')
        eventually(lambda: calm_ours.state()["log"][-1:] == ["slow connect"])
        peer.reset()
    eventually(lambda: calm_ours.state()["members"] <= before)


def test_the_disconnect_handler_hears_why(calm_ours: Echo) -> None:
    with Peer(calm_ours.port).join() as peer:
        peer.hang_up()
        eventually(lambda: calm_ours.state()["log"][-1:] == ["disconnect: transport close"])
