"""Public names of a room, found when they are first asked for, also where a function and its module have one name.

``from evalkit.raters import many_facet_rasch`` gives the package of that name as soon as anything has imported it. In a room that
calls `open_room` such a module can itself be called, and does what its function does; nothing is imported before it is used.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any


class NamesakeModule(ModuleType):
    """A module that can be called: it does what the room's function of that name does, in whichever module it stands."""

    def __call__(self, *args: Any, **named: Any) -> Any:  # whatever the function of that name takes and gives
        """Call the function that has the module's name."""
        return self._namesake()(*args, **named)

    def _namesake(self) -> Any:  # as above
        room, _, name = self.__name__.rpartition(".")
        return getattr(importlib.import_module(f"{room}.{sys.modules[room].__dict__['_places'][name]}"), name)

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # what the module is for, and then what its function takes
        """Give the docstring of the function, so that help and notebooks show it."""
        return str(inspect.getdoc(self._namesake()))

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._namesake())


class Room(ModuleType):
    """A package whose public names are imported when first used."""

    _places: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:  # any public object
        place = self.__dict__.get("_places", {}).get(name)
        if place is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        module = importlib.import_module(f"{self.__name__}.{place}")
        if place == name:
            return module  # set as an attribute by the import, callable by __setattr__
        value = getattr(module, name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in self.__dict__.get("_places", {}):
            value.__class__ = NamesakeModule
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__dict__.get("_places", {})})


def open_room(name: str, public: Mapping[str, str]) -> None:
    """Make the public names of a room importable from it, each when first used.

    Parameters
    ----------
    name : str
        The room's own ``__name__``.
    public : mapping of str to str
        Module below the room -> its public names, separated by blanks.

    Examples
    --------
    >>> from evalkit.inference import wilson
    >>> wilson(8, 10).low.__round__(3)
    0.49
    """
    room = sys.modules[name]
    room.__dict__["_places"] = {one: module for module, names in public.items() for one in names.split()}
    room.__dict__["__all__"] = sorted({*room.__dict__.get("__all__", ()), *room.__dict__["_places"]})
    room.__class__ = Room
    for one in room.__dict__["_places"]:
        if one in room.__dict__:  # imported before, by the room itself
            setattr(room, one, room.__dict__[one])
