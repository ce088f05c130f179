"""Writes every case to an HTML file: `python -m tests.web.pages.preview FOLDER`."""

import shutil
import sys
from pathlib import Path

from tests.web.pages.cases import CASES
from web.templating import STATIC, render, static_path


def write(folder: Path) -> None:
    """Write one HTML file per case and language, and the static files beside them."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(STATIC, folder / static_path().lstrip("/"))
    for name, case in CASES.items():
        for locale in ("nl", "en"):
            html = render(case.template, locale, chrome=case.chrome(locale), **case.context)
            (folder / f"{name}.{locale}.html").write_text(html, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
