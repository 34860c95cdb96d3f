"""The description of the API: complete, valid, and pleasant to read."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import orjson
import pytest
from pydantic import BaseModel, TypeAdapter
from werkzeug.routing import Rule

from eliza.http.api import SPEC
from eliza.http.description import address
from tests.house_kit import House

Json = dict[str, Any]

_API = ("/api", "/media", "/health")
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def document(lasting_house: House) -> Json:
    found: Json = lasting_house.http.get("/openapi.json").json
    return found


def test_it_is_valid(document: Json) -> None:
    openapi_spec_validator.validate(document)

    assert document["openapi"].startswith("3.1.")


def test_every_route_is_in_it(lasting_house: House, document: Json) -> None:
    routes = {(method, path) for rule, path in _rules(lasting_house) for method in (rule.methods or set()) & _METHODS}

    assert {(method, path) for method, path in routes if method.lower() not in document["paths"].get(path, {})} == set()


def test_no_two_shapes_share_a_name(lasting_house: House) -> None:
    """The document has room for one under each name, and is silent about the other."""
    shapes: dict[str, set[bytes]] = {}
    for name, schema in _named(lasting_house):
        if schema.get("$ref") != f"#/$defs/{name}":
            shapes.setdefault(name, set()).add(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))

    assert {name: len(different) for name, different in shapes.items() if len(different) > 1} == {}


def test_every_operation_has_a_name_of_its_own(document: Json) -> None:
    names = Counter(operation["operationId"] for operation in _operations(document))

    assert {name for name, count in names.items() if count > 1} == set()
    assert {name for name in names if not name.isidentifier()} == set()


def test_an_older_name_is_marked_and_named_after_the_newer_one(document: Json) -> None:
    newer = document["paths"]["/api/messaging/channels"]["post"]
    older = document["paths"]["/api/messaging/central-channels"]["post"]

    assert (newer["operationId"], newer["deprecated"]) == ("createChannel", False)
    assert (older["operationId"], older["deprecated"]) == ("createChannelAsCentralChannels", True)


def test_an_operation_says_all_that_a_client_has_to_know(document: Json) -> None:
    listing = document["paths"]["/api/messaging/message-servers/{messageServerId}/channels"]["get"]

    assert [(parameter["in"], parameter["name"]) for parameter in listing["parameters"]] == [
        ("path", "messageServerId"),
        ("query", "limit"),
        ("query", "cursor"),
    ]
    assert listing["parameters"][0]["schema"] == {"type": "string", "format": "uuid"}
    assert set(listing["responses"]) == {"200", "304", "401", "default"}
    assert set(listing["responses"]["200"]["headers"]) == {"X-Total-Count", "X-Next-Cursor", "ETag"}
    assert _shape(listing, "200") == "OkChannelsJson"
    assert _shape(listing, "401") == "KeyRequired"
    assert _shape(listing, "default") == "PlainFailure"


def test_what_views_say_of_themselves_is_told(document: Json) -> None:
    listing = document["paths"]["/api/messaging/channels/{channelId}/messages"]["get"]

    assert listing["summary"] == "List messages"
    assert listing["description"].startswith("Oldest first after `after_seq`")


def test_headers_that_matter_are_told(document: Json) -> None:
    posting = document["paths"]["/api/messaging/channels/{channelId}/messages"]["post"]

    assert [parameter["name"] for parameter in posting["parameters"] if parameter["in"] == "header"] == [
        "Idempotency-Key",
        "X-Entity-Id",
    ]
    assert "Idempotency-Replayed" in posting["responses"]["201"]["headers"]
    assert "Retry-After" in posting["responses"]["default"]["headers"]


def test_a_key_opens_everything_but_the_pulse(document: Json) -> None:
    assert document["security"] == [{"apiKey": []}, {"bearer": []}, {"login": []}, {}]
    assert {
        path
        for path, operations in document["paths"].items()
        for one in operations.values()
        if one.get("security") == []
    } == {"/health", "/healthz", "/api/auth/how", "/api/auth/login", "/api/auth/logout", "/api/auth/register"}


def test_each_route_says_what_a_credential_must_carry(document: Json) -> None:
    starting = document["paths"]["/api/agents/{agentId}/start"]["post"]

    assert starting["security"][0] == {"apiKey": ["agents:write"]}
    assert starting["description"].endswith("Needs `agents:write`: operator or more.")


def test_it_is_not_sent_twice(lasting_house: House) -> None:
    first = lasting_house.http.get("/openapi.json")

    again = lasting_house.http.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


def _rules(house: House) -> Iterator[tuple[Rule, str]]:
    """The API's routes and where they are described. What plugins bring is no part of it: they describe their own."""
    app = house.server.app
    with app.app_context():
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith(_API) and not rule.endpoint.startswith("extensions."):
                yield rule, address(rule)


def _named(house: House) -> Iterator[tuple[str, Json]]:
    """Everything that gets a name in the document, under that name."""
    for model, mode in {*_inputs(house), *_outputs(house)}:
        schema = TypeAdapter(model).json_schema(mode=mode)
        yield from schema.pop("$defs", {}).items()
        yield model.__name__, schema


def _inputs(house: House) -> Iterator[tuple[type[BaseModel], Any]]:
    for view in house.server.app.view_functions.values():
        for kind in getattr(view, "__annotations__", {}).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield kind, "validation"


def _outputs(house: House) -> Iterator[tuple[type, Any]]:
    for view in house.server.app.view_functions.values():
        if metadata := SPEC.get_function_metadata(view):
            yield from ((model, "serialization") for model in metadata.resp.models)
    for blueprint in house.server.app.blueprints.values():
        if isinstance(failure := getattr(blueprint, "failure", None), type):
            yield failure, "serialization"


def _operations(document: Json) -> Iterator[Json]:
    return (operation for operations in document["paths"].values() for operation in operations.values())


def _shape(operation: Json, status: str) -> str:
    reference: str = operation["responses"][status]["content"]["application/json"]["schema"]["$ref"]
    return reference.rpartition("/")[2]
