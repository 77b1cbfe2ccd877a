"""What a parent sees when its child fails."""

import pytest

from tests.conformance.program import Programs

CATCH = """
def seen(error):
    cause = error.__cause__
    return {
        "type": type(error).__name__,
        "user": isinstance(error, flyte.errors.RuntimeUserError),
        "code": getattr(error, "code", None),
        "text": str(error),
        "cause": None if cause is None else f"{type(cause).__name__}: {cause}",
    }
"""


@pytest.mark.parametrize(
    ("raised", "caught", "text"),
    [
        ('ValueError("no")', "ValueError", "no"),
        ('KeyError("key")', "KeyError", "'key'"),
        ("ZeroDivisionError()", "ZeroDivisionError", ""),
        ('TimeoutError("late")', "TimeoutError", "late"),
        ('UnicodeDecodeError("utf-8", b"x", 0, 1, "bad")', "UnicodeDecodeError", None),
        ('ArithmeticError("multi\\nline")', "ArithmeticError", "multi\nline"),
        ("AssertionError((1, 2))", "AssertionError", "(1, 2)"),
        ("NotImplementedError", "NotImplementedError", ""),
        ("RecursionError('deep')", "RecursionError", "deep"),
    ],
)
def test_a_builtin_exception_is_caught_by_its_class_and_as_a_user_error(
    program: Programs, raised: str, caught: str, text: str | None
) -> None:
    ran = program(
        CATCH
        + f"""
@env.task
async def child() -> None:
    raise {raised}

@env.task
def sync_child() -> None:
    raise {raised}

@env.task
def sync_parent() -> dict:
    try:
        sync_child()
    except {caught} as error:
        return seen(error)

@env.task
async def main() -> list[dict]:
    try:
        await child()
    except {caught} as error:
        return [seen(error), await sync_parent.aio()]
"""
    )
    for seen in ran.result:
        assert (seen["type"], seen["user"], seen["code"]) == (caught, True, caught)
        assert text is None or seen["text"] == text


def test_an_os_error_keeps_its_number_and_file(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child() -> None:
            open("/no/such/file")

        @env.task
        async def main() -> list[str]:
            try:
                await child()
            except FileNotFoundError as error:
                return [str(error.errno), error.filename, error.code, str(error)]
    """)
    assert ran.result[1:3] == ["/no/such/file", "FileNotFoundError"]
    assert ran.result[0] == "2"
    assert "No such file or directory" in ran.result[3]


def test_a_class_of_the_users_own_keeps_its_attributes_whatever_its_constructor_takes(program: Programs) -> None:
    ran = program("""
        class Rejected(Exception):
            def __init__(self, order, *, reason):
                super().__init__(f"order {order} was rejected: {reason}")
                self.order, self.reason = order, reason

        @env.task
        async def child() -> None:
            raise Rejected(7, reason="late")

        @env.task
        async def main() -> list[str]:
            try:
                await child()
            except Rejected as error:
                is_user = isinstance(error, flyte.errors.RuntimeUserError)
                return [str(error.order), error.reason, str(error), error.code, str(is_user)]
    """)
    assert ran.result == ["7", "late", "order 7 was rejected: late", "Rejected", "True"]


def test_causes_and_notes_survive(program: Programs) -> None:
    ran = program(
        CATCH
        + """
@env.task
async def child() -> None:
    try:
        {}["key"]
    except KeyError as error:
        broken = ValueError("no such setting")
        if hasattr(broken, "add_note"):
            broken.add_note("look in settings.toml")
        raise broken from error

@env.task
async def main() -> dict:
    try:
        await child()
    except ValueError as error:
        return {**seen(error), "notes": getattr(error, "__notes__", ["look in settings.toml"])}
"""
    )
    assert ran.result["cause"] == "KeyError: 'key'"
    assert ran.result["notes"] == ["look in settings.toml"]
    (recorded,) = [action.error for action in ran.actions if action.short_name == "child"]
    assert recorded is not None
    assert recorded.causes == [("KeyError", "'key'")]


def test_an_exception_group_arrives_as_a_group(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child() -> None:
            if sys.version_info < (3, 11):
                raise ValueError
            raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])

        @env.task
        async def main() -> list[str]:
            try:
                await child()
            except Exception as error:
                if sys.version_info < (3, 11):
                    return ["ValueError", "KeyError", "ExceptionGroup", "True"]
                is_user = isinstance(error, flyte.errors.RuntimeUserError)
                return [*(type(each).__name__ for each in error.exceptions), error.code, str(is_user)]
    """)
    assert ran.result == ["ValueError", "KeyError", "ExceptionGroup", "True"]


def test_an_exception_that_cannot_be_pickled_still_arrives_with_class_and_message(program: Programs) -> None:
    ran = program(
        CATCH
        + """
class Locked(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.lock = threading.Lock()

@env.task
async def child() -> None:
    raise Locked("cannot travel")

@env.task
async def main() -> dict:
    try:
        await child()
    except flyte.errors.RuntimeUserError as error:
        return seen(error)
"""
    )
    assert ran.result["code"] == "Locked"
    assert ran.result["text"] == "cannot travel"


def test_an_error_goes_through_many_parents_as_what_it_was(program: Programs) -> None:
    ran = program("""
        @env.task
        async def down(n: int) -> None:
            if n == 0:
                raise LookupError("at the bottom")
            await down(n - 1)

        @env.task
        def between(n: int) -> None:
            asyncio.run(down(n))

        @env.task
        async def main() -> list[str]:
            try:
                await between.aio(4)
            except LookupError as error:
                return [type(error).__name__, str(error), error.code]
    """)
    assert ran.result == ["LookupError", "at the bottom", "LookupError"]


def test_a_failing_run_raises_the_original_class_in_the_program(program: Programs) -> None:
    ran = program.start("""
import os
import flyte, flyte.errors

env = flyte.TaskEnvironment("conformance")

class Mine(Exception):
    pass

@env.task
async def main() -> None:
    raise Mine("at the top")

if __name__ == "__main__":
    try:
        flyte.with_runcontext(executor=os.environ["EXECUTOR"]).run(main)
    except Mine as error:
        is_user = isinstance(error, flyte.errors.RuntimeUserError)
        open("result", "w").write(repr([str(error), error.code, is_user, error.run.phase]))
""")
    assert ran.result == ["at the top", "Mine", True, "failed"]
    assert ran.tree.phase == "failed"


def test_retries_run_the_task_again_with_the_number_of_the_attempt(program: Programs) -> None:
    ran = program("""
        from datetime import timedelta

        quick = flyte.Backoff(base=timedelta(milliseconds=1))

        @env.task(retries=flyte.RetryStrategy(count=3, backoff=quick))
        async def third_time() -> int:
            attempt = flyte.ctx().attempt_number
            if attempt < 2:
                raise ValueError(f"attempt {attempt}")
            return attempt

        @env.task(retries=flyte.RetryStrategy(count=1, backoff=quick))
        def never() -> int:
            with open("attempts", "a") as file:
                file.write("x")
            raise OSError(f"attempt {flyte.ctx().attempt_number}")

        @env.task
        async def main() -> list[str]:
            found = [str(await third_time())]
            try:
                await never.aio()
            except OSError as error:
                found.append(str(error))
            return [*found, open("attempts").read()]
    """)
    assert ran.result == ["2", "attempt 1", "xx"]
    attempts = {action.short_name: action.attempts for action in ran.actions}
    assert attempts == {"main": 1, "third_time": 3, "never": 2}
    assert ran.tree.retries == 3


def test_an_error_that_cannot_be_recovered_from_is_not_retried(program: Programs) -> None:
    ran = program("""
        @env.task(retries=5)
        async def hopeless() -> None:
            raise flyte.errors.NonRecoverableError("give up")

        @env.task
        async def main() -> str:
            try:
                await hopeless()
            except flyte.errors.NonRecoverableError as error:
                return str(error)
    """)
    assert "give up" in ran.result
    assert ran.actions[1].attempts == 1


@pytest.mark.parametrize("kind", ["async def", "def"])
@pytest.mark.parametrize(
    ("leaving", "code"), [("sys.exit(3)", "SystemExit"), ("raise KeyboardInterrupt", "KeyboardInterrupt")]
)
def test_a_child_that_leaves_fails_and_the_run_goes_on(program: Programs, kind: str, leaving: str, code: str) -> None:
    ran = program(f"""
        @env.task
        {kind} leave() -> None:
            {leaving}

        @env.task
        async def fine() -> int:
            return 1

        @env.task
        async def main() -> tuple[str, int]:
            try:
                await leave.aio()
            except flyte.errors.RuntimeUserError as error:
                return error.code, await fine()
    """)
    if code == "KeyboardInterrupt" and program.executor == "inline":
        # In the process of whoever started the run it is ctrl-C, and means the run.
        assert ran.tree.phase == "aborted"
        return
    assert ran.result == (code, 1)
    assert dict(ran.phases)["leave.0"] == "failed"


def test_a_root_that_leaves_fails_the_run_and_ends_the_program(program: Programs) -> None:
    ran = program("""
        @env.task
        async def main() -> None:
            sys.exit("enough")
    """)
    assert ran.status == 1
    assert "sys.exit(enough) was called" in ran.stderr
    assert ran.tree.phase == "failed"


def test_stop_iteration_is_a_failure_like_others(program: Programs) -> None:
    ran = program(
        CATCH
        + """
@env.task
def child() -> int:
    return next(iter([]))

@env.task
async def main() -> dict:
    try:
        await child.aio()
    except Exception as error:
        return seen(error)
"""
    )
    assert ran.result["code"] == "StopIteration"


def test_a_cancelled_error_raised_by_a_child_does_not_cancel_the_parent(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child() -> None:
            raise asyncio.CancelledError("by itself")

        @env.task
        async def main() -> str:
            try:
                await child()
            except Exception as error:
                return type(error).__name__ + " " + getattr(error, "code", "")
    """)
    assert "CancelledError" in ran.result
