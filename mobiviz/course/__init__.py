"""What a notebook imports: check, hint, use, guess, reveal, quiz and report, each loaded at its first use."""

from importlib import import_module

_HOMES = {
    "check": "checking",
    "hint": "checking",
    "use": "checking",
    "guess": "predictions",
    "reveal": "predictions",
    "quiz": "quizzes",
    "report": "reporting",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"mobiviz.course has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"mobiviz.course.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
