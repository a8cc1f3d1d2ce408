"""Errors a user can mend. The command line prints them as one line and exits with code 1."""


class LaminetError(Exception):
    """What went wrong with a user's input or run: names the file or field and the remedy."""


class InputError(LaminetError):
    """A file, field or argument that cannot be used as it is."""


class ConvergenceError(LaminetError):
    """An iteration that did not reach its tolerance, with the case, the step and the residuals."""


class DeadNetworkError(LaminetError):
    """A network none of whose leaves has a positive activation."""
