# SPDX-License-Identifier: MIT
"""Non-volatile storage against ESP-IDF's own partition generator, and over power cuts."""

import io
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from esp_idf_nvs_partition_gen import nvs_partition_gen

from tools.emulator import Board
from tools.emulator.flash import MODES, SIZE, Flash, PowerCut
from tools.emulator.nvs import INVALID_LENGTH, KEY_TOO_LONG, NOT_ENOUGH_SPACE, NOT_FOUND, Nvs, NvsError

from .conftest import run

START, LENGTH = 0x9000, 0x6000
Values = dict[str, int | bytes]


def oracle(values: Values) -> bytes:
    """The partition that ESP-IDF's generator makes of one namespace."""
    result = io.BytesIO()
    with nvs_partition_gen.nvs_open(result, LENGTH, nvs_partition_gen.Page.VERSION2) as made:
        nvs_partition_gen.write_entry(made, "shop", "namespace", "", "")
        for key, value in values.items():
            coding, text = ("i32", str(value)) if isinstance(value, int) else ("hex2bin", value.hex())
            nvs_partition_gen.write_entry(made, key, "data", coding, text)
    return result.getvalue()


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.fixture
def chip(tmp_path: Path) -> Iterator[Flash]:
    path = tmp_path / "chip.bin"
    path.write_bytes(b"\xff" * SIZE)
    flash = Flash(path, seed=1)
    yield flash
    flash.close()


def mounted(chip: Flash) -> Nvs:
    return Nvs(chip, START, LENGTH)


def store(nvs: Nvs, values: Values) -> None:
    space = nvs.namespace("shop")
    for key, value in values.items():
        if isinstance(value, int):
            nvs.set_i32(space, key, value)
        else:
            nvs.set_blob(space, key, value)


def load(nvs: Nvs, key: str) -> int | bytes:
    space = nvs.namespace("shop")
    try:
        return nvs.get_i32(space, key)
    except NvsError as error:
        if error.number != NOT_FOUND:
            raise
        return nvs.get_blob(space, key)


SMALL: Values = {"pwr_pin": 33, "minus": -2147483648, "key": noise(37), "empty": b"", "cert": noise(1900)}
LARGE: Values = {"cert": noise(4500), "n": 7, "more": noise(5200)}


def test_a_page_is_what_the_generator_makes(chip: Flash) -> None:
    """C4: a board provisioned by image and one provisioned by code hold the same bytes."""
    store(mounted(chip), SMALL)
    assert chip.read(START, 4096) == oracle(SMALL)[:4096]


@pytest.mark.parametrize("values", [SMALL, LARGE])
def test_what_the_generator_made_is_read(chip: Flash, values: Values) -> None:
    chip.program(START, oracle(values))
    nvs = mounted(chip)
    assert {key: load(nvs, key) for key in values} == values
    assert nvs.keys("shop") == sorted(values)


def test_blobs_over_several_pages_and_their_new_versions(chip: Flash) -> None:
    nvs = mounted(chip)
    for round_number in range(12):
        store(nvs, {"cert": noise(4500 + round_number), "n": round_number})
        nvs = mounted(chip)
        assert load(nvs, "cert") == noise(4500 + round_number)
        assert load(nvs, "n") == round_number


def test_writing_the_same_value_again_writes_nothing(chip: Flash) -> None:
    nvs = mounted(chip)
    store(nvs, SMALL)
    before = chip.operations
    store(nvs, SMALL)
    assert chip.operations == before


def test_pages_are_reclaimed(chip: Flash) -> None:
    nvs = mounted(chip)
    store(nvs, {"stays": noise(300)})
    for value in range(1500):
        store(nvs, {"n": value})
    nvs = mounted(chip)
    assert (load(nvs, "n"), load(nvs, "stays")) == (1499, noise(300))
    assert chip.erases.total() > 5


def test_too_much_is_refused_and_changes_nothing(chip: Flash) -> None:
    nvs = mounted(chip)
    store(nvs, {"old": noise(9000)})
    with pytest.raises(NvsError) as error:
        store(nvs, {"big": noise(16_000)})
    assert error.value.number == NOT_ENOUGH_SPACE
    nvs = mounted(chip)
    assert load(nvs, "old") == noise(9000)
    assert nvs.keys("shop") == ["old"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [40, 5000])
def test_power_cut_at_every_operation_leaves_the_old_value_or_the_new(tmp_path: Path, mode: str, size: int) -> None:
    """O5: `set_blob` and `set_i32` at every cut point."""
    old: Values = {"cert": noise(size), "n": 1}
    new: Values = {"cert": noise(size + 1), "n": 2}
    is_cut, count = True, 0
    while is_cut:
        count += 1
        path = tmp_path / f"cut{count}.bin"
        path.write_bytes(b"\xff" * SIZE)
        chip = Flash(path, seed=count)
        store(mounted(chip), old)
        chip.cut_at(count, mode)
        with suppress(PowerCut):
            store(mounted(chip), new)
        is_cut = not chip.is_cut_pending
        chip.cancel_cut()
        nvs = mounted(chip)
        for key in old:
            assert load(nvs, key) in (old[key], new[key]), (count, key)
        store(nvs, new)
        assert {key: load(mounted(chip), key) for key in new} == new
        chip.close()
        path.unlink()
    assert count > 5


def test_the_module_follows_the_port(board: Board) -> None:
    output = run(
        board,
        """
            from esp32 import NVS
            def failing(f, *a):
                try: f(*a)
                except OSError as e: print(e.errno, e.args[1] if len(e.args) > 1 else '')
            n = NVS('shop')
            failing(n.get_i32, 'x'); failing(n.erase_key, 'x'); failing(n.get_blob, 'x', bytearray(1))
            n.set_i32('i', -7); n.set_blob('b', b'abcd'); n.commit()
            b = bytearray(6); print(n.get_i32('i'), n.get_blob('b', b), b)
            failing(n.get_blob, 'b', bytearray(3)); failing(n.set_i32, 'k' * 16, 1); failing(n.get_i32, 'b')
            n.erase_key('b'); failing(n.get_blob, 'b', b)
        """,
    )
    assert output.splitlines() == [
        f"{-NOT_FOUND} ESP_ERR_NVS_NOT_FOUND",
        f"{-NOT_FOUND} ESP_ERR_NVS_NOT_FOUND",
        f"{-NOT_FOUND} ESP_ERR_NVS_NOT_FOUND",
        "-7 4 bytearray(b'abcd\\x00\\x00')",
        f"{-INVALID_LENGTH} ESP_ERR_NVS_INVALID_LENGTH",
        f"{-KEY_TOO_LONG} ESP_ERR_NVS_KEY_TOO_LONG",
        f"{-NOT_FOUND} ESP_ERR_NVS_NOT_FOUND",
        f"{-NOT_FOUND} ESP_ERR_NVS_NOT_FOUND",
    ]
    assert board.exec("import esp32; print(esp32.NVS('shop').get_i32('i'))").strip() == "-7"
