"""Our dataclasses are the standard ones in all that can be seen of them."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Mapping

import pytest

from cordage_tui.domain.base.fast_dataclass import FEW, dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Ours:
    """A fox."""

    name: str
    secret: str = field(repr=False)
    age: int = 3
    notes: Mapping[str, int] = field(default_factory=dict)

    @property
    def shout(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Owl:
    name: str


@dataclass(frozen=True, slots=True)
class Hen:
    """Class whose body defines a method that would otherwise be generated."""

    name: str

    def __repr__(self) -> str:
        return "a hen"


Standard = dataclasses.make_dataclass(
    "Ours",
    [
        ("name", str),
        ("secret", str, dataclasses.field(repr=False)),
        ("age", int, 3),
        ("notes", Mapping, dataclasses.field(default_factory=dict)),
    ],
    frozen=True,
)


@pytest.mark.parametrize("kind", [Ours, Standard])
def test_objects_are_made_compared_and_shown_alike(kind):
    """The first objects of a class, which are filled by hand, and the next ones, by the written method."""
    first, *_, second = kind("fox", "x"), *(kind("owl", "") for _ in range(2 * FEW)), kind(secret="x", name="fox")
    assert first == second
    assert first != kind("fox", "y")
    assert first != ("fox", "x", 3, {})
    assert (first.age, first.notes) == (3, {})
    assert first.notes is not second.notes
    assert repr(first) == "Ours(name='fox', age=3, notes={})"
    assert hash(kind("fox", "x", notes=())) == hash(kind("fox", "x", 3, ()))
    assert first.__match_args__ == ("name", "secret", "age", "notes")


@pytest.mark.parametrize("kind", [Ours, Standard])
@pytest.mark.parametrize(
    ("args", "more"),
    [
        ((), {}),
        (("fox",), {}),
        (("fox", "x"), {"name": "owl"}),
        (("fox", "x"), {"tail": 1}),
        (("a", "b", 1, {}, 2), {}),
    ],
)
def test_what_does_not_fit_is_refused(kind, args, more):
    """Too few, too many, twice, and unknown ones; also for the very first object of the class."""
    fresh = kind if kind is Standard else dataclass(frozen=True, slots=True)(_copy_of_ours())
    for _ in range(2):
        with pytest.raises(TypeError):
            fresh(*args, **more)


def _copy_of_ours():
    class Fresh:
        name: str
        secret: str = field(repr=False)
        age: int = 3
        notes: Mapping[str, int] = field(default_factory=dict)

    return Fresh


def test_nothing_can_be_changed():
    """A frozen object allows no change of a field, and no other attribute."""
    fox = Ours("fox", "x")
    for change in (
        lambda: setattr(fox, "name", "owl"),
        lambda: setattr(fox, "tail", 1),
        lambda: delattr(fox, "name"),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert not hasattr(fox, "__dict__")


def test_the_standard_tools_take_them():
    """fields, replace, asdict and is_dataclass; copies and pickles too."""
    fox = Ours("fox", "x", notes={"a": 1})
    assert [field.name for field in dataclasses.fields(fox)] == ["name", "secret", "age", "notes"]
    assert dataclasses.fields(Ours)[2].default == 3
    assert dataclasses.is_dataclass(Ours)
    assert dataclasses.asdict(fox) == {"name": "fox", "secret": "x", "age": 3, "notes": {"a": 1}}
    assert dataclasses.replace(fox, age=4) == replace(fox, age=4) == Ours("fox", "x", 4, {"a": 1})
    with pytest.raises(TypeError):
        replace(fox, tail=1)
    assert copy.deepcopy(fox) == copy.copy(fox) == pickle.loads(pickle.dumps(fox)) == fox


def test_what_the_body_says_stays():
    """Methods, properties and the doc string; two classes of the same fields are never equal."""
    assert Ours("fox", "x").shout == "FOX"
    assert Ours.__doc__ == "A fox."
    assert repr(Hen("x")) == "a hen"
    assert Owl("x") != Hen("x")
    match Owl("x"):
        case Owl(name):
            assert name == "x"


def test_it_costs_no_import_of_the_standard_one():
    """Using a fast dataclass does not import `dataclasses` or `inspect`."""
    code = (
        "import sys; from cordage_tui.domain.run import RunQuery; RunQuery('p') == RunQuery('p');"
        "assert not {'dataclasses', 'inspect'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], timeout=20, check=True)


def test_fields_are_not_inherited():
    """Inheriting fields raises TypeError at the definition of the class, and not later by a missing value."""
    with pytest.raises(TypeError, match="not inherited"):

        @dataclass(frozen=True, slots=True)
        class Cub(Owl):
            age: int


def test_replace_takes_the_standard_ones_too():
    """A module need not know which kind it has got."""
    assert replace(Standard("fox", "x"), age=4) == Standard("fox", "x", 4)


@dataclass(slots=True)
class Nest:
    eggs: list[str] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Egg:
    size: int


def test_one_that_is_not_frozen_can_be_changed_and_not_hashed() -> None:
    """A class that is not frozen can be changed, is equal by value, and has no hash, as with the standard decorator."""
    nest = Nest()
    nest.count += 2
    nest.eggs.append("speckled")
    assert nest == Nest(["speckled"], 2) != Nest()
    with pytest.raises(TypeError, match="unhashable"):
        hash(nest)
    with pytest.raises(AttributeError):
        nest.colour = "brown"  # type: ignore[attr-defined]


def test_without_eq_objects_are_themselves_only() -> None:
    """Values that are alike stay two keys of a dictionary."""
    assert len({Egg(1), Egg(1)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Egg(1).size = 2  # type: ignore[misc]
