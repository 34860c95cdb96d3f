"""Bootstrap: what every agent can do and know from the start, under elizaOS's names."""

from eliza.plugins.bootstrap.actions import IGNORE, NONE, REPLY
from eliza.plugins.bootstrap.providers import ACTIONS, ATTACHMENTS, CHARACTER, ENTITIES, RECENT_MESSAGES, TIME
from eliza.plugins.plugin import Plugin

BOOTSTRAP = Plugin(
    name="bootstrap",
    description="Talking: answering, staying silent, and knowing who, when, what was said and what was sent.",
    actions=(REPLY, IGNORE, NONE),
    providers=(CHARACTER, ENTITIES, ACTIONS, RECENT_MESSAGES, ATTACHMENTS, TIME),
)
