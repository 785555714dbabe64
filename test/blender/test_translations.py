"""Every text that people see has its Japanese."""

import ast
import json
import re
import sys
from pathlib import Path

import bpy
from bl_ext.user_default.genga import translations

PACKAGE = Path(sys.modules["bl_ext.user_default.genga"].__file__).parent
SHOWN_BY_KEYWORD = {"text", "heading", "placeholder"}
SHOWN_BY_CALL = {
    "report": 1,
    "translated": 0,
    "translate": 0,
    "pgettext": 0,
    "pgettext_iface": 0,
    "pgettext_tip": 0,
    "draw_text": 1,
    "prop_with_placeholder": 3,
    "_set": 1,
    "_leave": 1,
    "_relaunch": 0,
    "_set_stage": 0,
}
"""Functions that show a text or translate it, and which argument that is."""
SHOWN_ATTRIBUTES = {"gone"}
"""Attributes of classes that are reported."""
SHOWN_TABLES = {"STAGES", "STATES", "KIND_NAMES", "SOURCES"}
"""Dictionaries of the sources whose values are shown through `translated`."""


def texts_of_classes():
    """Labels and descriptions of our panels, menus, operators and properties: text to where it stands."""
    found = {}

    def note(text, where):
        if text and re.search(r"[A-Za-z]{2}", text):
            found.setdefault(text, where)

    for kind in own_classes():
        where = kind.__name__
        shown = rna_of(kind)
        if issubclass(kind, (bpy.types.Panel, bpy.types.Menu, bpy.types.Operator)):
            note(getattr(kind, "bl_label", ""), where)
        if issubclass(kind, bpy.types.Operator):
            note(shown.description, where)
        for name in own_properties(kind):
            prop = shown.properties.get(name)
            if prop is None or prop.is_hidden or prop.type in {"POINTER", "COLLECTION"}:
                continue
            note("" if prop.name == name else prop.name, f"{where}.{name}")
            note(prop.description, f"{where}.{name}")
            for item in prop.enum_items_static if prop.type == "ENUM" else ():
                note(item.name, f"{where}.{name}")
                note(item.description, f"{where}.{name}")
    return found


def own_properties(kind):
    """Names of the properties that a class has of us, its own and those of shared bases."""
    bases = [base for base in kind.__mro__ if base.__module__.startswith(translations.__package__)]
    return dict.fromkeys(name for base in bases for name in vars(base).get("__annotations__", {}))


def own_classes():
    """Our registered classes: those of sessions before a reload are not registered any more."""
    bases = (
        bpy.types.Panel,
        bpy.types.Menu,
        bpy.types.Operator,
        bpy.types.PropertyGroup,
        bpy.types.AddonPreferences,
    )
    found = [kind for base in bases for kind in subclasses(base) if kind.__name__.startswith("GENGA")]
    found = [kind for kind in found if kind.is_registered]
    assert len(found) > 20
    return found


def subclasses(kind):
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def rna_of(kind):
    """What Blender shows of a class; an operator's is not that of its Python class."""
    if issubclass(kind, bpy.types.Operator):
        module, name = kind.bl_idname.split(".")
        return getattr(getattr(bpy.ops, module), name).get_rna_type()
    return kind.bl_rna


def constants(node):
    """String constants that an expression may give."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        yield from constants(node.args[-1])
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from constants(value)


def calls_of_source():
    """Each call in the sources, with the file, its name and its shown expressions."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            literal = isinstance(keywords.get("translate"), ast.Constant) and not keywords["translate"].value
            shown = [] if literal else [keywords[key] for key in SHOWN_BY_KEYWORD if key in keywords]
            place = SHOWN_BY_CALL.get(name)
            if place is not None and len(node.args) > place:
                shown.append(node.args[place])
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}", name, shown


def texts_of_source():
    found = {}
    for where, _, shown in calls_of_source():
        for expression in shown:
            for text in constants(expression):
                if re.search(r"[A-Za-z]{2}", text):
                    found.setdefault(text, where)
    for path in PACKAGE.rglob("*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node in [*body, *(part for one in body for part in getattr(one, "body", ()))]:
            names = {getattr(target, "id", "") for target in getattr(node, "targets", [])}
            if names & (SHOWN_TABLES | SHOWN_ATTRIBUTES):
                values = getattr(node.value, "values", None) or [node.value]
                texts = [text for one in values for text in constants(one) if text]
                found |= dict.fromkeys(texts, f"{path.relative_to(PACKAGE)}: {names}")
    looks = json.loads((PACKAGE / "generate" / "looks.json").read_text(encoding="utf-8"))
    return found | {look["name"]: "looks.json" for look in looks}


def test_every_text_has_its_japanese():
    shown = texts_of_source() | texts_of_classes()
    assert len(shown) > 50
    table = translations.japanese()
    missing = {text: where for text, where in shown.items() if text not in table}
    assert not missing, "\n" + "\n".join(f"{where}: {text!r}" for text, where in missing.items())


def test_no_label_is_put_together_without_translation():
    """A text with values goes through `translated`, which is drawn as it is."""
    bad = [
        where
        for where, name, shown in calls_of_source()
        for expression in shown
        if isinstance(expression, ast.JoinedStr) and name != "report"
    ]
    assert not bad


def test_table_has_nothing_that_nobody_shows():
    shown = texts_of_source() | texts_of_classes()
    assert not [text for text in translations.japanese() if text not in shown]


def test_japanese_is_japanese_and_keeps_names_and_marks():
    for text, japanese in translations.japanese().items():
        assert set(re.findall(r"\{\w*\}", text)) == set(re.findall(r"\{\w*\}", japanese)), text
        assert not text.endswith("…") or japanese.endswith("…"), text
        assert re.search(r"[぀-ヿ一-鿿]", japanese) or japanese in SAME or re.fullmatch(r"\d+ px", text), text
        assert "。" not in japanese[-1:] or text.endswith("."), text


SAMPLERS = {"DDIM", "Euler", "Euler Ancestral", "DPM++ 2M", "DPM++ 2M Karras", "UniPC", "LCM"}
SAME = {"Genga", "Canny", "PNG", "WebP", "JPEG", "JSON", "ID", *SAMPLERS}
"""Names that are the same in every language."""


def test_texts_without_a_table_stay_as_they_are():
    assert translations.translated("no such text {name}", name="x") == "no such text x"
