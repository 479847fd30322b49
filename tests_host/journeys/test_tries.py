# SPDX-License-Identifier: MIT
"""What one try of a PIN does to the counts, at each question but the sign-in's own (E2, E4)."""

import pytest

from tests_host.journeys.bench import Bench
from tools.rig import SUPERVISOR

_WRONG, _NEW = "135799", "864213"


def _counts(bench: Bench) -> tuple[int, int]:
    """Tries of operators and of supervisors, in the flash."""
    state = bench.journal().state
    return state["attempts"], state["approvals"]


def _wrong(bench: Bench) -> None:
    bench.press(*_WRONG, "ENTER")
    bench.expect("密码错误")
    bench.press("ENTER")


def _to_supervisor(bench: Bench) -> None:
    bench.ask_sign_out()
    bench.press("MENU")
    bench.expect("密码 操作员000")


def _back(bench: Bench) -> None:
    bench.press("CANCEL")
    bench.expect("营业中")


def _type_change(bench: Bench) -> None:
    """All of a change of PIN, with a wrong old one."""
    bench.press("MENU")
    bench.expect("功能菜单")
    bench.press("7")
    for title, pin in (("原密码", _WRONG), ("新密码 六位以上", _NEW), ("再输一次新密码", _NEW)):
        bench.expect(title)
        bench.press(*pin, "ENTER")


def _type_approval(bench: Bench) -> None:
    _to_supervisor(bench)
    bench.press(*_WRONG, "ENTER")


@pytest.mark.parametrize("place", ["change", "approval"])
def test_e2_each_try_is_counted_before_the_host_is_asked(signed_in: Bench, place: str) -> None:
    """E2: in flash when the request comes in, so that no power cut takes the try back."""
    seen: list[tuple[int, int]] = []
    signed_in.host.once("0800/801", lambda: seen.append(_counts(signed_in)))
    (_type_change if place == "change" else _type_approval)(signed_in)
    signed_in.expect("密码错误")
    assert seen == [(1, 0) if place == "change" else (0, 1)]


def test_e4_neither_count_is_cleared_by_the_others_pin(signed_in: Bench) -> None:
    """E2, E4: nor by going back; the supervisor's word at the sign-out is no forgiveness for the operator."""
    signed_in.ask_sign_out()
    _wrong(signed_in)
    signed_in.expect("密码 操作员001")
    signed_in.press("MENU")
    signed_in.expect("密码 操作员000")
    _wrong(signed_in)
    assert _counts(signed_in) == (1, 1)
    signed_in.expect("密码 操作员000")
    signed_in.press(*SUPERVISOR.pin, "ENTER")
    signed_in.expect("本批合计")
    assert _counts(signed_in) == (1, 0)
    _back(signed_in)
    _to_supervisor(signed_in)
    _wrong(signed_in)
    signed_in.expect("密码 操作员000")
    _back(signed_in)
    assert _counts(signed_in) == (1, 1)
    signed_in.to_totals()
    assert _counts(signed_in) == (0, 1)
    _back(signed_in)
    signed_in.restart()
    signed_in.sign_in()
    assert _counts(signed_in) == (0, 1)


@pytest.mark.parametrize("third", ["change", "sign-out"])
def test_e2_the_third_try_makes_wait_wherever_it_is(signed_in: Bench, third: str) -> None:
    """E2: the operator's questions share one count."""
    if third == "sign-out":
        _type_change(signed_in)
        signed_in.expect("密码错误")
        signed_in.press("ENTER")
        signed_in.expect("原密码")
        _back(signed_in)
    signed_in.ask_sign_out()
    _wrong(signed_in)
    signed_in.expect("密码 操作员001")
    _wrong(signed_in)
    if third == "change":
        signed_in.expect("密码 操作员001")
        _back(signed_in)
        _type_change(signed_in)
        signed_in.expect("密码错误")
        signed_in.press("ENTER")
    signed_in.expect("密码已锁定", "请等待")
    assert _counts(signed_in) == (3, 0)
