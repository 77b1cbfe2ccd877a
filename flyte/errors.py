"""Everything that can go wrong, as classes a program can catch.

    RuntimeError
      BaseRuntimeError            .code .kind .worker, and .hint: what to do about it
        RuntimeUserError          the task's own doing; the code of an ordinary exception is its class name
        RuntimeSystemError        the machinery's
        RuntimeUnknownError       nobody knows

An error knows nothing of how it travelled: that is `flyte.failures`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NoReturn, TypeAlias

Kind: TypeAlias = Literal["system", "unknown", "user"]


class BaseRuntimeError(RuntimeError):
    """Anything that goes wrong in or around a run.

    Arithmetic with an error raises it, so that `sum(flyte.map(...))` fails with the failure of the item.
    """

    hint: str = ""

    def __init__(self, code: str, kind: Kind, root_cause_message: str, worker: str | None = None) -> None:
        Exception.__init__(self, root_cause_message)  # by name: next in line may be a user's class, flyte.failures
        self.code = code
        self.kind = kind
        self.worker = worker

    def __reduce__(self) -> tuple[Any, ...]:
        # The constructors differ from class to class, so a copy is made without them.
        return _restored, (type(self), self.args, self.__dict__)

    def _raise_itself(self, *_: object) -> NoReturn:
        raise self

    __add__ = __sub__ = __mul__ = __matmul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = _raise_itself
    __radd__ = __rsub__ = __rmul__ = __rmatmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = _raise_itself


def _restored(kind_of: type[BaseRuntimeError], args: tuple[Any, ...], state: dict[str, Any]) -> BaseRuntimeError:
    error = kind_of.__new__(kind_of)
    error.args = args
    error.__dict__.update(state)
    return error


class RuntimeUserError(BaseRuntimeError):
    """The task failed by its own doing."""

    def __init__(self, code: str, message: str, worker: str | None = None) -> None:
        BaseRuntimeError.__init__(self, code, "user", message, worker)


class RuntimeSystemError(BaseRuntimeError):
    """The machinery around the task failed."""

    def __init__(self, code: str, message: str, worker: str | None = None) -> None:
        BaseRuntimeError.__init__(self, code, "system", message, worker)


class RuntimeUnknownError(BaseRuntimeError):
    """Something failed, and nobody knows what."""

    def __init__(self, code: str, message: str, worker: str | None = None) -> None:
        BaseRuntimeError.__init__(self, code, "unknown", message, worker)


class InitializationError(BaseRuntimeError):
    """Something needs a setting or a connection that is not there."""


class LogsNotYetAvailableError(BaseRuntimeError):
    """The logs do not exist yet."""

    def __init__(self, message: str) -> None:
        super().__init__("LogsNotYetAvailable", "system", message)


class ActionNotFoundError(RuntimeError):
    """The run has no such action."""


class UnionRpcError(RuntimeSystemError):
    """The backend did not answer, or answered with an error."""


# --- the task's own doing -----------------------------------------------------------------------------------------


class OOMError(RuntimeUserError, MemoryError):
    """The task needed more memory than it had; `except MemoryError` catches it, too.

    `peak` is the bytes that it took, `limit` those that it may take; None where that is unknown.
    """

    peak: int | None = None
    limit: int | None = None

    hint = "give it more: task.override(resources=flyte.Resources(memory=...))"


class TaskInterruptedError(RuntimeUserError):
    """The task's machine or process was taken away."""


class PrimaryContainerNotFoundError(RuntimeUserError):
    """The pod template has no container of the name it says."""


class RetriesExhaustedError(RuntimeUserError):
    """The task failed as often as it was allowed to."""


class InvalidImageNameError(RuntimeUserError):
    """The name of the image is not a name of an image."""


class ImagePullBackOffError(RuntimeUserError):
    """The image cannot be fetched."""


class NotInTaskContextError(RuntimeUserError):
    """This can only be done inside a task."""


class CustomError(RuntimeUserError):
    """An error with a code of the user's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, "user")

    @classmethod
    def from_exception(cls, e: BaseException) -> CustomError:
        """The same failure under its class name as code."""
        error = cls(type(e).__name__, str(e))
        error.__cause__ = e
        return error


class NonRecoverableError(RuntimeUserError):
    """A failure that no retry can help: raise it to stop at once."""

    def __init__(self, message: str, code: str = "NonRecoverableError") -> None:
        super().__init__(code, message)


class SecretNotFoundError(NonRecoverableError):
    """A secret that a task needs is nowhere on this machine."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, "SecretNotFoundError")
        self.hint = hint


class SecretStoreError(NonRecoverableError):
    """The secrets of this machine cannot be read or changed."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, "SecretStoreError")
        self.hint = hint


class RuntimeDataValidationError(RuntimeUserError):
    """A value does not fit its annotation."""

    def __init__(self, var: str, e: Exception | str, task_name: str = "") -> None:
        super().__init__("DataValidationError", f"In task {task_name} variable {var}, {e}")


class InvalidPackageError(RuntimeUserError):
    """An apt package of the image does not exist."""

    def __init__(self, package_name: str, original_error: str) -> None:
        message = f"There is no system package {package_name!r} in the image's apt repositories: {original_error}"
        super().__init__("InvalidPackageError", message)
        self.package_name = package_name
        self.original_error = original_error


# --- errors that need only a message: the code is fixed ------------------------------------------------------------


class TraceDoesNotAllowNestedTasksError(RuntimeUserError):
    """A trace called a task."""

    hint = "call task.forward(...) for the plain function, or call the task outside the trace"

    def __init__(self, message: str) -> None:
        super().__init__("TraceDoesNotAllowNestedTasksError", message)


class SyncTaskCallInAsyncContextError(RuntimeUserError):
    """A sync task was called from async code, where waiting for it would stop the event loop."""

    hint = "write `await task.aio(...)`"

    def __init__(self, message: str) -> None:
        super().__init__("SyncTaskCallInAsyncContextError", message, "user")


class ActionAbortedError(RuntimeUserError):
    """The action was stopped before it was finished."""

    def __init__(self, message: str) -> None:
        super().__init__("ActionAbortedError", message, "user")


class RemoteTaskNotFoundError(RuntimeUserError):
    """The backend has no such task."""

    CODE: ClassVar[str] = "RemoteTaskNotFoundError"

    def __init__(self, message: str) -> None:
        super().__init__(self.CODE, message, "user")


class RemoteTaskUsageError(RuntimeUserError):
    """A task of the backend was called in a way it does not allow."""

    CODE: ClassVar[str] = "RemoteTaskUsageError"

    def __init__(self, message: str) -> None:
        super().__init__(self.CODE, message, "user")


class DeploymentError(RuntimeUserError):
    """The deployment failed."""

    def __init__(self, message: str) -> None:
        super().__init__("DeploymentError", message, "user")


class ImageBuildError(RuntimeUserError):
    """The image could not be built."""

    def __init__(self, message: str) -> None:
        super().__init__("ImageBuildError", message, "user")


class ModuleLoadError(RuntimeUserError):
    """The user's module could not be loaded."""

    def __init__(self, message: str) -> None:
        super().__init__("ModuleLoadError", message, "user")


class InlineIOMaxBytesBreached(RuntimeUserError):
    """A value is larger than the task's `max_inline_io_bytes`."""

    hint = "return less, or raise max_inline_io_bytes"

    def __init__(self, message: str) -> None:
        super().__init__("InlineIOMaxBytesBreached", message, "user")


class OnlyAsyncIOSupportedError(RuntimeUserError):
    """This works only in async code."""

    def __init__(self, message: str) -> None:
        super().__init__("OnlyAsyncIOSupportedError", message, "user")


class ParameterMaterializationError(RuntimeUserError):
    """An app's parameter could not be made."""

    def __init__(self, message: str) -> None:
        super().__init__("ParameterMaterializationError", message, "user")


class RestrictedTypeError(RuntimeUserError):
    """The type cannot be used here."""

    def __init__(self, message: str) -> None:
        super().__init__("RestrictedTypeUsage", message, "user")


class CodeBundleError(RuntimeUserError):
    """The user's code could not be packed."""

    def __init__(self, message: str) -> None:
        super().__init__("CodeBundleError", message, "user")


class ConditionAlreadyExistsError(RuntimeUserError):
    """The action already waits for a condition of that name."""

    def __init__(self, message: str) -> None:
        super().__init__("ConditionAlreadyExistsError", message, "user")


class ConditionFailedError(RuntimeUserError):
    """The condition failed."""

    def __init__(self, message: str) -> None:
        super().__init__("ConditionFailedError", message, "user")


class ConditionNotFoundError(RuntimeUserError):
    """There is no such condition."""

    def __init__(self, message: str) -> None:
        super().__init__("ConditionNotFoundError", message, "user")


class ConditionTimedoutError(RuntimeUserError):
    """Nobody answered the condition in time."""

    def __init__(self, message: str) -> None:
        super().__init__("ConditionTimedoutError", message, "user")


class SlowDownError(RuntimeUserError):
    """The backend asks for fewer requests."""

    def __init__(self, message: str) -> None:
        super().__init__("SlowDownError", message, "user")


class ResourceExhaustedError(SlowDownError):
    """The backend has no room for more."""


# --- time ---------------------------------------------------------------------------------------------------------


class TaskTimeoutError(RuntimeUserError, TimeoutError):
    """The task passed one of its limits of time; `except TimeoutError` catches it, too."""

    def __new__(cls, *args: object, **kwargs: object) -> TaskTimeoutError:
        """Make one; of its built-in bases only TimeoutError knows how."""
        return TimeoutError.__new__(cls)

    def __init__(self, message: str, code: str = "TaskTimeoutError") -> None:
        super().__init__(code, message, "user")


class MaxQueuedTimeExceededError(TaskTimeoutError):
    """The task waited longer than `max_queued_time` to start."""

    hint = "raise the limit, or run less at the same time"

    def __init__(self, message: str) -> None:
        super().__init__(message, "MaxQueuedTimeExceededError")


class MaxRuntimeExceededError(TaskTimeoutError):
    """One attempt ran longer than `max_runtime`."""

    hint = "raise the limit: task.override(timeout=...)"

    def __init__(self, message: str) -> None:
        super().__init__(message, "MaxRuntimeExceededError")


class DeadlineExceededError(TaskTimeoutError):
    """The task was not finished by its `deadline`."""

    hint = "raise the limit: task.override(timeout=flyte.Timeout(deadline=...))"

    def __init__(self, message: str) -> None:
        super().__init__(message, "DeadlineExceededError")


# --- graphics processors ------------------------------------------------------------------------------------------

GPU_FAULT_CODES: tuple[str, ...] = (
    "GpuEccUncorrectable",
    "GpuFallenOffBus",
    "GpuGspError",
    "GpuNvlinkError",
    "GpuRowRemapPending",
    "GpuXidError",
)


class GPUFaultError(BaseRuntimeError):
    """A graphics processor failed below the task."""

    def __init__(
        self,
        code: str,
        kind: Kind,
        message: str,
        worker: str | None = None,
        *,
        fault_kind: str | None = None,
        fault_code: int | None = None,
        fault_name: str | None = None,
        severity: str | None = None,
        gpu_uuid: str | None = None,
        gpu_index: int | None = None,
        node: str | None = None,
        pci_bus_id: str | None = None,
        process: str | None = None,
    ) -> None:
        BaseRuntimeError.__init__(self, code, kind, message, worker)
        self.fault_kind = fault_kind
        self.fault_code = fault_code
        self.fault_name = fault_name
        self.severity = severity
        self.gpu_uuid = gpu_uuid
        self.gpu_index = gpu_index
        self.node = node
        self.pci_bus_id = pci_bus_id
        self.process = process

    @property
    def xid(self) -> int | None:
        """The driver's number of the fault."""
        return self.fault_code if self.fault_kind == "xid" else None

    @property
    def sxid(self) -> int | None:
        """The switch's number of the fault."""
        return self.fault_code if self.fault_kind == "sxid" else None


class GPUFaultUserError(GPUFaultError, RuntimeUserError):
    """A graphics processor failed because of what the task did."""

    def __init__(self, code: str, message: str, worker: str | None = None, **fault: Any) -> None:
        GPUFaultError.__init__(self, code, "user", message, worker, **fault)


class GPUFaultSystemError(GPUFaultError, RuntimeSystemError):
    """A graphics processor failed by itself."""

    def __init__(self, code: str, message: str, worker: str | None = None, **fault: Any) -> None:
        GPUFaultError.__init__(self, code, "system", message, worker, **fault)


# --- Apple silicon ------------------------------------------------------------------------------------------------


class AppleSiliconError(RuntimeUserError):
    """The bridge to Apple silicon failed."""

    code_name: ClassVar[str] = "APPLE_SILICON_ERROR"
    recoverable: ClassVar[bool] = True

    def __init__(self, message: str, worker: str | None = None) -> None:
        super().__init__(type(self).code_name, message, worker)


class AppleSiliconBridgeUnreachableError(AppleSiliconError):
    """The bridge does not answer."""

    code_name = "APPLE_SILICON_BRIDGE_UNREACHABLE"


class AppleSiliconDaemonOOMError(AppleSiliconError):
    """The daemon ran out of memory."""

    code_name = "APPLE_SILICON_DAEMON_OOM"


class AppleSiliconDaemonStartFailedError(AppleSiliconError):
    """The daemon does not start."""

    code_name = "APPLE_SILICON_DAEMON_START_FAILED"
    recoverable = False


class AppleSiliconHostExecFailedError(AppleSiliconError):
    """The command failed on the host."""

    code_name = "APPLE_SILICON_HOST_EXEC_FAILED"
    recoverable = False


class AppleSiliconModelNotFoundError(AppleSiliconError):
    """The host has no such model."""

    code_name = "APPLE_SILICON_MODEL_NOT_FOUND"
    recoverable = False


class AppleSiliconNotAvailableError(AppleSiliconError):
    """There is no Apple silicon here."""

    code_name = "APPLE_SILICON_NOT_AVAILABLE"
    recoverable = False


APPLE_SILICON_ERRORS_BY_CODE: dict[str, type[AppleSiliconError]] = {
    error.code_name: error for error in AppleSiliconError.__subclasses__()
}
