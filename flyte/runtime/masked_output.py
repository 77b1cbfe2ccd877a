"""A process in front of a worker with secrets, for what reaches stdout and stderr without passing through Python.

The worker is its child, so its last words come through whole, and whoever waits for the worker hears of its end only
after them. A thread in the worker could promise neither: it would die with it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from contextlib import suppress

from flyte.runtime.masking import held_back, masked_bytes

CHUNK = 64 * 1024
OUTPUTS = (1, 2)


class Drain:
    """The worker's side: waits until what was written has been passed on."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link

    def wait(self) -> None:
        """Until then; at once when nobody is there any more."""
        with suppress(OSError):
            self._link.send(b".")
            self._link.recv(1)


def go_behind_mask() -> Drain:
    """Fork: the child returns, with stdout and stderr that are masked; the parent lasts as long as the child.

    Threads do not survive a fork, so none may have been started, and `hide` must have been called.
    """
    pipes = [os.pipe() for _ in OUTPUTS]
    ours, theirs = socket.socketpair()
    process = os.fork()
    if process:
        theirs.close()
        for _, write_end in pipes:
            os.close(write_end)
        _Masker(process, [read_end for read_end, _ in pipes], ours).run()
    ours.close()
    os.setpgid(0, 0)  # a group of its own: signals for the worker are signals for it
    for output, (read_end, write_end) in zip(OUTPUTS, pipes, strict=True):
        os.close(read_end)
        os.dup2(write_end, output)
        os.close(write_end)
    return Drain(theirs)


class _Masker:
    """Passes on what the worker writes, until it ends; then ends the same way."""

    def __init__(self, process: int, pipes: list[int], link: socket.socket) -> None:
        self._process = process
        self._outputs = dict(zip(pipes, OUTPUTS, strict=True))
        self._link = link
        self._rest = dict.fromkeys(pipes, b"")
        self._end = os.pidfd_open(process)
        self._poll = select.poll()

    def run(self) -> None:
        """Never returns."""
        _keep_only({0, 1, 2, self._end, self._link.fileno(), *self._outputs})
        for pipe in self._outputs:
            os.set_blocking(pipe, False)
            self._poll.register(pipe, select.POLLIN)
        self._poll.register(self._link, select.POLLIN)
        self._poll.register(self._end, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            for pipe in ready & self._outputs.keys():
                self._pass_on(pipe)
            if self._link.fileno() in ready:
                self._answer()
            if self._end in ready:
                self._drain()
                _end_as(self._process)

    def _pass_on(self, pipe: int) -> None:
        """What is there: whole lines, and of a very long one what cannot be part of a value."""
        while True:
            try:
                data = os.read(pipe, CHUNK)
            except BlockingIOError:
                return
            if not data:
                with suppress(KeyError):
                    self._poll.unregister(pipe)
                return
            head, newline, rest = (self._rest[pipe] + data).rpartition(b"\n")
            self._write(pipe, masked_bytes(head) + newline)
            if len(rest) > CHUNK:
                head, rest = held_back(rest)
                self._write(pipe, head)
            self._rest[pipe] = rest

    def _answer(self) -> None:
        """The worker asks that everything so far be passed on."""
        if not self._link.recv(1):
            self._poll.unregister(self._link)
            return
        self._drain()
        with suppress(OSError):
            self._link.send(b".")

    def _drain(self) -> None:
        for pipe in self._outputs:
            self._pass_on(pipe)
            self._write(pipe, masked_bytes(self._rest[pipe]))
            self._rest[pipe] = b""

    def _write(self, pipe: int, data: bytes) -> None:
        with suppress(OSError):  # nobody reads any more
            while data:
                data = data[os.write(self._outputs[pipe], data) :]


def _keep_only(descriptors: set[int]) -> None:
    """Close the rest: the engine must hear of it when the worker closes its link."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in descriptors:
            with suppress(OSError):
                os.close(int(name))


def _end_as(process: int) -> None:
    """End with the status of a child that is over; never returns."""
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        import resource  # deferred: 1 ms

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what there is to dump was the child's
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
