"""Make the screenshots of the documentation from a finished run.

    python tools/screenshots.py outputs/seeds docs/images

Writes index, event, article and run pages in light, dark, narrow and (start page and event) print.
Needs Chromium and the package playwright.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"]
WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 390, "height": 844}


def pages_of(run: Path) -> dict[str, Path]:
    """Choose the start page, the event with most accounts and conflicts, a translated article of it or another, run."""
    events = sorted(
        (run / "events").glob("*.html"), key=lambda p: (-p.read_text("utf-8").count('class="said"'), p.name)
    )
    articles = sorted(
        (run / "articles").glob("*.html"),
        key=lambda p: (-p.read_text("utf-8").count('class="flag"'), p.name),
    )
    found = {"index": run / "index.html", "run": run / "run.html"}
    found |= {"event": events[0]} if events else {}
    return found | ({"article": articles[0]} if articles else {})


def shoot(browser: Any, path: Path, target: Path, **context: Any) -> None:
    """Write one screenshot of the top of a page."""
    media = context.pop("media", "screen")
    opened = browser.new_context(**context)
    page = opened.new_page()
    page.emulate_media(media=media)
    page.goto(path.resolve().as_uri())
    page.screenshot(path=str(target), clip=None)
    opened.close()


def main() -> None:
    """Write all screenshots."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, path in pages_of(options.run).items():
            shoot(browser, path, options.folder / f"{name}.png", viewport=WIDE)
            shoot(browser, path, options.folder / f"{name}-dark.png", viewport=WIDE, color_scheme="dark")
            shoot(browser, path, options.folder / f"{name}-narrow.png", viewport=NARROW)
            shoot(browser, path, options.folder / f"{name}-print.png", viewport=WIDE, media="print")
        browser.close()
    print(f"Wrote {len(list(options.folder.glob('*.png')))} pictures to {options.folder}.")


if __name__ == "__main__":
    main()
