"""What axe-core, the checker of accessibility that most people use, finds on a page."""

from typing import Any

from playwright.sync_api import Page

from cli.local.stack import ROOT

_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_GRAVE = {"serious", "critical"}


def violations(page: Page, within: str = "") -> list[str]:
    """Those of impact serious or critical, on the whole page or `within` a selector: the rule, what it asks,
    and what breaks it. The source is evaluated, which the page's CSP lets a debugger do and no page."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "async (within) => (await axe.run(within || document, { resultTypes: ['violations'] })).violations",
        within,
    )
    return [_told(one) for one in found if one["impact"] in _GRAVE]


def _told(violation: dict[str, Any]) -> str:
    elements = "\n".join(f"  {node['html']}\n  {node['failureSummary']}" for node in violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n{elements}"
