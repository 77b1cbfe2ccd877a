"""Steps inside actions: what `@flyte.trace` does in a run.

A step asks nobody: what was recorded came with the start of its action, and what it records is written before the next
message of the action. It decides nothing about retries.
"""

from __future__ import annotations

import asyncio
import inspect
import types
import typing
from collections.abc import AsyncGenerator, Callable, Generator
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, cast

from flyte.context import ActionContext, current
from flyte.runtime.callers import line_of_caller
from flyte.runtime.failure import failure_of

if TYPE_CHECKING:
    from flyte._core import Signature
    from flyte.runtime.host import LinkHost
    from flyte.types.plan import Pickled

TRACE = 3
"""The engine's number for steps, as `Link.declare_own` takes it."""

_DETAILS = '{"kind":"trace"}'

_identities: dict[CodeType, str] = {}


class Names(NamedTuple):
    """What the engine is told of a function, once per process."""

    name: str
    identity: str
    file: str
    line: int


class Inside:
    """The host of the code of a step: as that of its action, but tasks cannot be called."""

    def __init__(self, host: LinkHost) -> None:
        self._host = host

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def call(self, action: ActionContext, task: Any, args: object, kwargs: object) -> NoReturn:
        """Refuse `task(...)`."""
        _refuse(f"task `{task.short_name}`", action)

    submit = start = call

    def run(self, action: ActionContext, request: Any) -> NoReturn:
        """Refuse `flyte.run(task)`."""
        _refuse(f"a run of task `{request.task.short_name}`", action)

    run_async = run


def _refuse(what: str, action: ActionContext) -> NoReturn:
    from flyte.errors import TraceDoesNotAllowNestedTasksError

    raise TraceDoesNotAllowNestedTasksError(
        f"{what} was started inside a traced function of task `{action.label}`: steps are recorded whole, without "
        "actions of their own"
    )


class Step:
    """A traced function, compiled."""

    def __init__(self, func: Callable[..., Any], name: str | None = None) -> None:
        self.func = func
        self.name: str = name or func.__name__
        self._is_generator = inspect.isasyncgenfunction(func) or inspect.isgeneratorfunction(func)
        self._parameters = inspect.signature(func)
        kinds = {parameter.kind for parameter in self._parameters.parameters.values()}
        self._skips_self = _is_method(func, self._parameters)
        odd = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY}
        self._is_odd = bool(odd & kinds)
        self.signature: Signature = self._compiled()
        code = getattr(inspect.unwrap(func), "__code__", None)
        self._names = Names(
            self.name,
            f"{self.name}-{_identity(func, code)}",
            code.co_filename if code else "",
            code.co_firstlineno if code else 0,
        )

    def _compiled(self) -> Signature:
        from flyte._core import Signature
        from flyte.types.plan import Pickled, hints_of, results_of

        hints = hints_of(self.func, self.name)
        pickled = Pickled(self.name)
        parameters = list(self._parameters.parameters.values())[self._skips_self :]
        inputs = []
        for parameter in parameters:
            hint = hints.get(parameter.name, inspect.Parameter.empty)
            inputs.append((parameter.name, pickled.spec(f"`{parameter.name}`", _gathered(parameter, hint))))
        defaults = {each.name: each.default for each in parameters if each.default is not each.empty}
        returned = hints.get("return", Any) if "return" in hints else Any
        results = [list[_item_of(returned)]] if self._is_generator else results_of(returned)  # type: ignore[misc]
        outputs = [(f"o{number}", pickled.spec("what it returns", result)) for number, result in enumerate(results)]
        self._pickled: Pickled | None = pickled
        return Signature(inputs, outputs, defaults, self.name)

    def _inputs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
        args = args[self._skips_self :]
        if not self._is_odd:
            return self.signature.bind(args, kwargs)
        bound = self._parameters.bind(*((None,) * self._skips_self), *args, **kwargs).arguments
        plain = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in list(bound.items())[self._skips_self :]
        }
        for parameter in self._parameters.parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                plain.setdefault(parameter.name, [])
            elif parameter.kind is parameter.VAR_KEYWORD:
                plain.setdefault(parameter.name, {})
        return self.signature.bind((), plain)

    def _begin(self, action: ActionContext, inputs: bytes) -> tuple[int, bytes | None]:
        host = cast("LinkHost", action.host)
        if self._pickled is not None:
            self._pickled.warn(host.is_first_to_say)
            self._pickled = None
        line = line_of_caller(action) if action.is_again else 0
        number = host.step_number(self._names)
        return host.link.begin_step(action.number, action.step, number, inputs, action.group, line)

    def _end(self, action: ActionContext, step: int, value: Any) -> None:
        try:
            outputs = self.signature.encode_outputs(value)
        except Exception as error:  # a wrong type, or a pickle that fails in the user's class
            wrong = _wrong_result(self.name, error)
            self._fail(action, step, wrong)
            raise wrong from error
        cast("LinkHost", action.host).link.end_step(step, outputs)

    def _fail(self, action: ActionContext, step: int, error: BaseException) -> None:
        cast("LinkHost", action.host).link.fail_step(step, *failure_of(error))

    # --- functions

    def call(self, action: ActionContext, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a sync function."""
        step, outputs = self._begin(action, self._inputs(args, kwargs))
        if outputs is not None:
            return self.signature.decode_outputs(outputs)
        if step == 0:  # its action is over, and this a thread that it left behind
            return self.func(*args, **kwargs)
        cast("LinkHost", action.host).tell_steps()
        token = current.set(_inside(action, step))
        try:
            value = self.func(*args, **kwargs)
        except BaseException as error:
            self._fail(action, step, error)
            raise
        finally:
            current.reset(token)
        self._end(action, step, value)
        return value

    async def call_async(self, action: ActionContext, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call an async function."""
        does_io = self.signature.does_io
        inputs = await asyncio.to_thread(self._inputs, args, kwargs) if does_io else self._inputs(args, kwargs)
        step, outputs = self._begin(action, inputs)
        if outputs is not None:
            decode = self.signature.decode_outputs
            return await asyncio.to_thread(decode, outputs) if does_io else decode(outputs)
        if step == 0:
            return await self.func(*args, **kwargs)
        cast("LinkHost", action.host).flush_soon(asyncio.get_running_loop())
        token = current.set(_inside(action, step))
        try:
            value = await self.func(*args, **kwargs)
        except BaseException as error:
            self._fail(action, step, error)
            raise
        finally:
            current.reset(token)
        if does_io:
            await asyncio.to_thread(self._end, action, step, value)
        else:
            self._end(action, step, value)
        return value

    # --- generators: the items are one list, recorded when there are no more

    def items(self, action: ActionContext, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Generator[Any, Any, Any]:
        """Go through a sync generator."""
        step, outputs = self._begin(action, self._inputs(args, kwargs))
        if outputs is not None:
            yield from self.signature.decode_outputs(outputs)
            return
        generator = self.func(*args, **kwargs)
        if step == 0:
            yield from generator
            return
        inside, told = _inside(action, step), []
        cast("LinkHost", action.host).tell_steps()
        try:
            answer: Any = None
            while True:
                token = current.set(inside)
                try:
                    item = generator.send(answer)
                except StopIteration:
                    break
                finally:
                    current.reset(token)
                told.append(item)
                answer = yield item
        except GeneratorExit:
            generator.close()
            self._fail(action, step, _closed_early(self.name, len(told)))
            raise
        except BaseException as error:
            generator.close()
            self._fail(action, step, error)
            raise
        self._end(action, step, told)

    async def items_async(
        self, action: ActionContext, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        """Go through an async generator."""
        step, outputs = self._begin(action, self._inputs(args, kwargs))
        if outputs is not None:
            for item in self.signature.decode_outputs(outputs):
                yield item
            return
        generator = self.func(*args, **kwargs)
        if step == 0:
            async for item in generator:
                yield item
            return
        inside, told = _inside(action, step), []
        cast("LinkHost", action.host).flush_soon(asyncio.get_running_loop())
        try:
            while True:
                before = current.get()
                current.set(inside)
                try:
                    item = await generator.__anext__()
                except StopAsyncIteration:
                    break
                finally:
                    current.set(before)  # not by a token: whoever closes the generator may be in another context
                told.append(item)
                yield item
        except GeneratorExit:
            await generator.aclose()
            self._fail(action, step, _closed_early(self.name, len(told)))
            raise
        except BaseException as error:
            await generator.aclose()
            self._fail(action, step, error)
            raise
        self._end(action, step, told)


def _inside(action: ActionContext, step: int) -> ActionContext:
    host = action.host if isinstance(action.host, Inside) else cast("LinkHost", action.host).inside
    return ActionContext(
        cast("Any", host),
        action.run_name,
        action.action_name,
        action.label,
        action.attempt,
        action.group,
        action.custom_context,
        action.task,
        action.home,
        action.project,
        action.domain,
        action.org,
        action.number,
        action.own,
        action.is_again,
        step,
    )


def _identity(func: Callable[..., Any], code: CodeType | None) -> str:
    """The hash of the body; once for each code, as reading a source takes a millisecond."""
    from flyte.code_version import body_version  # deferred: reads sources

    if code is None:
        return body_version(func)
    if code not in _identities:
        _identities[code] = body_version(func)
    return _identities[code]


def _is_method(func: Callable[..., Any], signature: inspect.Signature) -> bool:
    """Whether the first argument is the object or the class: it is not an input, as it is no value."""
    first = next(iter(signature.parameters), "")
    inner = getattr(func, "__qualname__", "").rpartition("<locals>.")[2]
    return first in ("self", "cls") and "." in inner


def _gathered(parameter: inspect.Parameter, hint: Any) -> Any:
    """The type of the input that stands for a parameter: `*args` are a list, `**kwargs` a dict."""
    item: Any = Any if hint is inspect.Parameter.empty else hint
    if parameter.kind is parameter.VAR_POSITIONAL:
        return types.GenericAlias(list, (item,))
    if parameter.kind is parameter.VAR_KEYWORD:
        return types.GenericAlias(dict, (str, item))
    return hint


def _item_of(annotation: Any) -> Any:
    """What a generator's annotation says about its items."""
    arguments = typing.get_args(annotation)
    return arguments[0] if arguments else Any


def _wrong_result(name: str, error: Exception) -> Exception:
    from flyte.errors import RuntimeDataValidationError

    return RuntimeDataValidationError("result", str(error), name)


def _closed_early(name: str, count: int) -> Exception:
    from flyte.errors import RuntimeUserError

    return RuntimeUserError("GeneratorExit", f"`{name}` was closed after {count} items, before its end")
