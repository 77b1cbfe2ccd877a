"""One self-contained page out of the tabs of a report. Pure; it never looks into the HTML it is given.

Each tab is a document of its own in a frame: markup that is never closed, styles and scripts of one tab cannot reach
another, nor the page around, and a tab may be a whole document. Switching tabs is done without scripts. Frames that
do not show keep their size, or figures in them would be drawn without width.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from string import Template

_STYLE = """
:root { color-scheme: light dark; --line: #ddd; --ink: #222; --paper: #fff; --lit: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --line: #333; --ink: #ddd; --paper: #161616; --lit: #7aa2f7; } }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif; }
nav { display: flex; flex-wrap: wrap; gap: 0 1.5rem; padding: .5rem 1rem 0; border-bottom: 1px solid var(--line); }
nav label { padding: .25rem 0 .4rem; cursor: pointer; border-bottom: 2px solid transparent; }
nav:empty { display: none; }
body > input { position: absolute; opacity: 0; pointer-events: none; }
main { flex: 1; position: relative; min-height: 0; }
iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; visibility: hidden; }
"""

_TAB_STYLE = """
:root { color-scheme: light dark; }
body { margin: 1rem; font: 15px/1.5 system-ui, sans-serif; }
img, svg { max-width: 100%; }
table { border-collapse: collapse; display: block; max-width: 100%; overflow-x: auto; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #8884; text-align: left; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
""".replace("\n", " ").strip()

_SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads allow-forms allow-modals"


def page(title: str, tabs: Sequence[tuple[str, str]]) -> str:
    """The page; tabs without content are left out. Names and title are text, contents are HTML."""
    shown = [(name, content) for name, content in tabs if content] or list(tabs[:1])
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{_STYLE}{_switches(len(shown))}</style></head>",
        "<body>",
        *(f'<input type="radio" name="tab" id="t{n}"{" checked" * (n == 0)}>' for n in range(len(shown))),
        f"<nav>{_labels(shown)}</nav>",
        "<main>",
        *(_frame(number, name, content) for number, (name, content) in enumerate(shown)),
        "</main>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(parts)


def filled(template: Path, tabs: Sequence[tuple[str, str]]) -> str:
    """A page by a template, whose styles and scripts reach into the tabs; it decides how they are switched."""
    navigation = "".join(f'<li onclick="handleLinkClick(this)">{html.escape(name)}</li>' for name, _ in tabs)
    body = "".join(f"<div>{content}</div>" for _, content in tabs)
    try:
        return Template(template.read_text(encoding="utf-8")).substitute(NAV_HTML=navigation, BODY_HTML=body)
    except KeyError as error:
        raise ValueError(
            f"{template} has the placeholder `${error.args[0]}`; a report fills in `$NAV_HTML` and `$BODY_HTML`,"
            " and `$$` is a dollar sign"
        ) from None
    except ValueError as error:
        raise ValueError(f"{template}: {error}; `$$` is a dollar sign") from None


def _labels(tabs: Sequence[tuple[str, str]]) -> str:
    """Nothing to choose from when there is one."""
    if len(tabs) < 2:
        return ""
    return "".join(f'<label for="t{n}">{html.escape(name)}</label>' for n, (name, _) in enumerate(tabs))


def _switches(count: int) -> str:
    """The rules that show the chosen tab."""
    rules = (
        f"#t{n}:checked ~ main #f{n} {{ visibility: visible; }}\n"
        f"#t{n}:checked ~ nav label[for=t{n}] {{ border-color: var(--lit); color: var(--lit); }}\n"
        f"#t{n}:focus-visible ~ nav label[for=t{n}] {{ outline: 2px solid var(--lit); }}\n"
        for n in range(count)
    )
    return "".join(rules)


def _frame(number: int, name: str, content: str) -> str:
    head = f'<meta charset="utf-8"><base target="_blank"><style>{_TAB_STYLE}</style>'
    document = _quoted(f"<!doctype html><html><head>{head}</head><body>\n{content}\n</body></html>")
    return f'<iframe id="f{number}" title="{html.escape(name)}" sandbox="{_SANDBOX}" srcdoc="{document}"></iframe>'


def _quoted(text: str) -> str:
    """In an attribute only these two mean something; the rest stays readable."""
    return text.replace("&", "&amp;").replace('"', "&quot;")
