"""Local fields of a cell as a VTU file, for ParaView and the like."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from laminet.cells import vtk
from laminet.cells.fibres.mesh import Mesh
from laminet.cells.fibres.system import Fields
from laminet.cells.fibres.torus import unwrapped
from laminet.files.destination import replacing

QUADRATIC_TRIANGLE = 22  # VTK's number


def write_fields(mesh: Mesh, fields: Fields, path: Path | str) -> None:
    """Write element means of stress, strain and the parts of the laws' states, the phases and the cell's `period`.

    Tensors are in VTK's order (11, 22, 33, 12, 23, 13) without Mandel's factors: stress in GPa, tensor strains.
    Elements across the cell's border are shown whole.

    Raises:
        InputError: the folder cannot be written.
    """
    share = mesh.operator.weight / mesh.operator.weight.sum(axis=1, keepdims=True)
    means: dict[str, np.ndarray] = {"phase": mesh.phase.astype(np.int32)}
    for name, values in ({"stress": fields.stress, "strain": fields.strain} | fields.state).items():
        means[name] = vtk.tensors(np.einsum("eq,eq...->e...", share, values))
    elements = len(mesh.element)
    place = unwrapped(mesh.point, mesh.element, mesh.period).reshape(-1, 2)
    away = place - mesh.point[mesh.element.ravel()]
    turns = np.round(away / mesh.period).astype(int)  # which periodic copy of its node
    key = np.column_stack([mesh.element.ravel(), turns])
    _, first, number = np.unique(key, axis=0, return_index=True, return_inverse=True)
    point = np.column_stack([place[first], np.zeros(len(first))])
    cells: dict[str, np.ndarray] = {
        "connectivity": number.astype(np.int32),
        "offsets": np.arange(6, 6 * elements + 1, 6, dtype=np.int32),
        "types": np.full(elements, QUADRATIC_TRIANGLE, dtype=np.uint8),
    }
    text = [
        '<?xml version="1.0"?>',
        '<VTKFile type="UnstructuredGrid" version="0.1" byte_order="LittleEndian">',
        f'<UnstructuredGrid><Piece NumberOfPoints="{len(point)}" NumberOfCells="{elements}">',
        "<Points>",
        _array("Points", point),
        "</Points><Cells>",
        *(_array(name, data) for name, data in cells.items()),
        "</Cells><CellData>",
        *(_array(name, data) for name, data in means.items()),
        "</CellData></Piece>",
        "<FieldData>",
        _array("period", mesh.period[None], ' NumberOfTuples="1"'),
        "</FieldData></UnstructuredGrid></VTKFile>",
    ]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(text) + "\n", encoding="utf-8")


def _array(name: str, data: np.ndarray, also: str = "") -> str:
    kind = {"f": "Float64", "i": "Int32", "u": "UInt8"}[data.dtype.kind]
    number = 1 if data.ndim == 1 else data.shape[1]
    rows = data.reshape(len(data), -1)
    body = "\n".join(" ".join(f"{value:.9g}" if kind == "Float64" else str(value) for value in row) for row in rows)
    tag = f'DataArray type="{kind}" Name={quoteattr(name)} NumberOfComponents="{number}"{also} format="ascii"'
    return f"<{tag}>\n{body}\n</DataArray>"
