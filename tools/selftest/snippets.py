# SPDX-License-Identifier: MIT
"""What the self-test runs on the board, over its REPL: each snippet measures one part and prints its facts as JSON.

They use the firmware's drivers and settings as they are on the board. None depends on another, so that a board may be
reset between any two; each lets go of what it has loaded, since together they would not fit the heap.
"""

import json
from string import Template
from typing import Any, Final

MARK: Final = "SELFTEST "
_HEAD: Final = """
import gc, sys
_before = tuple(sys.modules)
gc.collect()
def _settings():
    from firmware.store import settings
    try:
        return settings.load(), ""
    except Exception as fault:
        return None, getattr(fault, "detail", "") or str(fault)
def _wiring():
    from firmware.board import PROFILES
    return PROFILES[PROFILE]
def _build():
    from firmware import board
    return board.build(PROFILE)
"""
_TAIL: Final = """
import json
try:
    _facts = _probe()
except Exception as _fault:
    _facts = {"error": type(_fault).__name__ + " " + " ".join([str(part) for part in _fault.args])}
    if hasattr(_fault, "de39"):
        _facts["de39"] = _fault.de39
    elif hasattr(_fault, "code"):
        _facts["code"] = _fault.code
print()
print("SELFTEST " + json.dumps(_facts))
for _name in list(sys.modules):
    if _name not in _before:
        del sys.modules[_name]
_probe = _facts = None
gc.collect()
"""

# Names in $ are filled in with Python literals.
ABOUT: Final = """
def _probe():
    import machine
    free = gc.mem_free()
    from firmware.board import PROFILES
    values, damage = _settings()
    from firmware.terminal import VERSION
    return {
        "version": VERSION,
        "micropython": ".".join([str(part) for part in sys.implementation[1][:3]]),
        "machine": getattr(sys.implementation, "_machine", sys.platform),
        "free": free,
        "megahertz": machine.freq() // 1000000,
        "profiles": sorted(PROFILES),
        "tid": values["tid"] if values else "",
        "profile": values["profile"] if values else "",
        "damage": damage,
    }
"""
DISPLAY: Final = """
def _probe():
    if not _wiring().get("display"):
        return {"is_fitted": False}
    display = _build()[0]
    if not display.ping():
        return {"is_fitted": True, "answers": False}
    display.init()
    display.fill(0)
    display.show()
    return {"is_fitted": True, "answers": True}
"""
PICTURE: Final = """
def _probe():
    display = _build()[0]
    display.init()
    if $picture == "lit":
        display.fill(1)
    elif $picture == "lines":
        display.fill(0)
        display.rect(0, 0, 128, 64, 1)
        for x in range(0, 128, 8):
            display.line(x, 0, 127 - x, 63, 1)
    else:
        from firmware.ui.glyphs import Glyphs
        glyphs = Glyphs("/firmware/ui/glyphs.bin")
        display.fill(0)
        glyphs.draw(display, "签到 Qiandao", 25, 8)
        glyphs.draw(display, "0123456789", 4, 32, 2)
    display.show()
    return {}
"""
KEYPAD: Final = """
def _probe():
    import time
    from firmware.board import LAYOUT
    if not _wiring().get("rows"):
        return {"is_fitted": False}
    keypad = _build()[1]
    counts = [0] * len(LAYOUT)
    for _ in range(100):
        keys = keypad._scan()
        for i in range(len(LAYOUT)):
            counts[i] += keys >> i & 1
        time.sleep_ms(5)
    return {"is_fitted": True, "scans": 100, "layout": LAYOUT, "columns": len(_wiring()["columns"]), "counts": counts}
"""
KEY: Final = """
def _probe():
    import asyncio, time
    keypad = _build()[1]
    heard = []
    keypad.on_key = heard.append
    async def listen():
        task = asyncio.create_task(keypad.run())
        start = time.ticks_ms()
        while not heard and time.ticks_diff(time.ticks_ms(), start) < $wait_ms:
            await asyncio.sleep_ms(50)
            if time.ticks_diff(time.ticks_ms(), start) % 1000 < 50:
                print(".", end="")
        start = time.ticks_ms()
        while keypad._scan() and time.ticks_diff(time.ticks_ms(), start) < 2000:
            await asyncio.sleep_ms(20)
        task.cancel()
    asyncio.run(listen())
    return {"key": heard[0] if heard else ""}
"""
BUTTON: Final = """
def _probe():
    import machine, time
    number = _wiring().get("power")
    if number is None:
        return {"is_fitted": False}
    button = machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
    start = time.ticks_ms()
    samples = down = 0
    while time.ticks_diff(time.ticks_ms(), start) < $wait_ms:
        samples += 1
        down += not button.value()
        if down >= 5:
            break
        time.sleep_ms(10)
        if samples % 100 == 0:
            print(".", end="")
    return {"is_fitted": True, "is_down": down >= 5}
"""
LED: Final = """
def _probe():
    if not _wiring().get("led"):
        return {"is_fitted": False}
    led = _build()[2]
    led.set($colour)
    return {"is_fitted": True}
"""
PROGRAM_FLASH: Final = """
def _probe():
    import hashlib, os
    files = size = 0
    folders = ["/"]
    block = bytearray(512)
    while folders:
        folder = folders.pop()
        for entry in os.ilistdir(folder):
            path = folder.rstrip("/") + "/" + entry[0]
            if entry[1] == 0x4000:
                folders.append(path)
                continue
            files += 1
            with open(path, "rb") as file:
                while True:
                    count = file.readinto(block)
                    if not count:
                        break
                    size += count
    with open("/firmware/ui/glyphs.bin", "rb") as file:
        return {"files": files, "bytes": size, "font": file.read(4) == b"QG12"}
"""
JOURNAL: Final = """
def _probe():
    import binascii, esp32, time
    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")
    if not found:
        return {"bytes": 0}
    part = found[0]
    sectors, size = part.ioctl(4, 0), part.ioctl(5, 0)
    block = bytearray(1024)
    view = memoryview(block)
    blank = b"\\xff" * 64
    records = torn = sales = empty = 0
    start = time.ticks_ms()
    for sector in range(sectors):
        used = 0
        for at in range(0, size, 1024):
            part.readblocks(sector, block, at)
            for slot in range(0, 1024, 64):
                if view[slot : slot + 64] == blank:
                    continue
                used += 1
                if binascii.crc32(view[slot : slot + 64]) == 0x2144DF1C:
                    records += 1
                    sales += block[slot + 4] == 2
                else:
                    torn += 1
        empty += not used
        if sector % 8 == 0:
            print(".", end="")
    took = time.ticks_diff(time.ticks_ms(), start)
    return {
        "bytes": sectors * size, "sectors": sectors, "empty": empty, "records": records, "torn": torn, "sales": sales,
        "ms": took,
    }
"""
# The sector after the head is no part of the log, whatever it holds: power may fail at any point of this.
FLASH_WRITE: Final = """
def _probe():
    import esp32, time
    from flash_log import FlashLog
    part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
    log = FlashLog(part)
    log.mount()
    if any([kind == 2 for _, kind, _ in log.records()]):
        return {"why": "the journal holds transactions"}
    sector = log._after(1)
    size = part.ioctl(5, 0)
    whole = bytearray(size)
    part.readblocks(sector, whole, 0)
    if whole.count(b"\\xff") != size:
        return {"why": "the sector next in turn is not blank"}
    facts = {"sector": sector, "steps": []}
    cell = bytearray(64)
    for value, at in ((0xF0, 64), (0x0F, 128), (0x00, 64), (0x00, 128)):
        start = time.ticks_us()
        part.writeblocks(sector, bytes([value]) * 64, at)
        facts["program_us"] = time.ticks_diff(time.ticks_us(), start)
        part.readblocks(sector, cell, at)
        facts["steps"].append(cell == bytes([value]) * 64)
    start = time.ticks_us()
    part.ioctl(6, sector)
    facts["erase_us"] = time.ticks_diff(time.ticks_us(), start)
    part.readblocks(sector, whole, 0)
    facts["steps"].append(whole.count(b"\\xff") == size)
    return facts
"""
BATTERY: Final = """
def _probe():
    import time
    from firmware.power import Power
    if _wiring().get("battery") is None:
        return {"is_fitted": False}
    power = Power(*_build()[3])
    values = []
    for _ in range(8):
        values.append(power.millivolts())
        time.sleep_ms(5)
    return {"is_fitted": True, "mv": values, "low_mv": power.low_mv}
"""
RANDOM: Final = """
def _probe():
    import os
    from binascii import hexlify
    for _ in range(20):
        print("RANDOM " + hexlify(os.urandom(125)).decode())
    return {}
"""
CLOCK: Final = """
def _probe():
    import machine, time
    from firmware import clock
    clock.set_utc($now_s)
    first, start = clock.now_s(), time.ticks_ms()
    while clock.now_s() == first and time.ticks_diff(time.ticks_ms(), start) < 3000:
        time.sleep_ms(10)
    second, begun = clock.now_s(), time.ticks_ms()
    while clock.now_s() == second and time.ticks_diff(time.ticks_ms(), begun) < 3000:
        time.sleep_ms(10)
    return {"set": $now_s, "read": first, "second_ms": time.ticks_diff(time.ticks_ms(), begun)}
"""
SETTINGS: Final = """
def _probe():
    from firmware.store import secrets
    from firmware.store.vault import LARGEST
    values, damage = _settings()
    if values is None:
        return {"damage": damage}
    sizes = [len(part) for part in secrets.certificates(bytearray(LARGEST))]
    return {name: values[name] for name in ("tid", "mid", "serial", "profile", "ssid", "address", "port")} | {
        "certificates": sizes
    }
"""
KEYS: Final = """
def _probe():
    import tr31
    from firmware.store import secrets
    return {"kcv": [tr31.kcv(key) for key in secrets.static_keys()]}
"""
SCAN: Final = """
def _probe():
    import network
    values, damage = _settings()
    wlan = network.WLAN(network.WLAN.IF_STA)
    wlan.active(False)
    wlan.active(True)
    found = [(place[0].decode(), place[3]) for place in wlan.scan()]
    wlan.active(False)
    found.sort(key=lambda place: -place[1])
    wanted = values["ssid"] if values else ""
    seen = [place for place in found if place[0] == wanted] or found[:3]
    return {"wanted": wanted, "count": len(found), "seen": seen}
"""
ECHO: Final = """
def _probe():
    import asyncio, time
    from firmware import clock
    from firmware.errors import LinkError
    from firmware.connect import dialler
    from firmware.host import messages
    from firmware.host.link import Link
    from firmware.host.session import Context, Keys, Session
    from firmware.host.wifi import Wifi
    from firmware.store import secrets, settings
    values = settings.load()
    clock.set_utc($now_s)
    facts = {"address": values["address"], "port": values["port"]}
    def alive(*_):
        print(".", end="")
    tags = {}
    async def talk():
        wifi = Wifi(values["ssid"], values["psk"], alive, alive)
        wifi.radio_on()
        start = time.ticks_ms()
        task = asyncio.create_task(wifi.run())
        if not await wifi.wait_up(20000):
            raise LinkError(wifi.fault)
        facts["wifi_ms"] = time.ticks_diff(time.ticks_ms(), start)
        facts["rssi"] = wifi.wlan.status("rssi")
        link = Link(wifi, dialler(values), alive)
        context = Context(values["tid"], values["mid"], values["currency"])
        session = Session(link, context, Keys(secrets.static_keys), tags.update)
        gc.collect()
        try:
            # Numbers that the terminal itself never gets to.
            for name, stan in (("first_ms", 999998), ("echo_ms", 999999)):
                start = time.ticks_ms()
                fields = messages.management(context, "301", stan, clock.now_s(), 0, [])
                await session.call(fields, 0, 1)
                facts[name] = time.ticks_diff(time.ticks_ms(), start)
        finally:
            link.close()
            task.cancel()
            wifi.radio_off()
    try:
        asyncio.run(talk())
    finally:
        asyncio.new_event_loop()
    facts["lock"] = tags.get("LK", "")
    return facts
"""


def code(snippet: str, profile: str = "reference", **values: object) -> str:
    """The snippet as the board runs it."""
    filled = Template(snippet).substitute({name: repr(value) for name, value in values.items()})
    return f"PROFILE = {profile!r}\n{_HEAD}{filled}{_TAIL}"


def facts_of(output: str) -> dict[str, Any] | None:
    """What a snippet has printed; None if it never came to its end."""
    for line in reversed(output.splitlines()):
        if line.startswith(MARK):
            try:
                facts = json.loads(line.removeprefix(MARK))
            except ValueError:
                return None
            return facts if isinstance(facts, dict) else None
    return None


def random_of(output: str) -> bytes:
    """The random bytes that RANDOM printed."""
    lines = [line.removeprefix("RANDOM ") for line in output.splitlines() if line.startswith("RANDOM ")]
    try:
        return bytes.fromhex("".join(lines))
    except ValueError:
        return b""
