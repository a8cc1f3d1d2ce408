"""The native code that this processor can run: a build holds it in one or several variants.

A wheel for x86-64 holds a variant for each of the levels v2, v3 and v4 that the architecture's specification (x86-64
psABI) defines. Any other build holds a single variant. A variant is loaded only after its needs have been compared with
the processor's features, so that no program dies of an illegal instruction.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType

from laminet import _processor
from laminet.errors import InputError, LaminetError, check_choice

SINGLE = "single"
"""Name of the variant of a build without levels."""


def load(module: str) -> ModuleType:
    """A compiled module of laminet, such as `laminet._native`, in the variant for this processor.

    Raises:
        InputError: LAMINET_LEVEL names no level, or one that this processor cannot run.
        LaminetError: the processor can run no variant of this build.
    """
    return import_module(f"{module}_{_variant()}")


def usable_levels() -> list[str]:
    """Levels of this build that this processor can run, slowest first; none in a build without levels."""
    features = _processor.features()
    return [name for name, needs in _processor.variants() if name != SINGLE and not _missing(needs, features)]


@cache
def _variant() -> str:
    return choice(dict(_processor.variants()), _processor.features(), os.environ.get("LAMINET_LEVEL", ""))


def choice(variants: Mapping[str, Collection[str]], features: Collection[str], forced: str = "") -> str:
    """The best variant that a processor can run.

    Args:
        variants: features that each variant needs, by its name, slowest first.
        features: features of the processor.
        forced: name of the level to take; empty for the best.

    Raises:
        InputError: there is no level of the forced name, or the processor cannot run it.
        LaminetError: the processor can run none.
    """
    lacking = {name: _missing(needs, features) for name, needs in variants.items()}
    if forced:
        if SINGLE in variants:
            raise InputError("LAMINET_LEVEL is set, but this build of laminet has no levels; unset it")
        check_choice(forced, variants, "LAMINET_LEVEL")
        if lacking[forced]:
            raise InputError(f"LAMINET_LEVEL is {forced}, but this processor lacks {_first(lacking[forced])}; unset it")
        return forced
    usable = [name for name, absent in lacking.items() if not absent]
    if not usable:
        absent = _first(next(iter(lacking.values())))
        if SINGLE in variants:
            raise LaminetError(
                f"laminet was compiled for another processor: this one lacks {absent}; "
                "remove the folder build and install laminet here again, or install a wheel"
            )
        raise LaminetError(
            f"the wheel of laminet needs a newer processor: this one lacks {absent}; "
            "compile laminet here: python -m pip install --no-binary laminet laminet"
        )
    return usable[-1]


def _missing(needs: Collection[str], features: Collection[str]) -> list[str]:
    return [name for name in needs if name not in features]


def _first(names: Sequence[str]) -> str:
    return ", ".join([*names[:3], *["..."] * (len(names) > 3)])
