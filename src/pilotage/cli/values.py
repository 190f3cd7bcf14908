"""Values of arguments and options that are taken as they were typed, without what typer would do with them.

typer has pydantic convert every value, and importing that takes 0.1 s of CPU time, as much as all else that a
small database's migration needs to import (typer 0.29). Most values are text, or one of an option's words;
they need no conversion. What is not understood here is left to typer, and with it what a person is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, get_args, get_origin


def take_as_typed(parameters: Iterable[Any]) -> None:
    """Let a command's parameters take plain values without typer's conversion.

    A parameter of typer's makes its converter when it needs it first, in a field of its own. Where a version
    of typer has no such field, nothing happens.
    """
    for parameter in parameters:
        if getattr(parameter, "_runtime_param", parameter) is None and hasattr(parameter, "type_descriptor"):
            parameter._runtime_param = _Plain(parameter)


class _Plain:
    """Stands where typer has what converts a parameter's values, until there is one that it must convert."""

    def __init__(self, parameter: Any) -> None:
        self._parameter = parameter

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value for the command's function, as typer's own converters do under this name."""
        annotation = param.type_descriptor.annotation
        parser = param.type_descriptor.parameter_info.parser
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            if several and get_origin(annotation) is list and parser is None and not isinstance(value, str):
                return [_plain(each, get_args(annotation)[0], None) for each in value]
            if not several:
                return _plain(value, annotation, parser)
        except _NotPlainError:
            pass
        self._parameter._runtime_param = None
        return self._parameter.get_runtime_param().coerce(value, param=param, ctx=ctx)


class _NotPlainError(Exception):
    """A value is not plain."""


def _plain(value: Any, kind: Any, parser: Any) -> Any:
    if parser is not None:
        return parser(value)
    if isinstance(value, kind):
        return value
    if isinstance(value, str) and issubclass(kind, Enum):
        for member in kind:
            if member.value == value:
                return member
    raise _NotPlainError
