"""Operators that remove from a list of a scene's settings or move within it; each list registers its own."""

from __future__ import annotations

from bpy.props import EnumProperty, IntProperty


class ListOperator:
    """Of an operator: works on one list of the scene's settings and its active entry."""

    bl_options = {"REGISTER", "UNDO"}
    settings: str
    """Name of the scene's settings."""
    listed: str
    """Name of the list in them; `<listed>_index` is its active entry."""
    least = 1
    """Entries that the list must have."""

    @classmethod
    def poll(cls, context):
        """Only with entries."""
        return len(getattr(getattr(context.scene, cls.settings), cls.listed)) >= cls.least

    def entries(self, context):
        """Gives the list."""
        return getattr(getattr(context.scene, self.settings), self.listed)

    def active(self, context) -> int:
        """Gives the number of the active entry."""
        return getattr(getattr(context.scene, self.settings), f"{self.listed}_index")

    def activate(self, context, index: int) -> None:
        """Makes an entry the active one."""
        setattr(getattr(context.scene, self.settings), f"{self.listed}_index", index)


class RemoveItem(ListOperator):
    """Of an operator: removes an entry."""

    index: IntProperty(
        name="Index", description="Which one; -1 = the active one", default=-1, options={"SKIP_SAVE"}
    )

    def execute(self, context):
        """Removes it."""
        entries, index = self.entries(context), self.active(context) if self.index < 0 else self.index
        if not 0 <= index < len(entries):
            self.report({"ERROR"}, f"The list has no entry {index + 1}; it has {len(entries)}.")
            return {"CANCELLED"}
        entries.remove(index)
        self.activate(context, max(0, min(self.active(context), len(entries) - 1)))
        return {"FINISHED"}


class MoveItem(ListOperator):
    """Of an operator: moves the active entry by one."""

    least = 2

    direction: EnumProperty(
        name="Direction", items=(("UP", "Up", ""), ("DOWN", "Down", "")), options={"SKIP_SAVE"}
    )

    def execute(self, context):
        """Moves it."""
        entries, index = self.entries(context), self.active(context)
        to = index + (-1 if self.direction == "UP" else 1)
        if 0 <= index < len(entries) and 0 <= to < len(entries):
            entries.move(index, to)
            self.activate(context, to)
        return {"FINISHED"}
