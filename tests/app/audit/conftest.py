"""The cast on a fresh database."""

from tests.support.school import school

__all__ = ["school"]
