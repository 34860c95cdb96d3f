"""The kit itself: a story told with it says what happened."""

from tests.house_kit import House


def test_ada_says_hi_and_the_agent_answers(house: House) -> None:
    house.model.will_say("Hello, Ada.")
    room = house.private("Ada", house.eliza)

    room.says("Ada", "Hi!")

    room.reads("Hi!", "Hello, Ada.")


def test_both_edges_hear_what_is_said(small_house: House) -> None:
    small_house.model.will_say("Hello, Ada.")
    room = small_house.room("Ada", "Bob", small_house.eliza, type="DM")
    ada, bob = small_house.socket("Ada"), small_house.socket("Bob", transport="polling")
    ada.joins(room)
    bob.joins(room)

    ada.says(room, "Hi!")

    assert ada.hears("messageBroadcast", count=2)["text"] == "Hello, Ada."
    assert bob.hears("messageBroadcast", count=2)["text"] == "Hello, Ada."
