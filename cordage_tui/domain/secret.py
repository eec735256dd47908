"""Values that must not appear in a log, a traceback, a screenshot or an export."""

from typing import Any, Final, NoReturn

_MASK: Final = "***"


class Secret:
    """A string that shows as `***` however it is printed; `reveal` is the one way to its value."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself. Called only where the wire or a credentials file needs it."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.__value == self.__value

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self


def masked(webhook_key: str) -> str:
    """A webhook key as screens show it, `wh_a…xyz`: enough to tell two apart, too little to call one."""
    return f"{webhook_key[:4]}…{webhook_key[-3:]}" if len(webhook_key) > 9 else f"{webhook_key[:3]}…"
