"""How values of Python types travel; nothing here is loaded by `import flyte`."""

TYPE_CHECKING = False  # as in `flyte`: importing it from typing would cost 6 ms
if TYPE_CHECKING:
    from flyte.types.engine import TypeEngine
    from flyte.types.extension import Extension, Misfit
    from flyte.types.registry import register
    from flyte.types.shown import literal_string_repr
    from flyte.types.transformer import FlytePickle, Renderable, TypeTransformer, TypeTransformerFailedError

_HOMES = {
    "Extension": "extension",
    "FlytePickle": "transformer",
    "Misfit": "extension",
    "Renderable": "transformer",
    "TypeEngine": "engine",
    "TypeTransformer": "transformer",
    "TypeTransformerFailedError": "transformer",
    "literal_string_repr": "shown",
    "register": "registry",
}

__all__ = [
    "Extension",
    "FlytePickle",
    "Misfit",
    "Renderable",
    "TypeEngine",
    "TypeTransformer",
    "TypeTransformerFailedError",
    "literal_string_repr",
    "register",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'flyte.types' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"flyte.types.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
