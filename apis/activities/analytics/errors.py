"""Errors of the analytics.

AnalyticsError
├── WindowUnreadable     the window text is not in the grammar
├── BandUnknown          a weather name that is no band, or that fits several
├── GroupingUnknown      a `group_by` that the summary does not know
├── SportNotAnalysed     the trend compares runs of one kind, and nothing else
├── InputsMissing        a metric without what it is made from
├── ComparisonRefused    too few or too many activities side by side, or one of them twice
└── DesignSingular       the runs cannot separate the terms of a regression

All but the last are the caller's mistakes: their text says what is allowed and may be shown as it is.
"""


class AnalyticsError(ValueError):
    """A question the analytics cannot answer as it was asked."""


class WindowUnreadable(AnalyticsError):
    """The window text is not in the grammar, or describes no day at all."""


class BandUnknown(AnalyticsError):
    """A weather name that is no band, or that fits several."""


class GroupingUnknown(AnalyticsError):
    """A grouping the summary does not know."""


class SportNotAnalysed(AnalyticsError):
    """The trend compares runs of one kind only."""


class InputsMissing(AnalyticsError):
    """A metric cannot be computed without what it is made from; the text says what is missing."""


class ComparisonRefused(AnalyticsError):
    """Not two to five different activities."""


class DesignSingular(AnalyticsError):
    """The columns of a regression are linearly dependent: no unique answer exists."""
