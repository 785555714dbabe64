"""Builds dataclasses of `protocol` from plain values, checking every type and limit."""

from __future__ import annotations

import dataclasses
import types
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from .limit import Limit

_NAMES = {int: "an integer", float: "a number", str: "a string", bytes: "binary data", bool: "true or false"}


class Misfit(Exception):
    """A value does not fit its annotation; `path` says where, the message says why."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path} {message}" if path else message)
        self.path = path


def build(annotation: Any, value: object, *, path: str = "", lenient: bool = False) -> Any:
    """Gives the value that an annotation describes; raises Misfit if it does not fit.

    `lenient` is for what a core sends: a later core of the same protocol version may know more fields and
    more words than this client does, so unknown fields are left out and unknown words are kept.
    """
    origin = get_origin(annotation)
    if annotation is Any:
        return value
    if origin is Annotated:
        base, *limits = get_args(annotation)
        built = build(base, value, path=path, lenient=lenient)
        for limit in limits:
            problem = limit.problem(built) if isinstance(limit, Limit) else None
            if problem:
                raise Misfit(path, f"{problem}, is {_shown(built)}")
        return built
    if origin is Literal:
        return _word(get_args(annotation), value, path, lenient)
    if origin in (Union, types.UnionType):
        return _member(get_args(annotation), value, path, lenient)
    if origin is list:
        if not isinstance(value, list):
            raise Misfit(path, f"must be a list, is {_shown(value)}")
        (item,) = get_args(annotation)
        items = cast("list[object]", value)
        return [build(item, one, path=f"{path}[{index}]", lenient=lenient) for index, one in enumerate(items)]
    if origin is dict:
        item = get_args(annotation)[1]
        return {
            key: build(item, one, path=f"{path}.{key}" if path else key, lenient=lenient)
            for key, one in _mapping(value, path).items()
        }
    if dataclasses.is_dataclass(annotation):
        return _dataclass(cast(type, annotation), value, path, lenient)
    return _scalar(annotation, value, path)


def _dataclass(kind: type, value: object, path: str, lenient: bool) -> object:
    given = _mapping(value, path)
    fields = _fields(kind)
    values: dict[str, object] = {}
    for name, (annotation, required) in fields.items():
        where = f"{path}.{name}" if path else name
        if name in given:
            values[name] = build(annotation, given[name], path=where, lenient=lenient)
        elif required:
            raise Misfit(where, "is missing")
    unknown = [name for name in given if name not in fields]
    if unknown and not lenient:
        raise Misfit(f"{path}.{unknown[0]}" if path else unknown[0], "is not a field that is known here")
    return kind(**values)


@cache
def _fields(kind: type) -> dict[str, tuple[Any, bool]]:
    """Annotation of each field, without the None of an absent one, and whether it must be given."""
    hints = get_type_hints(kind, include_extras=True)
    result: dict[str, tuple[Any, bool]] = {}
    for field in dataclasses.fields(kind):
        annotation = hints[field.name]
        absent_is_none = field.default is None
        if absent_is_none:
            rest = tuple(member for member in get_args(annotation) if member is not type(None))
            annotation = rest[0] if len(rest) == 1 else Union[rest]  # noqa: UP007 - made of a tuple
        no_default = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        # `type` has its one word as default for people who build messages; on the wire it must be there.
        required = no_default or (get_origin(annotation) is Literal and len(get_args(annotation)) == 1)
        result[field.name] = (annotation, required)
    return result


def _member(members: tuple[Any, ...], value: object, path: str, lenient: bool) -> object:
    """Gives the member of a union that fits: by `type` among dataclasses, else the first that does."""
    by_type = _types(members)
    if by_type:
        name = _mapping(value, path).get("type")
        if not isinstance(name, str) or name not in by_type:
            where = f"{path}.type" if path else "type"
            raise Misfit(where, f"must be one of: {', '.join(by_type)}; is {_shown(name)}")
        return build(by_type[name], value, path=path, lenient=lenient)
    problems: list[Misfit] = []
    for member in members:
        try:
            return build(member, value, path=path, lenient=lenient)
        except Misfit as misfit:
            problems.append(misfit)
    # The deepest problem is that of the member that was meant.
    raise max(problems, key=lambda misfit: len(misfit.path))


@cache
def _types(members: tuple[Any, ...]) -> dict[str, type]:
    result: dict[str, type] = {}
    for member in members:
        if not dataclasses.is_dataclass(member):
            return {}
        default = {field.name: field.default for field in dataclasses.fields(member)}.get("type")
        if isinstance(default, str):
            result[default] = cast(type, member)
    return result


def _word(words: tuple[object, ...], value: object, path: str, lenient: bool) -> object:
    if any(type(value) is type(word) and value == word for word in words):
        return value
    if lenient and len(words) > 1 and isinstance(value, str):
        return value
    if len(words) == 1 and isinstance(value, float) and value == words[0]:
        return words[0]
    raise Misfit(path, f"must be one of: {', '.join(str(word) for word in words)}; is {_shown(value)}")


def _scalar(kind: Any, value: object, path: str) -> object:
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)  # JavaScript sends integers beyond 2^32 as floats
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return value
    raise Misfit(path, f"must be {_NAMES.get(kind, str(kind))}, is {_shown(value)}")


def _mapping(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Misfit(path, f"must be a map, is {_shown(value)}")
    return cast("dict[str, object]", value)


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes of binary data"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return f"a list of {len(cast('list[object]', value))}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
