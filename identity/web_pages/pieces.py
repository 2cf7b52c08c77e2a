"""What several pages are made of: forms, problems, cautions, lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from identity.web_pages.page import TEMPLATES, fragment, joined
from identity.web_pages.shown_text import Markup


@dataclass(frozen=True)
class Form:
    """Where a form goes and what proves that it was served to this session.

    Attributes:
        action: Path and query.
        token: Value of its hidden field `form_token`.
        fields: Further hidden fields, for templates that name `$hidden`.
    """

    action: str
    token: str = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, str]:
        """What a template with this form names."""
        hidden = (fragment(TEMPLATES / "hidden.html", {"name": n, "value": v}) for n, v in self.fields.items())
        return {"action": self.action, "form_token": self.token, "hidden": joined(hidden)}


def problem(text: str, *, field_id: str) -> Markup:
    """What is wrong with a form, above it, with a way to the field that it is about."""
    return fragment(TEMPLATES / "problem.html", {"text": text, "field": field_id})


def wrong_field(text: str, *, field_id: str) -> Markup:
    """The same beside the field."""
    return fragment(TEMPLATES / "wrong.html", {"text": text, "field": field_id})


def caution(heading: str, text: str) -> Markup:
    """Something to think about before a decision."""
    return fragment(TEMPLATES / "caution.html", {"heading": heading, "text": text})


def ticks(texts: Iterable[str]) -> Markup:
    """Items of a list of what would be allowed."""
    return joined(fragment(TEMPLATES / "tick.html", {"text": text}) for text in texts)
