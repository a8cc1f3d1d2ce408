"""YAML as laminet reads it: safe, of bounded size, without repeated keys, and with 1e-4 as a number."""

import re
from pathlib import Path
from typing import Any

import yaml

from laminet.errors import InputError, shown
from laminet.source import check_text, refused

LARGEST_FILE = 200_000  # bytes: what it takes to parse one is known before it is read
MOST_MERGED = 100_000  # keys that all merges (<<) of a file may copy: nested ones grow exponentially

NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
"""A number of YAML 1.2 and JSON. YAML 1.1, as PyYAML and Snakemake read it, takes 1e-4, 1.0e5 and -.5 for text."""

TEXT, INTEGER, REAL, MERGE = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "merge"))


def read_yaml(path: Path | str) -> Any:
    """What a YAML file holds; see `load_yaml`.

    Raises:
        InputError: missing, unreadable or very large file, no YAML, or a key given twice.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise refused(path, error) from error
    check_text(path, content)
    return load_yaml(content, str(path))


def load_yaml(text: str | bytes, where: str) -> Any:
    """What a YAML text holds: mappings, lists, text, numbers, booleans and None.

    Keys are text as they are written: 11 and '11' are the same key. As in YAML, a key given with
    `<<` replaces the merged one. Lists and mappings with several aliases are one object.

    Args:
        text: the text, or its bytes in UTF-8 or UTF-16.
        where: file or field, for messages.

    Raises:
        InputError: too long a text, no YAML, or a key given twice, by its line.
    """
    if len(text) > LARGEST_FILE:
        raise InputError(f"{where}: larger than {LARGEST_FILE // 1000} kB, too large for YAML; is it the right file?")
    try:
        loader = _Loader(text)
        loader.where = where
        return loader.get_single_data()
    except RecursionError as error:
        raise InputError(f"{where}: not valid YAML (nested too deeply); correct the text there") from error
    except (LookupError, AttributeError) as error:  # PyYAML's answer to `!!bool x` and `!!timestamp x`
        raise InputError(f"{where}: not valid YAML (a tag does not fit its value); correct the text there") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no date, or too long a number
        mark = getattr(error, "problem_mark", None)
        at = "" if mark is None else f" near line {mark.line + 1}"
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise InputError(f"{where}: not valid YAML{at} ({problem[:200]}); correct the text there") from error


class _Loader(yaml.SafeLoader):
    where = "YAML"

    def __init__(self, stream: str | bytes):
        super().__init__(stream)
        self.deep_construct = True  # refuses a list or mapping that contains itself
        self._flat: dict[yaml.Node, bool] = {}
        self._merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Keys become text, each given once; a key given with a merge replaces the merged one."""
        if self._flat.get(node):  # an alias of a mapping that has been flattened
            return
        if node in self._flat:
            raise yaml.constructor.ConstructorError(None, None, "a mapping merges itself", node.start_mark)
        self._flat[node] = False
        lines: dict[str, int] = {}
        for index, (key, value) in enumerate(node.value):
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key.start_mark)
            line = key.start_mark.line + 1
            if key.value in lines:
                raise InputError(
                    f"{self.where}: line {line}: the key {shown(key.value)} is given twice, "
                    f"first in line {lines[key.value]}; remove one"
                )
            lines[key.value] = line
            if key.tag != MERGE:
                node.value[index] = yaml.ScalarNode(TEXT, key.value, key.start_mark, key.end_mark), value
        super().flatten_mapping(node)
        self._merged += len(node.value) - len(lines)
        if self._merged > MOST_MERGED:
            raise yaml.constructor.ConstructorError(None, None, "endless merges", node.start_mark)
        node.value = list({key.value: (key, value) for key, value in node.value}.values())
        self._flat[node] = True

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        """A whole number of YAML 1.2: 010 is ten, where YAML 1.1 reads it as eight."""
        text = str(self.construct_scalar(node))
        return int(text) if NUMBER.fullmatch(text) else int(text, 0)


_Loader.yaml_implicit_resolvers = {  # YAML 1.1 takes 2:10 for 130 and 2_1 for 21
    first: [(tag, pattern) for tag, pattern in entries if tag not in (INTEGER, REAL)]
    for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(INTEGER, re.compile("(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(REAL, re.compile(f"(?:{NUMBER.pattern})$"), list("-+.0123456789"))
_Loader.add_implicit_resolver(REAL, re.compile(r"(?:[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"), list("-+."))
_Loader.add_constructor(INTEGER, _Loader.construct_integer)
