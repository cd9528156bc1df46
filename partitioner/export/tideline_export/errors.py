"""The errors that a person sees as one line on stderr."""


class ExportError(Exception):
    """Something failed while exporting: exit status 1."""


class UsageError(ExportError):
    """The command line or a factory's answer is not usable: exit status 2."""


def first_line(error: BaseException) -> str:
    """The first line of an error's text that isn't empty, or its type where it has no text."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
