# SPDX-License-Identifier: MIT
"""Makes asyncio on MicroPython wait in virtual time. Import it before the module under test and before `time`.

`wake_ups` counts how often the event loop had to wait: a task that sleeps well adds none.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from tests_host.unit.fakes import time

    _native: Any
else:
    _path = sys.path[:]
    sys.path[:] = []
    import time as _native

    sys.path[:] = _path
    import time
import asyncio  # noqa: E402
import asyncio.core as core  # type: ignore[import-not-found]  # noqa: E402

_poll = core.IOQueue.wait_io_event
# The task queue is C code that stamps what is ready with the machine's own clock. A loop whose clock runs ahead of
# that one finds it due, and nothing else.
_start = _native.ticks_add(_native.ticks_ms(), 1 << 27)
wake_ups = 0


class Asleep(Exception):
    """Every task waits, and nothing is planned that could wake one."""


def _ticks() -> "Any":
    return _native.ticks_add(_start, time.ticks_ms())


def _is_ready() -> bool:
    task = core._task_queue.peek()
    return bool(task and _native.ticks_diff(task.ph_key, _ticks()) <= 0)


def _wait(queue: object, ms: int) -> None:
    global wake_ups
    _poll(queue, 0)
    if not ms or _is_ready():
        return
    wake_ups += 1
    if ms > 0:
        planned = time.next_us()
        until = (time.ticks_ms() + ms) * 1000
        time.advance(planned if 0 <= planned < until else until)
    while ms < 0 and not _is_ready():
        if time.next_us() < 0:
            raise Asleep
        time.advance(time.next_us())
        _poll(queue, 0)


core.ticks = _ticks
core.ticks_add = _native.ticks_add
core.ticks_diff = _native.ticks_diff
core.IOQueue.wait_io_event = _wait


def run(until_ms: int, *tasks: "Coroutine[object, object, object]") -> None:
    """Run tasks until a time of the virtual clock, then cancel them."""
    asyncio.new_event_loop()

    async def main() -> None:
        started = [asyncio.create_task(task) for task in tasks]
        await core.sleep_ms(until_ms - time.ticks_ms())
        for task in started:
            task.cancel()
        await core.sleep_ms(0)

    asyncio.run(main())
