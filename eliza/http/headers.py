"""Headers: those that mean something here, as the description explains them."""

from collections.abc import Mapping
from typing import Any

Headers = Mapping[str, Mapping[str, Any]]

HEEDED: Headers = {
    "Idempotency-Key": {
        "description": "A name for what is sent. Sent again under the same name, it is done once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    },
    "X-Entity-Id": {
        "description": "Who is speaking, unless the body says so.",
        "schema": {"type": "string", "format": "uuid"},
    },
}
"""Those of requests, which a route names with ``api.heeds``."""

OF_A_PAGE: Headers = {
    "X-Total-Count": {"description": "How many items there are in all.", "schema": {"type": "integer"}},
    "X-Next-Cursor": {"description": "The `cursor` of the next page, if there is one.", "schema": {"type": "string"}},
}
OF_WHAT_MAY_BE_KNOWN: Headers = {
    "ETag": {"description": "To be sent as `If-None-Match`, for a 304 if nothing is new.", "schema": {"type": "string"}}
}
OF_WHAT_MAY_BE_DONE: Headers = {
    "Idempotency-Replayed": {
        "description": "There if it was done before, and this is what came of it then.",
        "schema": {"const": "true"},
    }
}
OF_A_FAILURE: Headers = {
    "Retry-After": {"description": "How many seconds to wait, where that helps.", "schema": {"type": "integer"}}
}
