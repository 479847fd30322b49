# SPDX-License-Identifier: MIT
"""Names made short for the board: fewer of them, and the same behaviour."""

from typing import Any

import pytest

from tools.compiler.short_names import ShortNames

_CASES = {
    "private functions": (
        """
def _first(value, other):
    return _second(value) + other
def _second(value):
    return 2 * value
result = _first(3, 4)
""",
        10,
    ),
    "closures": (
        """
def outer(number):
    def inner(other):
        return number + other
    return inner
result = outer(1)(2)
""",
        3,
    ),
    "an inner argument of the same name": (
        """
def outer(number):
    def inner(number):
        return 10 * number
    return inner(number + 1)
result = outer(1)
""",
        20,
    ),
    "keywords": (
        """
def greet(name, mark='!'):
    return name + mark
result = greet(name='hi', mark='?')
""",
        "hi?",
    ),
    "a letter that is taken": (
        """
def add(first):
    a = 5
    return a + first
result = add(2)
""",
        7,
    ),
    "lambdas and comprehensions": (
        """
def twice(items):
    return list(map(lambda item: [item + other for other in items], items))
result = twice([1, 2])
""",
        [[2, 3], [3, 4]],
    ),
    "classes": (
        """
class _Hidden:
    def __init__(self, start):
        self._start = start
    def _get(self):
        return self._start
result = _Hidden(4)._get()
""",
        4,
    ),
    "globals": (
        """
_count = 0
def _more(step):
    global _count
    _count += step
_more(3)
result = _count
""",
        3,
    ),
    "as many as there are": (
        """
def _join(first, *others, **more):
    return first, others, more
result = _join(1, 2, x=3)
""",
        (1, (2,), {"x": 3}),
    ),
}


@pytest.mark.parametrize("case", _CASES)
def test_what_a_module_does_stays_the_same(case: str) -> None:
    source, expected = _CASES[case]
    space: dict[str, Any] = {}
    exec(ShortNames({"m.py": source.encode()}).apply(source.encode()), space)
    assert space["result"] == expected


def test_names_become_short() -> None:
    source = b"def _first_step(value):\n    return value\n\ndef run(value):\n    return _first_step(value)\n"
    short = ShortNames({"m.py": source}).apply(source).decode()
    assert "_first_step" not in short and "value" not in short and "def run(" in short


def test_a_private_name_that_another_module_uses_stays() -> None:
    source = b"def _shared():\n    return 1\n"
    other = b"import m\nm._shared()\n"
    assert b"_shared" in ShortNames({"m.py": source, "o.py": other}).apply(source)
