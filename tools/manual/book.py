# SPDX-License-Identifier: MIT
"""The guide and the quick card as HTML: a page for each task, an index, the whole guide and the card for print.

Everything that a page needs lies beside it: nothing is loaded from elsewhere.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tools.manual import card
from tools.manual.guide import FOLDER, Page, pages

_STYLE: Final = "style.css"
_PICTURES: Final = "../pictures/"  # as a page of the guide names them, before the language
_TITLES: Final = {
    "zh": {
        "lang": "zh-CN",
        "guide": "操作手册",
        "card": "快速参考卡",
        "terminal": "签到收款终端",
        "press": "按键",
        "screen": "屏幕显示",
        "light": "指示灯",
        "keys": "按键",
        "by_itself": "（自动）",
        "print": "可打印",
        "help": "出错时按屏幕提示做；还不行，请找主管或客服。",
        "other": "English",
    },
    "en": {
        "lang": "en",
        "guide": "Operator's guide",
        "card": "Quick card",
        "terminal": "Qiandao payment terminal",
        "press": "Press",
        "screen": "The screen says",
        "light": "Light",
        "keys": "Keys",
        "by_itself": "(by itself)",
        "print": "For print",
        "help": "In trouble do what the screen says; if that does not help, ask the supervisor or support.",
        "other": "简体中文",
    },
}
OTHER: Final = {"zh": "en", "en": "zh"}


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("tools.manual"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _body(page: Page, language: str) -> Markup:
    """With the pictures beside the pages. The guide is our own text: nothing in it has to be escaped."""
    return Markup(page.body.replace(f"{_PICTURES}{language}/", "pictures/"))


class Book:
    """All of it in one language, written below `folder`."""

    def __init__(self, folder: Path, language: str) -> None:
        self._folder = folder / language
        self._language = language
        self._templates = _environment()
        self._pages = pages(language)

    def _write(self, name: str, template: str, **values: Any) -> Path:
        text = self._templates.get_template(template).render(
            words=_TITLES[self._language], language=self._language, other=OTHER[self._language], file=name, **values
        )
        path = self._folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def _copy(self) -> None:
        """Style and pictures."""
        shutil.copy(Path(__file__).parent / "templates" / _STYLE, self._folder / _STYLE)
        target = self._folder / "pictures"
        shutil.copytree(FOLDER / "pictures" / self._language, target, dirs_exist_ok=True)

    def _chapters(self) -> Sequence[dict[str, Any]]:
        return [
            {"name": page.name, "title": page.title, "number": number, "body": _body(page, self._language)}
            for number, page in enumerate(self._pages, 1)
        ]

    def _card(self) -> Path:
        names, marks = card.key_names(self._language), card.key_marks()
        return self._write(
            "card.html",
            "card.html",
            tasks=card.tasks(self._language),
            keypad=card.KEYPAD,
            names=names,
            inputs=card.inputs(self._language),
            under={marks[name]: label for name, label in names.items()},
            lights=card.lights(self._language),
        )

    def write(self) -> list[Path]:
        """The files to be printed: the whole guide and the card. What was in the folder before is gone."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._copy()
        chapters = self._chapters()
        self._write("index.html", "index.html", chapters=chapters)
        for at, chapter in enumerate(chapters):
            before, after = ([None, *chapters][at], [*chapters, None][at + 1])
            self._write(f"{chapter['name']}.html", "task.html", chapter=chapter, before=before, after=after)
        return [self._write("guide.html", "guide.html", chapters=chapters), self._card()]
