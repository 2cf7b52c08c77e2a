"""What ends the import of one file; the import goes on.

FileRefused        it is not sent, or the server did not take it
NoAnswer           the server gave none that counts, however often it was asked
"""


class FileRefused(Exception):
    """The text is the reason in the report; it holds nothing of the file."""


class NoAnswer(Exception):
    """The text is the reason in the report."""
