"""The process that makes workers. It imported the user's code once, and forks; it runs none of it afterwards.

It ends when the engine does, which it notices by its link; its workers notice by theirs.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flyte import overrides
from flyte.initialize import belong_to, belongs_to
from flyte.runtime.secret_values import sweep
from flyte.runtime.session import importing_user_code, state_folder

if TYPE_CHECKING:
    from flyte.task import TaskTemplate

LINK = 3
"""The descriptor a spawned zygote finds its link under."""

ORDER = 4096
"""Bytes that are read at once of what the engine orders."""

_live_engines = 0


# --- in the driver ------------------------------------------------------------------------------------------------


@dataclass
class Forked:
    """A zygote that is this process's child."""

    process: int
    link: int

    def reap(self) -> None:
        """Wait for its end, which the end of its link brings."""
        global _live_engines
        _live_engines -= 1
        with contextlib.suppress(ChildProcessError):  # the user's program waits for all its children
            os.waitpid(self.process, 0)


def fork_if_safe() -> Forked | None:
    """Fork a zygote off this process, or None where that could go wrong: other systems, and threads.

    Only threads that Python knows of count: those of numerical libraries idle, and their makers handle forks.
    """
    global _live_engines
    if sys.platform != "linux" or threading.active_count() > 1 or _live_engines or _has_hidden_threads():
        return None
    ours, theirs = socket.socketpair()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    process = _fork()
    if process == 0:
        _be_zygote(ours, theirs)
    theirs.close()
    _live_engines += 1
    return Forked(process, ours.detach())


def _has_hidden_threads() -> bool:
    """Whether object stores were used here: the threads of that library are unknown to Python, and it needs them."""
    return bool(getattr(sys.modules.get("flyte.io.storage_objects"), "in_use", False))


def _fork() -> int:
    """Fork; Python 3.12 warns of any thread, also of those that were found harmless above."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _be_zygote(ours: socket.socket, theirs: socket.socket) -> None:
    status = 1
    try:
        ours.close()
        serve(theirs)
        status = 0
    except BaseException:  # it must not return into the driver's code, whatever happens
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def spawn_command(task: TaskTemplate[..., Any]) -> list[str]:
    """The command of a zygote that imports the user's code afresh."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    file = getattr(main, "__file__", None)
    payload = {
        "path": sys.path,
        "main_module": spec.name if spec is not None else None,
        "main_file": os.path.abspath(file) if file and spec is None else None,
        "module": None if task.module in ("__main__", "__mp_main__") else task.module,
        "file": task.source_file,
        "is_main": task.module == "__main__",
        "overrides": overrides.declared(),
        "belongs_to": belongs_to(),
    }
    return [sys.executable, "-m", "flyte.runtime.zygote", json.dumps(payload)]


# --- in the zygote ------------------------------------------------------------------------------------------------


def serve(link: socket.socket) -> None:
    """Make workers until the link closes."""
    import asyncio

    import flyte.runtime.worker  # noqa: F401 - imported once, for all workers

    os.setpgid(0, 0)  # the terminal's ctrl-C is the driver's to handle
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    asyncio._set_running_loop(None)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    _Nursery(link).run()


class _Orders:
    """Lines `start WORKER ENVIRONMENT`, as long as they like, each with three descriptors."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._data = b""
        self._descriptors: list[int] = []

    def read(self) -> bool:
        """Wait for more; false when the engine is gone."""
        data, descriptors, _, _ = socket.recv_fds(self._link, 64 * 1024, 3)
        self._data += data
        self._descriptors += descriptors
        return bool(data)

    def take(self) -> tuple[str, str, list[int]] | None:
        """The worker, the environment and the descriptors of the next whole order."""
        line, end, rest = self._data.partition(b"\n")
        if not end:
            return None
        self._data = rest
        descriptors, self._descriptors = self._descriptors[:3], self._descriptors[3:]
        _, worker, environment = line.decode().split(" ", 2)
        return worker, environment, descriptors


class _Nursery:
    """The workers that this zygote made, and what it says about them."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._orders = _Orders(link)
        self._names: dict[int, tuple[str, int]] = {}
        self._poll = select.poll()
        self._poll.register(link, select.POLLIN)

    def run(self) -> None:
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor in self._names:
                    self._bury(descriptor)
                elif not self._take_order():
                    self._wait_for_all()
                    return

    def _take_order(self) -> bool:
        try:
            if not self._orders.read():
                return False
        except ConnectionResetError:  # the engine went without reading the last exits
            return False
        while order := self._orders.take():
            self._start(*order)
        return True

    def _start(self, worker: str, environment: str, descriptors: list[int]) -> None:
        process = _make_worker(self._link, descriptors, environment)
        for descriptor in descriptors:
            os.close(descriptor)
        handle = os.pidfd_open(process)
        self._names[handle] = (worker, process)
        self._poll.register(handle, select.POLLIN)

    def _bury(self, handle: int) -> None:
        worker, process = self._names.pop(handle)
        self._poll.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(process, 0)
        sweep()
        with contextlib.suppress(OSError):  # the engine is gone; so are we, at the next look
            self._link.sendall(f"exit {worker} {os.waitstatus_to_exitcode(status)}\n".encode())

    def _wait_for_all(self) -> None:
        """The engine is gone: so are its workers, in a moment; those that hang are helped."""
        for handle, (_, process) in self._names.items():
            waiting = select.poll()
            waiting.register(handle, select.POLLIN)
            if not waiting.poll(1000):
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        sweep()


def _make_worker(link: socket.socket, descriptors: list[int], environment: str) -> int:
    if threading.active_count() > 1:
        # The user's module started threads when it was imported: a forked copy would hold their locks for ever.
        command = [sys.executable, "-m", "flyte.runtime.zygote", *sys.argv[1:2], environment]
        return _spawn(command, descriptors)
    process = _fork()
    if process == 0:
        status = 1
        try:
            link.close()
            _be_worker(descriptors, environment)
            status = 0
        except BaseException:  # said on the worker's own stderr, which the engine reads
            import traceback

            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(status)
    return process


def _spawn(command: list[str], descriptors: list[int]) -> int:
    link, stdout, stderr = descriptors
    os.set_inheritable(link, True)
    worker = subprocess.Popen(
        [*command, str(link)], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, pass_fds=(link,)
    )
    worker.returncode = 0  # it is waited for by process number, not through this object
    return worker.pid


def _be_worker(descriptors: list[int], environment: str) -> None:
    from flyte.runtime.environments import enter
    from flyte.runtime.worker import run_worker

    link, stdout, stderr = descriptors
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, stdout, stderr)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it is the process's own
    os.setpgid(0, 0)
    home = str(state_folder())
    run_worker(link, enter(environment, home), home)


# --- a fresh process, importing the user's code again -------------------------------------------------------------


def main() -> None:
    """Be a zygote, or, with an environment and a descriptor, a worker."""
    from flyte._core import end_with
    from flyte.runtime.environments import Entered, enter

    if "FLYTE_RESET_ROOT_LOGGER" in os.environ:
        import flyte.logs  # noqa: F401 - it sees to it that other libraries write as ours do

    payload = json.loads(sys.argv[1])
    is_worker = len(sys.argv) > 2
    home = str(state_folder())
    os.setpgid(0, 0)
    entered = enter(sys.argv[2], home) if is_worker else Entered()  # before there are threads
    end_with(int(sys.argv[3]) if is_worker else LINK)  # also while the user's module takes its time
    try:
        with importing_user_code():
            import_user_code(payload)
    except BaseException as error:  # whatever the user's module raises, it is why there will be no workers
        reason = told(error)
        if is_worker:
            sys.exit(reason)
        refuse(socket.socket(fileno=LINK), reason)
        return
    if is_worker:
        from flyte.runtime.worker import run_worker

        run_worker(int(sys.argv[3]), entered, home)
    else:
        serve(socket.socket(fileno=LINK))


def told(error: BaseException) -> str:
    """An error with the user's own lines only."""
    import traceback

    from flyte.runtime.failure import frames_of

    shown = [
        f'  File "{file}", line {line}, in {function}\n    {source.strip()}\n'
        for file, line, function, source, is_user in frames_of(error.__traceback__)
        if is_user
    ]
    return "".join([*shown, *traceback.format_exception_only(error)])


def refuse(link: socket.socket, reason: str) -> None:
    """Answer every order with a worker that ended at once, for that reason."""
    orders = _Orders(link)
    while orders.read():
        while order := orders.take():
            worker, _, descriptors = order
            os.write(descriptors[2], reason.encode(errors="backslashreplace"))
            for descriptor in descriptors:
                os.close(descriptor)
            link.sendall(f"exit {worker} 1\n".encode())


def import_user_code(payload: dict[str, Any]) -> None:
    """Import what the driver had imported: its main module under another name, and the task's."""
    sys.path[:] = payload["path"]
    overrides.declare_again(payload["overrides"])
    belong_to(payload["belongs_to"])
    if payload["is_main"]:
        _import_main(payload)
    elif payload["module"]:
        _import_module(payload["module"], payload["file"])


def _import_main(payload: dict[str, Any]) -> None:
    """As multiprocessing does: the main module runs again under a name that is not `__main__`."""
    import runpy
    import types

    module = types.ModuleType("__mp_main__")
    if payload["main_module"]:
        content = runpy.run_module(payload["main_module"], run_name="__mp_main__", alter_sys=True)
    elif payload["main_file"]:
        content = runpy.run_path(payload["main_file"], run_name="__mp_main__")
    else:
        return  # a notebook, or an interactive session: tasks come by value
    module.__dict__.update(content)
    sys.modules["__main__"] = sys.modules["__mp_main__"] = module


def _import_module(name: str, file: str | None) -> None:
    import importlib
    import importlib.util

    try:
        importlib.import_module(name)
        return
    except ModuleNotFoundError as error:
        if error.name != name or file is None:
            raise
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"cannot import {name} from {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    from flyte.runtime import zygote  # the module that workers know, not this copy of it

    zygote.main()
