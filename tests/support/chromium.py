"""The Chromium of the system as a person uses it: labels, buttons, keys, and what a screen reader is told.

Nothing is downloaded: driver and browser are the ones that the system installed, named by their paths.
"""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 20.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1000,900",
)
CONTROLS = frozenset({"button", "link", "textbox", "checkbox", "radio", "combobox"})


@dataclass
class Browser:
    """One Chromium with a profile of its own.

    Attributes:
        driver: The driver underneath.
        screenshots: Folder for what a reviewer looks at.
        messages: What the console said so far.
    """

    driver: Any
    screenshots: Path
    messages: list[dict[str, Any]] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.driver.get(url)

    @property
    def url(self) -> str:
        return str(self.driver.current_url)

    @property
    def title(self) -> str:
        return str(self.driver.title)

    @property
    def text(self) -> str:
        """What the page says."""
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    @property
    def heading(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "h1").text)

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        element = self.field(label)
        element.clear()
        element.send_keys(text)

    def field(self, label: str) -> Any:
        identifier = self.driver.find_element(By.XPATH, f'//label[normalize-space()="{label}"]').get_attribute("for")
        return self.driver.find_element(By.ID, identifier)

    def press(self, name: str) -> None:
        """Click the button or link with this text and wait for the page that follows."""
        self._and_wait(self.control(name).click)

    def control(self, name: str) -> Any:
        return self.driver.find_element(By.XPATH, f'//*[self::button or self::a][normalize-space()="{name}"]')

    def type_keys(self, *keys: str) -> None:
        """Keys for whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def type_keys_and_wait(self, *keys: str) -> None:
        """Keys that lead to another page."""
        self._and_wait(lambda: self.type_keys(*keys))

    def tab_to(self, name: str) -> None:
        """Press Tab until the control with this name has the focus; names are what the accessibility tree says."""
        for _ in range(20):
            if self.focused() == name:
                return
            self.type_keys("\ue004")
        raise AssertionError(f"Tab never came to {name!r}, the focus is on {self.focused()!r}")

    def focused(self) -> str:
        """Name of the focused control in the accessibility tree."""
        names = [name(node) for node in self.accessibility_tree() if _property(node, "focused")]
        return names[-1] if names else ""

    def accessibility_tree(self) -> list[dict[str, Any]]:
        """What assistive technology is told, without ignored nodes."""
        answer = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})
        return [node for node in answer["nodes"] if not node["ignored"]]

    def by_role(self, role: str) -> list[dict[str, Any]]:
        return [node for node in self.accessibility_tree() if node["role"]["value"] == role]

    def policy_violations(self) -> list[str]:
        """What the console said about the content security policy since the browser started."""
        self.messages += self.driver.get_log("browser")
        return [
            str(message["message"])
            for message in self.messages
            if message["source"] == "security" or "Content Security Policy" in message["message"]
        ]

    def wait_for_violation(self, directive: str) -> None:
        """Wait until the console says that a page wanted what this directive forbids. Then it is forgotten."""
        WebDriverWait(self.driver, PATIENCE_S).until(
            lambda _: any(directive in one for one in self.policy_violations())
        )
        self.messages.clear()

    def look(self, *, dark: bool = False, width_px: int | None = None, zoom: float = 1.0) -> None:
        """How the page is looked at from now on. Zoom makes the page narrower by itself, as a browser's does."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        # No picture of a colour that is on its way to another.
        motion = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, motion]})
        size = {"width": int((width_px or 1000) / zoom), "height": int(900 / zoom)}
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": zoom, "mobile": False}
        )

    def overflow_px(self) -> int:
        """By how much the page is wider than the window."""
        metrics = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        return int(metrics["cssContentSize"]["width"] - metrics["cssLayoutViewport"]["clientWidth"])

    def shoot(self, name: str) -> None:
        """Write screenshots of the page: light, dark, and narrow."""
        for variant, how in {"light": {}, "dark": {"dark": True}, "narrow": {"width_px": 320}}.items():
            self.look(**how)  # type: ignore[arg-type]  # a row of the table above
            picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
            (self.screenshots / f"{name}-{variant}.png").write_bytes(base64.b64decode(picture["data"]))
        self.look()

    def _and_wait(self, act: Any) -> None:
        before = self._document()
        act()
        WebDriverWait(self.driver, PATIENCE_S).until(lambda _: self._document() != before)

    def _document(self) -> str:
        """Changes with every page that is loaded, scripts or not."""
        return str(self.driver.execute_cdp_cmd("Page.getFrameTree", {})["frameTree"]["frame"]["loaderId"])


def name(node: dict[str, Any]) -> str:
    """The accessible name of a node."""
    return str(node.get("name", {}).get("value", ""))


def description(node: dict[str, Any]) -> str:
    return str(node.get("description", {}).get("value", ""))


@contextmanager
def chromium(profile: Path, screenshots: Path, *, javascript: bool = True) -> Iterator[Browser]:
    """Start a browser.

    Args:
        profile: Empty folder for its profile.
        screenshots: Folder for screenshots.
        javascript: Off, as careful people have it.
    """
    options = ChromeOptions()
    options.binary_location = _installed("chromium")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = Chrome(options=options, service=Service(executable_path=_installed("chromedriver")))
    try:
        yield Browser(driver, screenshots)
    finally:
        driver.quit()


def _installed(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"{program} is not installed: apt-get install chromium chromium-driver")
    return path


def _property(node: dict[str, Any], wanted: str) -> Any:
    return next((one["value"].get("value") for one in node.get("properties", []) if one["name"] == wanted), None)
