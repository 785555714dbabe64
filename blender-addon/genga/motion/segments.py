"""Sentences on the timeline: markers to segments and back."""

from __future__ import annotations

import bpy
from genga_client import GengaError

PREFIX = "motion:"
OTHERS = ("prompt:", "pose")
"""Beginnings of markers that mean something else here."""
NAME_BYTES = 60
"""What a marker's name can hold before Blender 5."""
FIRST_PROMPT = "a person walks forward"


def fps_of(scene: bpy.types.Scene) -> float:
    """Gives the scene's frames a second."""
    return scene.render.fps / scene.render.fps_base


def first_frame(scene: bpy.types.Scene) -> int:
    """Gives the frame at which a motion begins."""
    props = scene.genga_motion
    return scene.frame_current if props.start == "PLAYHEAD" else props.frame_start


def frames_of(scene: bpy.types.Scene) -> int:
    """Gives the frames of all sentences together."""
    return sum(segment.frames for segment in scene.genga_motion.segments)


def segments_of(scene: bpy.types.Scene) -> list[tuple[str, int]]:
    """Gives (prompt, frames) of each sentence.

    Raises GengaError INVALID_REQUEST for none, for an empty one, and for more than 120 s in all.
    """
    segments = [(" ".join(one.prompt.split()), one.frames) for one in scene.genga_motion.segments]
    if not segments:
        raise GengaError(
            "INVALID_REQUEST",
            "There is no sentence on the list.",
            remedy="Press + and say what the character does.",
        )
    for number, (prompt, _) in enumerate(segments, 1):
        if not prompt:
            raise GengaError(
                "INVALID_REQUEST",
                f"Sentence {number} is empty.",
                remedy="Say what the character does, or remove it.",
            )
    seconds = sum(frames for _, frames in segments) / fps_of(scene)
    if seconds > 120 + 1e-6:
        raise GengaError(
            "INVALID_REQUEST",
            f"The sentences take {seconds:.1f} s; a motion has at most 120 s.",
            remedy="Shorten them, or make the motion in parts.",
        )
    return segments


def from_markers(scene: bpy.types.Scene) -> int:
    """Takes sentences and frames from the timeline markers, the last until the scene's end; gives how many.

    Markers `motion: walks forward` are sentences, one that says no more than `motion:` ends the last. Without
    any, all markers are sentences but those of pictures (`prompt:`) and poses (`pose`).

    Raises GengaError INVALID_REQUEST when there are none, leaving the list as it is.
    """
    markers = sorted(scene.timeline_markers, key=lambda marker: marker.frame)
    ours = [marker for marker in markers if marker.name.lower().startswith(PREFIX)]
    if ours:
        places = [(marker.frame, marker.name[len(PREFIX) :].strip()) for marker in ours]
    else:
        places = [
            (marker.frame, marker.name.strip())
            for marker in markers
            if not marker.name.lower().startswith(OTHERS)
        ]
    ends = [frame for frame, _ in places[1:]] + [scene.frame_end + 1] * bool(places)
    found = [
        (prompt, frame, end - frame)
        for (frame, prompt), end in zip(places, ends, strict=True)
        if prompt and end > frame
    ]
    if not found:
        raise GengaError(
            "INVALID_REQUEST",
            "No timeline marker before the scene's end says what happens.",
            remedy="Press M over the timeline and name markers, for instance: motion: walks forward.",
        )
    props = scene.genga_motion
    known = [segment.prompt for segment in props.segments]
    props.segments.clear()
    for prompt, _, frames in found:
        segment = props.segments.add()
        # A marker holds fewer letters than a sentence may have.
        whole = [one for one in known if _marker_name(one) == _marker_name(prompt)]
        segment.prompt, segment.frames = (whole or [prompt])[0], frames
    props.segments_index = 0
    props.start, props.frame_start = "FRAME", found[0][1]
    return len(found)


def to_markers(scene: bpy.types.Scene) -> int:
    """Puts the sentences onto the timeline as markers, in place of earlier ones; gives how many."""
    start = first_frame(scene)
    for marker in [one for one in scene.timeline_markers if one.name.lower().startswith(PREFIX)]:
        scene.timeline_markers.remove(marker)
    frame = start
    for segment in scene.genga_motion.segments:
        scene.timeline_markers.new(_marker_name(segment.prompt), frame=frame)
        frame += segment.frames
    scene.timeline_markers.new(PREFIX, frame=frame)
    props = scene.genga_motion
    props.start, props.frame_start = "FRAME", start
    return len(props.segments)


def pose_frames(scene: bpy.types.Scene) -> list[int]:
    """Gives the frames of markers that name poses."""
    return sorted(
        {marker.frame for marker in scene.timeline_markers if marker.name.lower().startswith("pose")}
    )


def _marker_name(prompt: str) -> str:
    return f"{PREFIX} {prompt}".encode()[:NAME_BYTES].decode(errors="ignore").rstrip()
