"""Generated: what plugins make for an agent is served from its folder, and nothing beside it."""

import pytest

from tests.house_kit import House
from tests.media.sending import HTML, png


@pytest.mark.parametrize(
    ("content", "shown_as", "disposition"),
    [
        (png(), "image/png", "inline; filename=made.png"),
        (HTML, "application/octet-stream", "attachment; filename=made.png"),
    ],
    ids=["picture", "page"],
)
def test_what_a_plugin_made_is_served_as_what_it_is(
    lasting_house: House, content: bytes, shown_as: str, disposition: str
) -> None:
    folder = lasting_house.server.settings.generated_dir / str(lasting_house.eliza)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "made.png").write_bytes(content)

    served = lasting_house.http.get(f"/media/generated/{lasting_house.eliza}/made.png")

    assert (served.data, served.headers["Content-Type"]) == (content, shown_as)
    assert served.headers["Content-Disposition"] == disposition


def test_a_link_out_of_the_folder_leads_nowhere(lasting_house: House) -> None:
    folder = lasting_house.server.settings.generated_dir / str(lasting_house.agent("Bob"))
    folder.mkdir(parents=True)
    (folder / "out.png").symlink_to(lasting_house.server.settings.data_dir / "eliza.db")

    assert lasting_house.http.get(f"/media/generated/{folder.name}/out.png").status_code == 404
