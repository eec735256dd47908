"""Dataclasses with slots, whose methods are generated at their first call.

The standard decorator takes 5 ms to import and a third of a millisecond per class. It compiles seven methods, most of
which are never called. A short command has 35 ms in all and loads twenty classes. Type checkers see standard
dataclasses, and so do `dataclasses.fields`, `asdict` and `replace`. A class inherits no fields here.
"""

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field, dataclass, field, replace

    __all__ = ["dataclass", "field", "replace"]

FEW = 16
"""Objects of a class that are filled by hand, which takes about as long as to write its `__init__` once."""
_ABSENT: Any = object()


class _FieldSpec:
    """A field, as `field` leaves it in a class's body."""

    __slots__ = ("default", "factory", "shown")

    def __init__(self, default: object, factory: "Callable[[], object] | None", shown: bool) -> None:
        self.default = default
        self.factory = factory
        self.shown = shown


def _field(
    *, default: object = _ABSENT, default_factory: "Callable[[], object] | None" = None, repr: bool = True
) -> _FieldSpec:
    return _FieldSpec(default, default_factory, repr)


def _dataclass(*, slots: bool, frozen: bool = False, eq: bool = True) -> "Callable[[type], type]":
    """Decorate a class. `slots` must be written at each class, so that a reader sees it."""
    assert slots
    methods = (
        _METHODS if eq else {name: method for name, method in _METHODS.items() if name not in ("__eq__", "__hash__")}
    )
    if not frozen:
        methods = {**methods}
        del methods["__setattr__"], methods["__delattr__"]
        if eq:
            methods["__hash__"] = None
    return lambda plain: _made(plain, methods)


def _replace(value: Any, /, **changes: object) -> object:
    if not hasattr(value, "_parts"):
        return _standard_library().replace(value, **changes)
    return type(value)(**{name: getattr(value, name) for name in value._parts} | changes)


def _made(plain: type, methods: "Mapping[str, Any]") -> type:
    """Rebuild `plain` with slots, which cannot be added to an existing class."""
    if any(hasattr(base, "_parts") for base in plain.__bases__):
        raise TypeError(f"{plain.__qualname__}: fields are not inherited here")
    members = {name: value for name, value in plain.__dict__.items() if name not in ("__dict__", "__weakref__")}
    parts = {name: _part(members.pop(name, _ABSENT)) for name in plain.__annotations__}
    names = tuple(parts)
    kept = {"_parts": parts, "_count": 0, "_standard": None}
    body = {**methods, **members, **kept, "__slots__": names, "__match_args__": names}
    rebuilt: type = type(plain)(plain.__name__, plain.__bases__, body)
    rebuilt.__qualname__ = plain.__qualname__
    return rebuilt


def _part(value: object) -> _FieldSpec:
    return value if isinstance(value, _FieldSpec) else _FieldSpec(value, None, True)


def _init(self: Any, *args: object, **kwargs: object) -> None:
    """Set the fields of the first few objects one by one, since many classes have no more. After that, generate the
    method."""
    owner = _owner(self)
    values = dict(zip(owner._parts, args, strict=False)) | kwargs
    if owner._count == FEW or len(values) != len(args) + len(kwargs) or not _fill(self, owner, values):
        _written(self, "__init__", _init_source)(self, *args, **kwargs)
    owner._count += 1


def _fill(value: object, owner: Any, values: "Mapping[str, object]") -> bool:
    """Set every field; False if `values` do not fit them."""
    for name, part in owner._parts.items():
        content = values[name] if name in values else part.factory() if part.factory else part.default
        if content is _ABSENT:
            return False
        owner.__dict__[name].__set__(value, content)
    return all(name in owner._parts for name in values)


def _eq(self: Any, other: object) -> object:
    return _written(self, "__eq__", _eq_source)(self, other)


def _hash(self: Any) -> object:
    return _written(self, "__hash__", _hash_source)(self)


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name, part in self._parts.items() if part.shown)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _reduce(self: Any) -> "tuple[type, tuple[object, ...]]":
    return type(self), tuple(getattr(self, name) for name in self._parts)


def _refuse(self: object, name: str, *value: object) -> NoReturn:
    raise _standard_library().FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


class _Fields:
    """`__dataclass_fields__`, by which `dataclasses` knows its classes: made when it is first asked for."""

    def __get__(self, instance: object, owner: Any) -> "Mapping[str, Field[Any]]":
        owner_class = next(base for base in owner.__mro__ if "_parts" in base.__dict__)
        if owner_class._standard is None:
            owner_class._standard = _standard(owner_class)
        standard_fields: Mapping[str, Field[Any]] = owner_class._standard
        return standard_fields


def _standard_library() -> Any:
    import dataclasses

    return dataclasses


def _standard(owner: Any) -> "Mapping[str, Field[Any]]":
    dataclasses = _standard_library()

    def standard(part: _FieldSpec) -> Any:
        if part.factory is not None:
            return dataclasses.field(default_factory=part.factory, repr=part.shown)
        if part.default is _ABSENT:
            return dataclasses.field(repr=part.shown)
        return dataclasses.field(default=part.default, repr=part.shown)

    types = owner.__annotations__
    twin = dataclasses.make_dataclass(
        owner.__name__, [(name, types[name], standard(part)) for name, part in owner._parts.items()]
    )
    return {standard_field.name: standard_field for standard_field in dataclasses.fields(twin)}


_METHODS: "Mapping[str, Any]" = {
    "__init__": _init,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__reduce__": _reduce,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__dataclass_fields__": _Fields(),
}


def _owner(value: object) -> Any:
    """Return the fast dataclass that `value` is an instance of."""
    return next(base for base in type(value).__mro__ if "_parts" in base.__dict__)


def _written(value: object, name: str, source: "Callable[[Mapping[str, _FieldSpec]], str]") -> Any:
    """The method `name` for the fields of `value`'s class, which has it from now on."""
    owner = _owner(value)
    parts: Mapping[str, _FieldSpec] = owner._parts
    space = {"_ABSENT": _ABSENT} | {f"_set_{field}": owner.__dict__[field].__set__ for field in parts}
    space |= {f"_default_{field}": part.default for field, part in parts.items()}
    space |= {f"_make_{field}": part.factory for field, part in parts.items()}
    exec(source(parts), space)
    setattr(owner, name, space[name])
    return space[name]


def _init_source(parts: "Mapping[str, _FieldSpec]") -> str:
    heads, sets = ["self"], []
    for name, part in parts.items():
        value = name if part.factory is None else f"_make_{name}() if {name} is _ABSENT else {name}"
        default = "_ABSENT" if part.factory else "" if part.default is _ABSENT else f"_default_{name}"
        heads.append(f"{name}={default}" if default else name)
        sets.append(f"_set_{name}(self, {value})")
    return f"def __init__({', '.join(heads)}):\n    {'; '.join(sets) or 'pass'}"


def _eq_source(parts: "Mapping[str, _FieldSpec]") -> str:
    own_values, other_values = (
        f"({''.join(f'{operand}.{name}, ' for name in parts)})" for operand in ("self", "other")
    )
    same = "other.__class__ is self.__class__"
    return f"def __eq__(self, other):\n    return {own_values} == {other_values} if {same} else NotImplemented"


def _hash_source(parts: "Mapping[str, _FieldSpec]") -> str:
    return f"def __hash__(self):\n    return hash(({''.join(f'self.{name}, ' for name in parts)}))"


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _field, _replace
