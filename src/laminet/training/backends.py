"""What is common to the backends: "native" (compiled) and "torch" (the readable reference)."""

from laminet.errors import InputError


def missing(backend: str, error: ImportError) -> InputError:
    """The error of a backend that is not installed, for what its import raised."""
    remedy = "install laminet again" if backend == "native" else "pip install 'laminet[torch]'"
    return InputError(f"backend '{backend}' needs {error.name or error}: {remedy}")
