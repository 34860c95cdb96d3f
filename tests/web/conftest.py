"""A page that was built elsewhere, as bundlers leave it."""

from pathlib import Path

import pytest

SCRIPT = "window.early = 1;"


@pytest.fixture
def ui_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "ui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(f"<!doctype html><title>Theirs</title><script>{SCRIPT}</script>")
    (folder / "favicon.ico").write_bytes(b"\0\0\1\0")
    (folder / "logo-of-the-house.png").write_bytes(b"\x89PNG")
    (folder / "assets" / "main-CqTmsniN.js").write_text("console.log('hello');")
    (folder / "assets" / "main-BKgJnuMp.css").write_text("body { color: red }")
    (folder / ".env").write_text("OPENAI_API_KEY=secret")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    return folder
