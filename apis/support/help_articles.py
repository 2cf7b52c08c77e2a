"""The help articles: Markdown files, split into one passage per section."""

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Section:
    """A passage of an article."""

    article_id: str
    article: str
    heading: str
    text: str

    @property
    def title(self) -> str:
        """What a reader sees above the text."""
        return f"{self.article}: {self.heading}"


def read_sections() -> tuple[Section, ...]:
    """Reads the articles that ship with the package, in the order of their ids."""
    folder = files("apis.support").joinpath("articles")
    found = sorted((path.name.removesuffix(".md"), path) for path in folder.iterdir() if path.name.endswith(".md"))
    return tuple(
        section for article_id, path in found for section in split_article(article_id, path.read_text(encoding="utf-8"))
    )


def split_article(article_id: str, markdown: str) -> list[Section]:
    """Splits at ``##``; the ``#`` line is the article's title."""
    head, *parts = markdown.split("\n## ")
    article = head.strip().removeprefix("# ").split("\n")[0]
    sections = []
    for part in parts:
        heading, _, text = part.partition("\n")
        sections.append(Section(article_id, article, heading.strip(), " ".join(text.split())))
    return sections
