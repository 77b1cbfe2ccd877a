"""pydantic models, as what they dump in JSON mode. The door to pydantic: imported when a program has it loaded."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from flyte._core import pack_plain, read_literal, unpack_plain, write_literal, write_literal_type
from flyte.types.extension import Extension, Misfit
from flyte.types.families.model_enums import EnumsByName, members_for_names, names_for_members
from flyte.types.pickles import dump

_ANNOTATION = {"cache-key-metadata": {"serialization-format": "msgpack"}}


def extension_for(annotation: Any) -> Extension | None:
    """The conversions of a model."""
    if not isinstance(annotation, type) or not issubclass(annotation, BaseModel) or annotation is BaseModel:
        return None
    return _of_model(annotation)


def _of_model(model: type[BaseModel]) -> Extension:
    schema = model.model_json_schema(schema_generator=EnumsByName)
    to_names, to_members = names_for_members(model), members_for_names(model)
    literal_type = write_literal_type(
        {
            "simple": "STRUCT",
            "metadata": schema,
            "annotation": _ANNOTATION,
            "structure_tag": "Pydantic Transformer",
        }
    )

    def encode(value: Any) -> bytes:
        packed = pack(value)
        if isinstance(packed, BaseModel):
            return write_literal({"binary": {"value": dump(packed), "tag": ""}})
        return write_literal({"binary": {"value": pack_plain(packed), "tag": "msgpack"}})

    def decode(literal: bytes) -> Any:
        tree = read_literal(literal)
        binary = tree.get("binary")
        if binary is None or binary["tag"] != "msgpack":
            raise ValueError(f"expected {model.__name__}, found a {next(iter(tree))}")
        return unpack(unpack_plain(binary["value"]))

    def pack(value: Any) -> Any:
        instance = value if isinstance(value, model) else given(value)
        # A subclass would lose what it adds.
        return dumped(instance) if type(instance) is model else instance

    def unpack(packed: Any) -> Any:
        return packed if isinstance(packed, model) else validated(packed)

    def given(value: Any) -> BaseModel:
        if not isinstance(value, dict):
            name = model.__name__
            raise Misfit(f"expected {name}, got {type(value).__name__} {value!r:.80}; write {name}(...)")
        return validated(value)

    def validated(data: Any) -> BaseModel:
        try:
            return model.model_validate(data if to_members is None else to_members(None, data))
        except ValidationError as error:
            raise _misfit(error) from error

    def dumped(value: BaseModel) -> Any:
        """The model in JSON's terms, or the model itself, to be pickled, when those do not give it back."""
        try:
            plain = value.model_dump(mode="json", warnings="error")
            if to_names is not None:
                plain = to_names(value, plain)
            if validated(plain) == value:
                return plain
        except (ValueError, TypeError):  # bytes that are no text, a nested subclass, a field that JSON has no form for
            pass
        return value

    return Extension(model.__name__, literal_type, encode, decode, pack, unpack, instances=model, json_schema=schema)


def _misfit(error: ValidationError) -> Misfit:
    first = error.errors(include_url=False)[0]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    given = first["input"]
    message = f"{first['msg'][:1].lower()}{first['msg'][1:]}, got {type(given).__name__} {given!r:.80}{more}"
    return Misfit(message, tuple(first["loc"]))
