"""Things that are there already and may be awaited all the same, so that one spelling fits sync and async tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T")


class Ready(Coroutine[Any, Any, Any]):
    """Mixed into a class: awaiting an instance gives the instance."""

    def __await__(self) -> Generator[Any, None, Any]:
        return self
        yield  # makes it a generator, which is what an awaitable has to give

    def send(self, value: Any) -> NoReturn:
        """End at once, as a coroutine that has nothing to wait for."""
        raise StopIteration(self)

    def throw(self, *error: Any) -> NoReturn:
        """Raise what is thrown in."""
        raise error[0] if isinstance(error[0], BaseException) else error[0]()

    def close(self) -> None:
        """Nothing is left behind."""


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Do something that blocks, in a thread."""
    return await asyncio.to_thread(function, *args)


def here_or_in_thread(make: Callable[[], Any], ready: Callable[[Any], Any]) -> Any:
    """Do it now in sync code; in async code give what does it in a thread when awaited."""
    if asyncio._get_running_loop() is not None:
        return asyncio.to_thread(make)
    return ready(make())


class Both(Generic[T]):
    """Items for `for` and for `async for`."""

    def __init__(self, items: Callable[[], Iterator[T]]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[T]:
        return self._items()

    async def __aiter__(self) -> AsyncIterator[T]:
        items = self._items()
        end = object()
        while (item := await asyncio.to_thread(next, items, end)) is not end:
            yield item  # type: ignore[misc]
