"""Media: the files people send, and the files fetched from elsewhere."""

from dataclasses import dataclass

from eliza.composition.core import Core
from eliza.media.sweep import Sweep
from eliza.media.uploads import Uploads
from eliza.outgoing import AddressPolicy, Outgoing


@dataclass(frozen=True, slots=True)
class Media:
    uploads: Uploads
    outgoing: Outgoing


def build_media(core: Core) -> Media:
    """Uploads that nothing refers to are deleted in the background. Raises ``ConfigurationError``."""
    uploads = Uploads(core.database, core.clock, core.settings)
    outgoing = Outgoing(AddressPolicy.allowing(core.settings.outgoing_allow))
    Sweep(core.database, uploads).listen(core.bus, core.background)
    return Media(uploads, outgoing)
