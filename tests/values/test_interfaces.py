"""Interfaces hash as they do elsewhere: names of actions and cache keys depend on it.

The hashes are those of `x: TYPE` without outputs, recomputed from what PyPI flyte 2.12.1 serialises on CPython 3.11.
"""

# ruff: noqa: UP007, UP035, UP045  (both spellings of unions must work)

from typing import Annotated, Any, Callable, Literal, NewType, Optional, Union

import pytest

from flyte._core import Signature
from flyte.types.plan import spec_of
from tests.values.records import (
    Both,
    Chain,
    Empty,
    Inner,
    Line,
    Longer,
    Named,
    Nested,
    Ping,
    Point,
    Pong,
    Tree,
    Twin,
    Wide,
)

KNOWN = [
    (int, "mClxyRy/msLpLwBt1PqPoPFXTjYDBVjTWeEk953gIdU="),
    (float, "GctWxk86W7ISGNr4YCRYlebmQCZiIrAZ7pMVk9hAZRo="),
    (str, "i6SnC+OTOscbX7fAfmvvSLoLnntHPdDasqK1/amwaTE="),
    (bool, "mcl9t4sZm5EVMUrLNqNqdc8CGXx7kJA0uVDf00uSBFE="),
    (bytes, "pBQ+ZAGn2aFXBpliPx+etMKRqwJS7Me+S9Kp6U2Fex4="),
    (None, "DCtbjb1uZYiLIjaCJzVxX/clh84x2txAEkh5yebA+d0="),
    (list[int], "lJhB/hhqDHjwNFOxUqqCJPbyM1OaVsRy1KWhkGOP84c="),
    (dict[str, int], "qK2p5t6Il0xDwQS8Li1fYv/mlpZEHcKgup0776uel5o="),
    (dict[int, int], "4gd80t6IL/NUZyTzWC99r9UHl7Rn0JqRGXfONQUqvhg="),
    (dict[float, int], "4gd80t6IL/NUZyTzWC99r9UHl7Rn0JqRGXfONQUqvhg="),
    (dict[tuple[int, int], str], "4gd80t6IL/NUZyTzWC99r9UHl7Rn0JqRGXfONQUqvhg="),
    (dict, "4gd80t6IL/NUZyTzWC99r9UHl7Rn0JqRGXfONQUqvhg="),
    (list, "YjtPk4yjrs1I069ir3Wl9G7E4kjVBCl/zXylzv6uptE="),
    (tuple[int, str], "f7sn8iWnli5dpEsLVz/mAKYUC5NcptSeTqnNxlB5ZgY="),
    (tuple[int, ...], "rIgzs/EuOKbE8yoMdQKgKuLM/qO/7BNgep8MYH9y8L4="),
    (Optional[int], "Mob9PhcLLagqU+VaSVyy+RkTPAViObS1g47LJ33mK6I="),
    (int | None, "Mob9PhcLLagqU+VaSVyy+RkTPAViObS1g47LJ33mK6I="),
    (None | int, "8pzxB3ZvhQyYBxiyREb3ZJIXCqf+sMi0cHm63sUiKZo="),
    (Union[int, str, None], "XUJOIcuzsl7cpavPkOBSo+VgXdlbGGN6DB0oi9MuwvA="),
    (list[Optional[int]], "34NETizwlBVPUwWCZbMkeAiZJblfYXVPPVEHfw6apNs="),
    (Optional[list[int]], "2WCbAT8FxH0NKe8BEpto9vode2jXjm+VadrGmrKCQ4c="),
    (Union[list[int], dict[str, int]], "2Vzs2jjoqGGJtGD1v5aK8xaLwFb7h7WDKeY3GreBba8="),
    (Inner, "amBwYt1Z1KzWKXmK00xrTkKnNNCgvPG3zkDyKg3hcJ0="),
    (Optional[Inner], "kOKVxjzvIoRQJU4Cxii5aWsFnCKoOhAVP1YqWTcC+eg="),
    (list[Inner], "/HEoGGEdZ8FrlHTlfAS3DVkDZ45JdQwSw7azGcx08MA="),
    (dict[str, Inner], "X3vKbl20FcfhWqoTFkVX3BbrvuVNZPCNA4cHRx7lmdk="),
    (Wide, "rWS5QuM5XyM6xEijN1YYRfFlySBX1uSBJHlPnYuxAYA="),
    (Tree, "yVjeX+08bGlu+GMllLZvb3ofYVxLPvJ4xEg06aEQzqo="),
    (Chain, "3fjTkM6rKvoBsjejii9lKfd+GUAIF/Hk+06Rnio4+Sw="),
    (Ping, "AZCkv6QufNPYCgZ2DZy4lz8KnanCyYIGp6u+/1y6aR4="),
    (Pong, "rF9ul+j0ThTC2goWcnj94JG6kocePwX0SaGQGKESYYc="),
    (Both, "TsQqmrJvhwDVrqELwS3qN81l+CPeFm/8pCnx7sRvDnQ="),
    (Point, "9lDVmEyEXawI6GVLOn23Ia9V0i3auwsBgo8F2mkH5nk="),
    (Line, "X2C+K/yz2Mmj/xTIjgZwnCOHbGEqbkI88l/PjEe0GbE="),
    (Named, "3DJTkwPNzzJQ1De9rCqp/UKzopEVGZzj6/qim1Z5joM="),
    (Longer, "9qINrEISKoM40MDErIUyIBmCED+bK1fUvwYAsatc16g="),
    (Empty, "GTp/JfKoTBumHLaAwSG5JhNGBpjCCyu4FbXg9VC4xo4="),
    (Nested, "Yg7ouBl464ztda8PUPeUM7q3UtOuOfS1rB+7bo7ic6M="),
    (Any, "m1ZcqYT9l3ucyLVsENWKEpHPtO9WxEgEuidO0CTkekA="),
    (set, "TUz/OjrSocjsgE28ONf+tb0OZapKltNsE3KrRLUcMts="),
    (set[int], "l8MFoK1QEmgNYRhXuFwH50BctE4ql8Iz89/wfwJ2hsc="),
    (frozenset, "4haoHc0u4c146r76zH95dWaI1kV2zJwz00ZJ5Cw7b84="),
    (object, "NjVYTGxEafjHMKz02u9jpPjRN8cmBMxu71yuIdjRS2I="),
    (bytes | None, "t6lCLnbNyoJC2Phrns29+XbgNLSxJPvGdJ2Ywk3Uxrc="),
    (Union[list, int], "IMGl0ryoiUYuJtCTD1CSBcOVMbze30s27qWkezQRxns="),
    (dict[str, dict[int, str]], "x40ewJ5iSLPeeArvKnsHOXY5u5DVw9esH8jfCjQvqTQ="),
    (Optional[dict], "U/EQGxKK1vI8gEpXgJNpE/U1OaqhNhnkRFSppiU6mMA="),
    (Optional[dict[int, str]], "U/EQGxKK1vI8gEpXgJNpE/U1OaqhNhnkRFSppiU6mMA="),
    (complex, "1LzzDjaZn4O2sC9O5LKk8CRpUTQArdiVKjO/AzKHuvU="),
    (list[list[int]], "j8ftU7zaDk8Owy0CbaX8PDUVXL5+CPjZkM5jwIwEhhw="),
    (Union[list[int], list[str]], "h5il4i9IVxIryOt6YaqyscHzny1Pgw8MpWU/7EYFdZA="),
    (dict[str, Any], "I1oOnZa1/z7iHHPTWSB67A0jgjegKAH4Y5fi7dF7nTM="),
    (list[Any], "ktDLuxfnlbxfsMqmmEo/D7xjsfk5OMNTZLRharbES6M="),
    (tuple[int, Inner], "j7vjXg4REMkauu9aMAUeTl4CK3nvx2h5WViXyHhHh5U="),
    (tuple[int], "Sxulmz0Npwm0yzjzMZoPzBA5cdZrLx0u1a3kmBExllU="),
    (tuple, "cb78GaGOdtijhKsJ3NWg8f4Fk+9Il6nVV7KeVvc98vc="),
    (Union[Inner, Twin], "IjPguk5xmtYz9U5soV5mRHtT4UP9e5opj5a2dumdzUc="),
    (Optional[tuple[int, str]], "W9mcNtb8TmaNV71mO/N1GMn84ylHTfCPHMftKsGR3uk="),
    (tuple[int, Wide], "ghgREFn5Z3Ie1HofgDA3b4hTdG+f4yvd9YLvuYm4MGg="),
    (tuple[Tree, Tree], "xBwGJt1uUc+ezmMl2QKVBBQadbOLShrCiGS+9L8KOBs="),
    (tuple[int, Ping], "f5N7+Ff8ttcLI7srsq8D+/e5TyaEvQwkIFiUXxoBeYg="),
    (tuple[int, Named], "HyJxOZwYDGfV5CWqdRXZHbkQXBb9AkzSZXzZR8lRvaQ="),
    (tuple[int, Optional[Inner]], "qD7Tks1/K+JZjIld4DJHp5YugwvxntEW0OggGSCar3s="),
    (tuple[int, dict[str, Any]], "OrA8zufaXWTRdjq9mhWxH8o0xcvF42RwRXGJL7d2Amc="),
    (tuple[int, Optional[list[Inner]]], "TWow40/BdYR4xkrfflkUFW16zBl+2+fCJUfIrnbxBqw="),
    (tuple[int, tuple[int, ...]], "Be44MEqP7x+5M+q/0l0Z7G5dXPYoZC4sg0EPkZNWA8I="),
    (tuple[int, set[int]], "odn5jltjIR2lQqdQOkW9tZPXmKZJidVzCGCYIxpynHk="),
    (tuple[None, bytes], "GjCRnk76RSwMQcOzt4LuJEPDmciLg8VvCUtfk0O9tUs="),
    (tuple[Nested, Longer], "YPT2fu44bsXBWZGBzbSYMyVdZZJLJEG/1O6b6DJ6p6E="),
    (Annotated[int, "metres"], "mClxyRy/msLpLwBt1PqPoPFXTjYDBVjTWeEk953gIdU="),
    (Literal["a", "b"], "us2x6y40i/2IFy1WQYIEah9lKXjJP7L5Df76/+bTW2U="),
    (Callable, "Oozv97UEPN1aIQ0V1iP2u8R1aKS2KIULTj9Wn4CsBGQ="),
]

Metres = NewType("Metres", int)


def interface_hash(annotation: Any) -> str:
    return Signature([("x", spec_of(annotation))], [], {}, "env.task").interface_hash


@pytest.mark.parametrize(("annotation", "expected"), KNOWN, ids=lambda value: str(value))
def test_an_interface_hashes_as_elsewhere(annotation: Any, expected: str) -> None:
    assert interface_hash(annotation) == expected


def test_what_stands_behind_a_new_type_is_what_counts() -> None:
    assert interface_hash(Metres) == interface_hash(int)


def test_variables_are_sorted_whatever_their_order() -> None:
    forth = Signature([("b", ("int",)), ("a", ("str",))], [], {}, "env.task")
    back = Signature([("a", ("str",)), ("b", ("int",))], [], {}, "env.task")
    assert forth.interface == back.interface
    assert forth.interface.hex() == "0a160a090a016112040a0208030a090a016212040a0208011200"


def test_the_interface_of_the_test_vector() -> None:
    square = Signature([("x", ("int",))], [("o0", ("int",))], {}, "env.square")
    assert square.interface.hex() == "0a0b0a090a017812040a020801120c0a0a0a026f3012040a020801"
    assert square.interface_hash == "3onIQaY9FwDhPvqxRrx1M51xiDVLG23rnr7tExWcx5U="
