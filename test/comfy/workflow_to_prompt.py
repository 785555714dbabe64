"""Turns a saved workflow into the prompt that the page would queue, by what /object_info says of nodes."""

from __future__ import annotations

from typing import Any

WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
SHOWN_ONLY = {"Note", "MarkdownNote"}


def workflow_to_prompt(workflow: dict[str, Any], object_info: dict[str, Any]) -> dict[str, Any]:
    """Gives the API format. Raises KeyError for an unknown node type, ValueError for odd widgets."""
    links = {link[0]: (str(link[1]), link[2]) for link in workflow["links"]}
    prompt: dict[str, Any] = {}
    for node in workflow["nodes"]:
        if node["type"] in SHOWN_ONLY:
            continue
        values = list(node["widgets_values"])
        inputs: dict[str, Any] = {}
        for name, (kind, options) in _fields(object_info[node["type"]]):
            linked = next((slot["link"] for slot in node["inputs"] if slot["name"] == name), None)
            is_widget = (isinstance(kind, list) or kind in WIDGETS) and not options.get("forceInput")
            if is_widget:
                value = values.pop(0)
                if options.get("control_after_generate") or options.get("image_upload"):
                    values.pop(0)  # a widget of the page alone
                if linked is None:
                    inputs[name] = value
            if linked is not None:
                inputs[name] = list(links[linked])
        if values:
            raise ValueError(f"{node['type']} {node['id']} has widget values too many: {values}")
        prompt[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
    return prompt


def _fields(info: dict[str, Any]) -> list[tuple[str, tuple[Any, dict[str, Any]]]]:
    groups = [info["input"].get(group, {}) for group in ("required", "optional")]
    return [
        (name, (spec[0], spec[1] if len(spec) > 1 else {}))
        for fields in groups
        for name, spec in fields.items()
    ]
