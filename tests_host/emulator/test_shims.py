# SPDX-License-Identifier: MIT
"""The shims' names: what they follow of the port is there, from the heap or on demand, and nothing else is."""

import re

import pytest

from tests_host.emulator.conftest import MakeBoard, run
from tools.compiler import fold_shims
from tools.compiler.fold_shims import FoldShims
from tools.compiler.names import rom_names
from tools.emulator import Board

_MODULES = {
    "machine": """
PWRON_RESET HARD_RESET WDT_RESET DEEPSLEEP_RESET SOFT_RESET PIN_WAKE EXT0_WAKE EXT1_WAKE TIMER_WAKE
TOUCHPAD_WAKE ULP_WAKE reset_cause wake_reason unique_id freq reset soft_reset deepsleep lightsleep idle Pin PWM
ADC I2C SoftI2C RTC WDT Timer
""",
    "esp32": "WAKEUP_ALL_LOW WAKEUP_ANY_HIGH HEAP_DATA HEAP_EXEC wake_on_ext0 idf_heap_info Partition NVS",
    "network": """
STA_IF AP_IF STAT_IDLE STAT_CONNECTING STAT_GOT_IP STAT_BEACON_TIMEOUT STAT_NO_AP_FOUND
STAT_WRONG_PASSWORD STAT_ASSOC_FAIL STAT_HANDSHAKE_TIMEOUT hostname country WLAN
""",
    "time": """
ticks_ms ticks_us ticks_cpu ticks_add ticks_diff sleep sleep_ms sleep_us time time_ns gmtime localtime
mktime
""",
    "os": """
VfsFat VfsLfs2 chdir getcwd ilistdir listdir mkdir mount remove rename rmdir stat statvfs umount unlink urandom uname
sync
""",
    "socket": "AF_INET SOCK_STREAM IPPROTO_TCP SOL_SOCKET SO_REUSEADDR SO_KEEPALIVE TCP_NODELAY getaddrinfo socket",
}
_OBJECTS = {
    "machine.Pin(4)": "IN OUT OPEN_DRAIN PULL_UP PULL_DOWN IRQ_FALLING init value on off irq",
    "machine.PWM(4)": "duty_u16 duty freq deinit",
    "machine.ADC(35)": "ATTN_11DB atten read_uv read_u16",
    "machine.I2C(0)": "scan writeto writevto writeto_mem readfrom readfrom_into",
    "machine.RTC()": "datetime init memory",
    "machine.WDT(timeout=60000)": "feed",
    "esp32.Partition('journal')": "TYPE_DATA find info readblocks writeblocks ioctl",
    "esp32.NVS('x')": "get_i32 set_i32 get_blob set_blob erase_key commit",
    "network.WLAN()": "IF_STA PM_NONE active connect disconnect isconnected status scan config ifconfig ipconfig",
    "socket.socket()": "setblocking settimeout setsockopt connect readinto read recv write send sendall ioctl close",
}


@pytest.mark.parametrize(("name", "attributes"), [*_MODULES.items(), *_OBJECTS.items()])
def test_names_are_there_and_no_others(board: Board, name: str, attributes: str) -> None:
    code = f"""
        import machine, esp32, network, time, os, socket
        thing = {name}
        print([name for name in {attributes.split()!r} if not hasattr(thing, name)], hasattr(thing, "no_such_name"))
        """
    assert run(board, code).strip() == "[] False"


def test_methods_on_demand_belong_to_their_object_also_below_a_subclass(board: Board) -> None:
    code = """
        import machine
        class Lamp(machine.PWM):
            def full(self): self.duty(1023)
        lamp, other = Lamp(18, freq=2000), machine.PWM(19, duty=0)
        lamp.full()
        print(lamp.freq(), lamp.duty_u16(), lamp.duty(), other.freq(), other.duty(), machine.Pin(4).on())
        """
    assert run(board, code).strip() == "2000 65535 1023 5000 0 None"


def test_nothing_of_it_is_in_the_file_system(make_board: MakeBoard) -> None:
    code = """
        import machine, os, sys
        machine.unique_id()
        print(os.listdir("/"), sys.path, sorted(name for name in sys.modules if "/" in name))
        """
    assert run(make_board(), code).strip() == "['boot.py', 'main.py', 'version.txt'] ['', '.frozen', '/lib'] []"


def test_keywords_that_the_port_takes_are_taken(board: Board) -> None:
    """Also those that are seen to elsewhere; others are not."""
    code = """
        import esp32, machine
        from machine import ADC, I2C, PWM, Pin, Timer
        pin = Pin(id=4, mode=Pin.OUT, pull=None, value=1, drive=0, hold=False)
        pin.init(mode=Pin.IN, pull=Pin.PULL_UP)
        pin.irq(handler=None, trigger=Pin.IRQ_RISING, wake=None)
        I2C(0, scl=Pin(18), sda=Pin(19), freq=100000, timeout=5)
        ADC(Pin(35), atten=ADC.ATTN_11DB)
        Timer(0).init(mode=Timer.ONE_SHOT, period=9999, callback=print)
        esp32.wake_on_ext0(pin=Pin(33), level=False)
        print(len(esp32.Partition.find(type=1, subtype=0xFF, label="journal")))
        duties = ({"duty": 512}, {"duty_ns": 500000}, {"duty_u16": 7})
        print([PWM(dest=5, freq=1000, **duty).duty_u16() for duty in duties])
        for make in (lambda: Pin(4, speed=1), lambda: PWM(5, duty_u16=1, speed=1), lambda: Pin(4).irq(speed=1)):
            try:
                make()
            except TypeError as fault:
                print(fault)
        """
    unexpected = "unexpected keyword argument 'speed'"
    assert run(board, code).splitlines() == ["1", "[32768, 32768, 7]", unexpected, unexpected, unexpected]


def test_the_chips_modules_look_like_its_own(board: Board) -> None:
    assert run(board, "import machine, network; print(machine, network)").split(">")[0] == "<module 'machine'"


_BY_THE_WAY = {"-c", "_rpc", "/lib/r", "/lib/r.mpy", "asyncio.core", "boot.py", "main.py"}


def test_their_own_names_take_no_heap(board: Board) -> None:
    """On the chip they are C; here every name that is not in ROM is there for good."""
    code = """
        import esp32, machine, micropython, network, socket, time
        machine.reset_cause(), machine.WDT_RESET, machine.RTC().datetime(), esp32.NVS("network")
        network.WLAN(network.WLAN.IF_STA).active(True)
        machine.PWM(5, freq=1000), machine.I2C(0), machine.ADC(35), machine.Pin(4, machine.Pin.IN)
        socket.socket().setblocking(False)
        micropython.qstr_info(1)
        """
    fold = FoldShims(fold_shims.sources())
    names = set(re.findall(r"^Q\((.*?)\)$", run(board, code), re.MULTILINE)) - set(rom_names())
    assert "IRQ_RISING" in names
    assert names.isdisjoint(fold.names)
    assert names - fold.asked <= _BY_THE_WAY
    assert names.isdisjoint({"SoftI2C", "PERIODIC", "deinit", "toggle", "hold", "duty_ns", "STAT_NO_AP_FOUND"})
    assert len(names) < 90
