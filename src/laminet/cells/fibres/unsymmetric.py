"""Direct solution of finite-element systems that are not symmetric: sparse LU factors, in the order of a dissection.

They serve laws whose tangents are not symmetric; symmetric systems are solved by Cholesky (dissection.py).
"""

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

PIVOT = 1e-3
"""Share of the largest entry of a column that the entry on the diagonal must have to be the pivot.

The diagonal keeps the order of the dissection, and with it the factors sparse.
"""


class LUFactor:
    """LU factors of the sum of element matrices."""

    def __init__(self, dof: np.ndarray, permutation: np.ndarray, matrices: np.ndarray):
        """Sum up and factorise.

        Args:
            dof: (elements, d) number of every element's degrees of freedom, -1 where held.
            permutation: (size,) degrees of freedom in the order of elimination.
            matrices: (elements, d, d).

        Raises:
            numpy.linalg.LinAlgError: the sum is singular, or not finite.
        """
        size = len(permutation)
        place = np.full(size + 1, -1)  # in the order of elimination; the last entry stands for the held
        place[permutation] = np.arange(size)
        row, column = np.broadcast_arrays(place[dof][:, :, None], place[dof][:, None, :])
        free = (row >= 0) & (column >= 0)
        whole = csc_array((matrices[free], (row[free], column[free])), shape=(size, size))
        if not np.isfinite(whole.data).all():
            raise np.linalg.LinAlgError("matrix is not finite")
        options = {"SymmetricMode": True}
        try:
            self._factor = splu(whole, permc_spec="NATURAL", diag_pivot_thresh=PIVOT, options=options)
        except RuntimeError as error:
            raise np.linalg.LinAlgError("matrix is singular") from error
        self._permutation = permutation

    def solve(self, right: np.ndarray) -> np.ndarray:
        """K^-1 b (size, k) for b (size, k)."""
        solution = np.empty_like(right)
        solution[self._permutation] = self._factor.solve(right[self._permutation])
        return solution
