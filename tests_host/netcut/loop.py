# SPDX-License-Identifier: MIT
"""What the firmware knows as `asyncio`, in virtual time: tasks run in the order in which they became ready, and the
clock jumps to the next timer when none is ready. Nothing in it is random, and a fork leaves it whole in both processes.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

Wake = Callable[[], None]


class CancelledError(BaseException):
    """As MicroPython's: not an Exception."""


class _Pause:
    """What a task waits for: `arm` is given what wakes it."""

    def __init__(self, arm: Callable[[Wake], None]) -> None:
        self.arm = arm

    def __await__(self) -> Generator[_Pause, None, None]:
        yield self


class Task:
    """A coroutine under way."""

    def __init__(self, loop: Loop, coro: Coroutine[Any, Any, Any]) -> None:
        self._loop = loop
        self._coro = coro
        self._turn = 0  # counts pauses, so that what woke an earlier one wakes nothing
        self._thrown: BaseException | None = None
        self._waiting: list[Wake] = []
        self._is_done = False
        self.result: Any = None
        self.fault: BaseException | None = None
        loop.ready.append((self, 0))

    def done(self) -> bool:
        return self._is_done

    def cancel(self) -> bool:
        if not self._is_done and self._loop.current is not self:
            self._thrown = CancelledError()
            self._turn += 1
            self._loop.ready.append((self, self._turn))
        return not self._is_done

    def step(self, turn: int) -> None:
        if self._is_done or turn != self._turn:
            return
        thrown, self._thrown = self._thrown, None
        self._turn += 1
        self._loop.current = self
        try:
            pause = self._coro.throw(thrown) if thrown is not None else self._coro.send(None)
        except StopIteration as end:
            self._end(end.value, None)
        except CancelledError as fault:
            self._end(None, fault)
        except Exception as fault:  # noqa: BLE001  handed to whoever awaits the task
            self._end(None, fault)
        else:
            awaited = self._turn
            pause.arm(lambda: self._loop.ready.append((self, awaited)))
        finally:
            self._loop.current = None

    def _end(self, result: Any, fault: BaseException | None) -> None:
        self._is_done, self.result, self.fault = True, result, fault
        for wake in self._waiting:
            wake()
        if fault is not None and not self._waiting and not isinstance(fault, CancelledError):
            self._loop.unheard.append(fault)

    def when_done(self, wake: Wake) -> None:
        if self._is_done:
            wake()
        else:
            self._waiting.append(wake)

    def __await__(self) -> Generator[_Pause, None, Any]:
        if not self._is_done:
            yield _Pause(self.when_done)
        if self.fault is not None:
            raise self.fault
        return self.result


class Event:
    """As asyncio's."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[Wake] = []

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake()

    def clear(self) -> None:
        self._is_set = False

    async def wait(self) -> bool:
        while not self._is_set:
            await _Pause(self._waiting.append)
        return True


class Loop:
    """The clock and everything that waits for it. `unheard` are faults of tasks that nobody awaits."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.ready: deque[tuple[Task, int]] = deque()
        self.current: Task | None = None
        self.unheard: list[BaseException] = []
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._is_halted = False

    def at(self, ms: int, action: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._timers, (ms, self._count, action))

    def after(self, ms: int, action: Callable[[], None]) -> None:
        self.at(self.now_ms + max(ms, 0), action)

    def create_task(self, coro: Coroutine[Any, Any, Any]) -> Task:
        return Task(self, coro)

    async def sleep_ms(self, ms: int) -> None:
        await _Pause(lambda wake: self.after(ms, wake))

    async def wait_for_ms(self, awaitable: Awaitable[Any], ms: int) -> Any:
        async def run() -> Any:
            return await awaitable

        task = self.create_task(run())

        def arm(wake: Wake) -> None:
            task.when_done(wake)
            self.after(ms, wake)

        try:
            await _Pause(arm)
        except CancelledError:
            task.cancel()
            raise
        if task.done():
            if task.fault is not None:
                raise task.fault
            return task.result
        task.cancel()
        raise TimeoutError

    def halt(self) -> None:
        """The chip sleeps: no task runs any more, only the world goes on."""
        self._is_halted = True

    def _settle(self) -> None:
        """Everything that can run now."""
        if self._is_halted:
            self.ready.clear()
        while self.ready and not self._is_halted:
            task, turn = self.ready.popleft()
            task.step(turn)

    def run_until(self, is_so: Callable[[], bool], ms: int) -> bool:
        """Run until it is so, or for so long."""
        end = self.now_ms + ms
        while True:
            self._settle()
            if is_so():
                return True
            if not self._timers or self._timers[0][0] > end:
                self.now_ms = end
                return False
            due, _, action = heapq.heappop(self._timers)
            self.now_ms = max(self.now_ms, due)
            action()
