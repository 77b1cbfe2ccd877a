"""Settings and changes of them as JSON documents, `config/1` and `config-change/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flyte.settings.resolve import Origin
    from flyte_cli.ops.config import ConfigChange, ConfigRow, ConfigView
    from flyte_cli.ops.created_config import CreatedConfig


def config_document(view: ConfigView) -> dict[str, Any]:
    """All settings with their origins."""
    return {
        "schema": "config/1",
        "settings": [_row(row) for row in view.rows],
        "places": [{"file": str(place.file), "state": place.state} for place in view.places],
        "profile": None if view.profile is None else view.profile.value,
        "profiles": list(view.profiles),
        "project_file": None if view.project is None else str(view.project),
        "warnings": list(view.warnings),
    }


def change_document(change: ConfigChange) -> dict[str, Any]:
    """One change of one setting."""
    return {
        "schema": "config-change/1",
        "file": str(change.file),
        "change": change.change,
        "key": change.key,
        "value": _plain(change.value),
        "before": _plain(change.before),
        "line": change.line,
        "hidden_by": change.hidden_by,
    }


def created_document(created: CreatedConfig) -> dict[str, Any]:
    """A file that was written."""
    none = {"key": None, "value": None, "before": None, "line": None, "hidden_by": None}
    return {"schema": "config-change/1", "file": str(created.file), "change": created.change, **none}


def _row(row: ConfigRow) -> dict[str, Any]:
    hides = [{"value": _plain(each.value), "origin": _origin(each.origin)} for each in row.hides]
    return {"key": row.key, "value": _plain(row.value), "origin": _origin(row.origin), "hides": hides}


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "kind": origin.kind,
        "name": origin.name or None,
        "line": origin.line or None,
        "profile": origin.profile,
    }


def _plain(value: Any) -> Any:
    """As JSON has it; TOML's dates become text."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
