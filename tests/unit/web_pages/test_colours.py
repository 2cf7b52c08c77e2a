"""The contrast of every pair of colours that meet, in both schemes (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

import identity.web_pages.page

SHEET = Path(identity.web_pages.page.__file__).with_name("style.css").read_text(encoding="utf-8")
TEXT, EDGE = 4.5, 3.0
PAIRS = [
    ("ink", "ground", TEXT),
    ("ink", "paper", TEXT),
    ("ink", "soft", TEXT),
    ("quiet", "paper", TEXT),
    ("quiet", "soft", TEXT),
    ("accent", "ground", TEXT),
    ("accent", "paper", TEXT),
    ("accent", "soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("caution", "caution-soft", TEXT),
    ("alert", "alert-soft", TEXT),
    ("alert", "paper", TEXT),
    # The edge of a field or a button is what shows that it is one; the ring shows where the focus is.
    ("edge", "paper", EDGE),
    ("edge", "soft", EDGE),
    ("accent", "paper", EDGE),
]


def colours(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)[:2]
    both = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return both if scheme == "light" else {**both, **dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark))}


def luminance(colour: str) -> float:
    """Relative luminance of sRGB (WCAG 2.2, glossary)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_the_one_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_colours_that_meet_can_be_told_apart(scheme: str, front: str, back: str, least: float) -> None:
    palette = colours(scheme)
    assert contrast(palette[front], palette[back]) >= least


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_is_measured_and_none_stands_outside_the_palette(scheme: str) -> None:
    measured = {name for front, back, _ in PAIRS for name in (front, back)}
    # Lines between parts of a page only decorate.
    assert set(colours(scheme)) - measured == {"line"}
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", SHEET[SHEET.index("*, *::before") :]) == []


def test_the_dark_scheme_gives_every_colour_a_value_of_its_own() -> None:
    light, dark = colours("light"), colours("dark")
    assert [name for name in light if light[name] == dark[name]] == []


def test_motion_ends_for_who_asked_for_that_and_focus_is_always_visible() -> None:
    assert "prefers-reduced-motion: reduce" in SHEET
    assert re.search(r":focus-visible \{ outline: 3px solid", SHEET)
    assert "outline: none" not in SHEET
    assert "outline: 0" not in SHEET
