"""Walking and running along any path: footsteps planned by phase, feet that stand still while they bear
weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeleton import ANKLE_HEIGHT, BALL_FORWARD, FPS
from .body import STANCE, STANDING, Body, foot_on_ball, standing
from .ease import smooth

Array = NDArray[np.float32]
HEEL_BACK = 0.05
"""Of the heel behind the ankle, metres."""


@dataclass(frozen=True)
class Gait:
    """How somebody goes; the defaults are a plain walk."""

    running: bool = False
    """Whether both feet leave the ground."""
    step_scale: float = 1.0
    """Length of a step against what the speed asks for; shorter steps are more steps."""
    step_height: float = 0.04
    """Of the swinging ankle above its straight way, metres."""
    knee_lift: float = 0.0
    """Further lift in the middle of the swing, metres: marching."""
    crouch: float = 0.0
    """How much lower the pelvis is, metres."""
    lean: float = 0.03
    """Forward lean of the trunk, radians."""
    slump: float = 0.0
    """Forward bend of the back and head, radians."""
    arm_swing: float = 1.0
    elbow: float = 0.3
    """Bend, radians."""
    bounce: float = 1.0
    sway: float = 1.0
    width: float = 1.0
    """Of the track, against standing."""
    tiptoe: float = 0.0
    """Pitch of the planted foot, radians: heels stay up."""

    def duty(self, speed: float) -> float:
        """Gives the share of a cycle that a foot bears weight at a speed in m/s; in running the body moves
        at most 0.85 m over a foot, as far as a leg reaches.
        """
        return min(0.36, 0.85 / (2 * float(step_length(speed, self)))) if self.running else 0.62


def step_length(speed: NDArray[np.floating] | float, gait: Gait) -> NDArray[np.floating]:
    """Gives metres a step at a speed in m/s: 0.62 v^0.42 in walking, as 0.69 m at 1.3 m/s for an adult of
    1.70 m (cadence 113 a minute; Winter 1991, table 2.1, has 105 to 120), v / 2.75 in running.
    """
    v = np.maximum(speed, 1e-3)
    length = v / 2.75 if gait.running else 0.62 * v**0.42
    return np.maximum(length * gait.step_scale, 0.05)


@dataclass(frozen=True)
class Track:
    """Where the body goes, per frame."""

    ground: Array
    """[frames, 2], x and z, metres."""
    heading: Array
    """Where the body faces, radians."""
    pace: Array
    """What steps are needed for, m/s: the speed, or more where the body turns on the spot."""


def follow(track: Track, gait: Gait, left_first: bool = True) -> Body:
    """Gives the body that goes along the track; it stands still where the pace is 0 and closes its feet at
    the end.
    """
    frames = len(track.pace)
    body = standing(frames)
    duty = gait.duty(float(track.pace.max()))
    rate = track.pace / (2 * step_length(track.pace, gait)) * (track.pace > 1e-3)
    phase = np.concatenate([[0.0], np.cumsum(rate[:-1])]) / FPS + duty
    if not left_first:
        phase = phase + 0.5
    moving = smooth(track.pace / 0.6)
    body.heading[:] = track.heading
    for side in range(2):
        _steps(body, track, gait, duty, phase - 0.5 * side, side)
    _trunk(body, track, gait, duty, phase, moving)
    return body


def _stand(track: Track, frame: float, side: int, gait: Gait) -> tuple[Array, float]:
    """Gives the ball of the foot [3] and its yaw when it stands under the body of a frame."""
    at = np.arange(len(track.pace))
    x, z = (np.interp(frame, at, track.ground[:, i]) for i in range(2))
    yaw = float(np.interp(frame, at, np.unwrap(track.heading)))
    out = (1 if side == 0 else -1) * STANCE * gait.width
    toe_out = yaw + (0.12 if side == 0 else -0.12)
    x, z = x + out * np.cos(yaw), z - out * np.sin(yaw)
    return np.array(
        [x + BALL_FORWARD * np.sin(toe_out), 0.0, z + BALL_FORWARD * np.cos(toe_out)], np.float32
    ), toe_out


def _steps(body: Body, track: Track, gait: Gait, duty: float, phase: Array, side: int) -> None:
    """Writes one foot: stances that are fixed to the ground, swings between them."""
    frames = len(phase)
    clock = np.arange(frames, dtype=np.float64)
    rising = phase + np.arange(frames) * 1e-9  # strictly, so that it can be inverted

    def when(value: float) -> float:
        return float(np.interp(value, rising, clock, left=-1e6, right=1e6))

    stances: list[tuple[float, float, Array, float]] = []
    # A stance runs from landing (whole phase) to lift-off; the first has begun before the start.
    for cycle in range(int(np.floor(phase[0] - duty)), int(np.ceil(phase[-1])) + 1):
        # Who stands still lifts the foot when he starts, not before: of a time that stands still, its end.
        land, leave, middle = when(cycle), when(cycle + duty + 1e-6), when(cycle + duty / 2)
        if leave < 0 or land > frames - 1:
            continue
        ball, yaw = _stand(track, 0.0 if land < 0 else min(max(middle, 0), frames - 1), side, gait)
        stances.append((land, leave, ball, yaw))
    if not stances:
        stances.append((-1e6, 1e6, *_stand(track, 0.0, side, gait)))
    resting = np.flatnonzero(track.pace > 1e-3)
    if len(resting) and resting[-1] < frames - 2:
        _close(stances, track, gait, side, float(resting[-1]))

    pitch_off, pitch_land = (1.0, -0.12) if gait.running else (0.75, -0.3)
    strength = float(np.clip(np.max(track.pace) / 1.3, 0.15, 1.0))
    pitch_off, pitch_land = pitch_off * strength, pitch_land * strength * (gait.tiptoe == 0)
    for index, (land, leave, ball, yaw) in enumerate(stances):
        inside = (clock >= land) & (clock < leave)
        length = max(leave - land, 1e-6)
        s = np.clip((clock - land) / length, 0, 1) if length < 1e5 else np.full(frames, 0.4)
        fresh = 1 - smooth(s / 0.14) if land > -1 and index > 0 else np.zeros(frames)
        off = smooth((s - 0.55) / 0.45) if index + 1 < len(stances) else np.zeros(frames)
        if land < -1 and leave < 1e5:  # it stood since before the start: only the lift-off shows
            off = smooth((clock - leave + 8) / 8)
        pitch = gait.tiptoe + (pitch_land - gait.tiptoe) * fresh + max(pitch_off - gait.tiptoe, 0) * off
        place = _planted(ball, yaw, pitch.astype(np.float32))
        body.feet[inside, side] = place[inside]
        body.feet_pitch[inside, side] = pitch[inside]
        body.feet_yaw[inside, side] = yaw
        if index + 1 < len(stances):
            _swing(body, gait, side, clock, stances[index], stances[index + 1], (pitch_off, pitch_land))


def _close(
    stances: list[tuple[float, float, Array, float]], track: Track, gait: Gait, side: int, stop: float
) -> None:
    """Makes the last step end beside the other foot when the way ends."""
    ball, yaw = _stand(track, len(track.pace) - 1.0, side, gait)
    land, _, last, last_yaw = stances[-1]
    if np.linalg.norm(last - ball) < 0.03 and abs(last_yaw - yaw) < 0.15:
        stances[-1] = (land, 1e6, last, last_yaw)
        return
    # The foot that landed first steps up first; a quarter of a second is a calm step.
    start = min(max(land + 5, stop - 4 + 5 * side), len(track.pace) - 9)
    if land > start:
        stances[-1] = (land, 1e6, ball, yaw)
        return
    stances[-1] = (land, start, last, last_yaw)
    stances.append((start + 7, 1e6, ball, yaw))


def _planted(ball: Array, yaw: float, pitch: Array) -> Array:
    """Gives the ankle while the foot turns about its ball (heel up) or its heel (toes up)."""
    frames = len(pitch)
    balls, yaws = np.broadcast_to(ball, (frames, 3)), np.full(frames, yaw, np.float32)
    heel_up = foot_on_ball(balls, yaws, np.maximum(pitch, 0))
    forward = np.array([np.sin(yaw), 0, np.cos(yaw)], np.float32)
    heel = ball - forward * (BALL_FORWARD + HEEL_BACK)
    up = np.minimum(pitch, 0)
    along = HEEL_BACK * np.cos(up) + ANKLE_HEIGHT * np.sin(up)
    height = ANKLE_HEIGHT * np.cos(up) - HEEL_BACK * np.sin(up)
    toes_up = heel + forward * along[:, None] + np.stack([0 * up, height, 0 * up], -1)
    return np.where((pitch < 0)[:, None], toes_up, heel_up).astype(np.float32)


def _swing(
    body: Body,
    gait: Gait,
    side: int,
    clock: NDArray[np.float64],
    before: tuple[float, float, Array, float],
    after: tuple[float, float, Array, float],
    pitches: tuple[float, float],
) -> None:
    start, end = before[1], after[0]
    inside = (clock >= start) & (clock < end)
    if not inside.any():
        return
    u = ((clock[inside] - start) / max(end - start, 1e-6)).astype(np.float32)
    off, land = max(pitches[0], gait.tiptoe), gait.tiptoe if gait.tiptoe else pitches[1]
    a = _planted(before[2], before[3], np.array([off], np.float32))[0]
    b = _planted(after[2], after[3], np.array([land], np.float32))[0]
    along = smooth(u)[:, None]
    way = a * (1 - along) + b * along
    distance = float(np.linalg.norm(b - a))
    lift = (gait.step_height * min(1.0, 0.4 + distance) + (0.12 if gait.running else 0)) * np.sin(np.pi * u)
    way[:, 1] += lift + gait.knee_lift * np.sin(np.pi * u) ** 2
    body.feet[inside, side] = way
    turn = (after[3] - before[3] + np.pi) % (2 * np.pi) - np.pi
    body.feet_yaw[inside, side] = before[3] + turn * smooth(u)
    heel = 0.5 if gait.running else 0.0
    body.feet_pitch[inside, side] = (
        off * (1 - smooth(u * 1.7))
        + land * smooth((u - 0.45) / 0.55)
        + heel * np.sin(np.pi * np.minimum(u * 1.4, 1))
    )
    body.planted[inside, side] = False


def _trunk(body: Body, track: Track, gait: Gait, duty: float, phase: Array, moving: Array) -> None:
    """Writes pelvis, back and arms in time with the steps."""
    turn = 2 * np.pi
    over_left = np.cos(turn * (phase - duty / 2)) * moving
    double = np.cos(2 * turn * (phase - duty / 2)) * moving
    ahead = np.cos(turn * phase) * moving
    pace = np.clip(track.pace / 1.3, 0, 2.2) * moving
    sway = 0.022 * gait.sway * over_left
    body.pelvis[:, 0] = track.ground[:, 0] + sway * np.cos(track.heading)
    body.pelvis[:, 2] = track.ground[:, 1] - sway * np.sin(track.heading)
    bob = (-0.035 if gait.running else 0.016 * np.minimum(pace, 1.3)) * gait.bounce * double
    lower = gait.crouch * moving + (0.03 if gait.running else 0.012) * np.minimum(pace, 1.5)
    body.pelvis[:, 1] = STANDING + bob - lower + BALL_FORWARD * np.sin(gait.tiptoe)
    body.pelvis_yaw[:] = -0.09 * np.minimum(pace, 1.5) * ahead
    body.pelvis_roll[:] = 0.035 * gait.sway * over_left
    body.pelvis_pitch[:] = (gait.lean + (0.06 if gait.running else 0)) * moving + 0.35 * gait.crouch
    body.spine_yaw[:] = 0.16 * np.minimum(pace, 1.5) * ahead
    body.spine_roll[:] = -0.03 * gait.sway * over_left
    body.spine_pitch[:] = gait.slump + (0.05 if gait.running else 0.02) * moving
    body.head_pitch[:] = 0.4 * gait.slump - 0.3 * (gait.lean + 0.35 * gait.crouch)
    reach = (0.75 if gait.running else 0.42) * np.minimum(pace, 1.4) * gait.arm_swing
    for side, arm in enumerate(body.arms):
        course = (-ahead if side == 0 else ahead) * reach
        arm.swing += course - (0.1 if gait.running else 0)
        arm.elbow[:] = arm.elbow + (gait.elbow - 0.25) * moving + 0.35 * np.maximum(course, 0)
