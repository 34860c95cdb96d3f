"""Routes of budgets: what was spent today, and the limits."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.budgets import wire
from eliza.budgets.budgets import Budgets
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, iso, ok
from eliza.http.paging import Paging, paged

bp = Blueprint("budgets", __name__, url_prefix="/api/budgets")
envelope.speak(bp, envelope.coded)


@bp.get("")
@api.returns(Ok[wire.BudgetsJson], or_else={304: None})
def list_spending(query: Paging) -> ResponseReturnValue:
    """What agents, channels and people used today (UTC). Those that used nothing are not listed."""
    budgets = current(Budgets)
    page = budgets.page(limit=query.limit, cursor=query.cursor)
    shown: wire.BudgetsJson = {
        "day": budgets.today,
        "endsAt": iso(budgets.tomorrow),
        "limits": {
            "agent": wire.limits(budgets.limits["agent"]),
            "channel": wire.limits(budgets.limits["channel"]),
            "person": wire.limits(budgets.limits["person"]),
        },
        "spending": page.map(wire.account).items,
    }
    return paged(ok(shown), page)
