"""Shards of one data set: each holds every n-th of the set's numbered items, and together they hold all of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from laminet.errors import InputError


def part(count: int, shard: tuple[int, int]) -> np.ndarray:
    """Numbers of the items that a shard holds, of `count` items; `shard` is (k, n), k from 1.

    Raises:
        InputError: an impossible shard.
    """
    number, shards = shard
    if not 1 <= number <= shards:
        raise InputError(f"shard {number}/{shards}: the first number must lie between 1 and the second")
    return np.arange(count)[number - 1 :: shards]


def whole(
    datasets: Sequence[xr.Dataset], names: Sequence[str], dim: str, shared: Mapping[str, str], most: int
) -> np.ndarray:
    """Order in which the items of all shards, one shard after the other, make the whole.

    Args:
        datasets: all shards, in any order. The coordinate `dim` numbers the items, and attributes say how many there
            are in the whole (the plural of `dim`), which shard of how many this is, and what shards share.
        names: of their files, for messages.
        dim: "sample" or "curve".
        shared: attributes in which the shards agree, and what it means where they do not.
        most: shards that there may be.

    Returns:
        (items,) places in the concatenated shards.

    Raises:
        InputError: none given, shards of different sets, a shard twice, or one missing.
    """
    if not datasets:
        raise InputError("nothing to merge; name every shard")
    for name, what in shared.items():
        values = [dataset.attrs.get(name) for dataset in datasets]
        for other, value in zip(names, values, strict=True):
            if str(value) != str(values[0]):
                raise InputError(
                    f"{other}: attribute '{name}' differs from that of {names[0]} ({what}); merge one data set only"
                )
    items = f"{dim}s"
    count, shards = (datasets[0].attrs.get(name) for name in (items, "shards"))
    if count is None or shards is None:
        raise InputError(f"{names[0]}: is not a shard made by 'laminet {COMMANDS[dim]}'; merge only those")
    order = np.concatenate([dataset[dim].values for dataset in datasets])
    try:
        count, shards = int(count), int(shards)
        present = {int(dataset.attrs["shard"]) for dataset in datasets}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{', '.join(names)}: attributes '{items}', 'shards' or 'shard' are missing or wrong; make the shards again"
        ) from error
    if not 1 <= shards <= most:
        raise InputError(f"{names[0]}: attribute 'shards' is {shards}; make the shards again")
    if missing := sorted(set(range(1, shards + 1)) - present):
        raise InputError(f"shard {', '.join(map(str, missing[:9]))} of {shards} is missing; name every shard")
    if not np.array_equal(np.sort(order), np.arange(count)):
        raise InputError(f"{', '.join(names)}: together they do not hold each of {count} {items} once; merge each once")
    starts = [int(dataset.attrs["shard"]) - 1 for dataset in datasets]
    position = np.concatenate(
        [start + shards * np.arange(dataset.sizes[dim]) for start, dataset in zip(starts, datasets, strict=True)]
    )
    return np.argsort(position)  # every shard holds one in so many of the whole


COMMANDS = {"sample": "sample", "curve": "curves"}
"""Of laminet, that make the shards."""
