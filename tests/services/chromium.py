"""Chromium: the headless browser that set-up unpacked from an npm package, driven by Playwright.

Playwright's synchronous interface works in the patched process: while it waits, other greenlets run.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from tests.services.processes import ROOT

_UNPACKED = ROOT / "node_modules" / ".chromium"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_DEADLINE_MS = 10_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for a whole test session; every test opens a context of its own in it."""
    program, env = _find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS), env=env)
        try:
            yield browser
        finally:
            browser.close()


def complaints_of(page: Page) -> list[str]:
    """What the page says on its console from now on, and what it throws: an interface without faults says nothing."""
    lines: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            lines.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def catch(error: Error) -> None:
        lines.append(f"thrown: {error}")

    page.on("console", hear)
    page.on("pageerror", catch)
    return lines


@contextmanager
def open_page(browser: Browser, *, base_url: str | None = None) -> Iterator[Page]:
    """A page with cookies and storage of its own."""
    context = browser.new_context(base_url=base_url)
    context.set_default_timeout(_DEADLINE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def _find() -> tuple[str, dict[str, str | float | bool]]:
    unpacked = _UNPACKED / "chromium"
    if unpacked.exists():
        own = {
            "LD_LIBRARY_PATH": str(_UNPACKED / "al2023" / "lib"),
            "FONTCONFIG_FILE": str(_UNPACKED / "fonts.conf"),
            "XDG_CACHE_HOME": str(_UNPACKED / "cache"),
        }
        return str(unpacked), {**os.environ, **own}
    installed = shutil.which("chromium")
    assert installed, "There is no Chromium: make test brings one."
    return installed, dict(os.environ)
