# Generated from core/src/protocol by `npm run protocol`; do not edit.
"""Every message of the protocol genga.v1 as a frozen dataclass; the words are those on the wire.

Build values with keywords, read fields as attributes. `genga_client.codec` turns them into MessagePack and back.
A field that may be absent has the default None; None is never sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeAlias

from .limit import Limit

PROTOCOL_VERSION: Final = "genga.v1"
"""WebSocket sub-protocol that these messages belong to."""


Bytes: TypeAlias = bytes
"""Binary data (MessagePack `bin`)."""


Sha256: TypeAlias = Annotated[str, Limit(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 as 64 lower-case hexadecimal digits."""


Seed: TypeAlias = Annotated[int, Limit(minimum=0, maximum=4294967295)]
"""Seed of the noise, unsigned 32 bit."""


Task: TypeAlias = Literal["image", "motion", "mesh", "texture"]
"""What to generate. `welcome.capabilities.tasks` says which of them this core offers."""


@dataclass(frozen=True, kw_only=True)
class AssetRef:
    """An asset in the core's content-addressed store."""

    sha256: Sha256
    """Name of the asset: SHA-256 of its bytes."""
    size: Annotated[int, Limit(minimum=0)]
    """Size in bytes."""
    mime: Annotated[str, Limit(max_length=127)]
    """Media type, for instance image/png."""
    name: Annotated[str, Limit(max_length=255)] | None = None
    """File name suggested for saving; never a path."""


JobState: TypeAlias = Literal["queued", "paused", "running", "succeeded", "failed", "cancelled"]
"""State of a job; succeeded, failed and cancelled are final."""


MessageId: TypeAlias = Annotated[str, Limit(min_length=1, max_length=64)]
"""Chosen by the client; the reply carries it as `reply_to`."""


JobId: TypeAlias = Annotated[str, Limit(min_length=1, max_length=64)]
"""Identifier of a job, chosen by the core."""


ControlKind: TypeAlias = Literal["depth", "normal", "lineart", "canny", "segmentation", "openpose", "light"]
"""Kind of a control map. depth: grey, near = white, background black. normal: RGB, view space, (n + 1) / 2, +x right, +y up, +z to the camera. lineart, canny: white on black. segmentation: exact id colours, no antialiasing. openpose: coloured 18-point skeleton on black. light: R = n·l clamped to 0–1, G = 1 lit / 0 in cast shadow, B = ambient occlusion or 1."""


Scheduler: TypeAlias = Literal["ddim", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm"]
"""Denoising scheduler."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control map and how strongly it guides."""

    kind: ControlKind
    """Kind of a control map. depth: grey, near = white, background black. normal: RGB, view space, (n + 1) / 2, +x right, +y up, +z to the camera. lineart, canny: white on black. segmentation: exact id colours, no antialiasing. openpose: coloured 18-point skeleton on black. light: R = n·l clamped to 0–1, G = 1 lit / 0 in cast shadow, B = ambient occlusion or 1."""
    image: Sha256
    """The map, PNG, JPEG or WebP; scaled to the picture's size by the core."""
    preprocessor: Literal["none", "canny", "depth_normalize"] = "none"
    """What the core makes of the image first: canny finds edges in a photograph or render; depth_normalize stretches depth to min–max over the foreground."""
    conditioning_scale: Annotated[float, Limit(minimum=0, maximum=10)] = 1.0
    """Strength; diffusers: controlnet_conditioning_scale."""
    control_guidance_start: Annotated[float, Limit(minimum=0, maximum=1)] = 0.0
    """Share of the steps after which the control begins."""
    control_guidance_end: Annotated[float, Limit(minimum=0, maximum=1)] = 1.0
    """Share of the steps after which the control ends."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """A phrase for a part of the picture, by mask or by id colour of the segmentation map."""

    prompt: Annotated[str, Limit(min_length=1, max_length=2000)]
    """What this part shows."""
    weight: Annotated[float, Limit(minimum=0, maximum=10)] = 1.0
    """Weight against other regions that cover the same pixel."""
    mask: Sha256 | None = None
    """Grey picture, white = inside. Give either mask or color."""
    color: Annotated[str, Limit(pattern=r"^#[0-9a-f]{6}$")] | None = None
    """Id colour of the region in the segmentation control map. Give either mask or color."""
    name: Annotated[str, Limit(max_length=200)] | None = None
    """Name of the object in the scene, for the record and for messages."""


@dataclass(frozen=True, kw_only=True)
class ImageOutput:
    """File format of the pictures."""

    mime: Literal["image/png", "image/jpeg", "image/webp"] = "image/png"
    """Media type of the files."""
    quality: Annotated[int, Limit(minimum=1, maximum=100)] = 92
    """JPEG and WebP quality; WebP 100 is lossless."""


@dataclass(frozen=True, kw_only=True)
class PreviewOptions:
    """Live previews while denoising."""

    every_steps: Annotated[int, Limit(minimum=0, maximum=100)] = 0
    """A preview each so many steps; 0 = none."""
    max_size: Annotated[int, Limit(minimum=16, maximum=1024)] = 256
    """Longest side of the preview, pixels."""


@dataclass(frozen=True, kw_only=True)
class ImageParams:
    """Parameters of the task `image`. Names follow diffusers."""

    bundle: Annotated[str, Limit(max_length=200)] | None = None
    """Bundle id; absent = the core's default image bundle."""
    prompt: str
    """What the picture shows. `(word:1.2)` weighs a word."""
    negative_prompt: str = ""
    """What it must not show."""
    width: Annotated[int, Limit(minimum=64, maximum=8192, multiple_of=8)] | None = None
    """Pixels, a multiple of 8. Absent = the bundle's default."""
    height: Annotated[int, Limit(minimum=64, maximum=8192, multiple_of=8)] | None = None
    """Pixels, a multiple of 8. Absent = the bundle's default."""
    num_inference_steps: Annotated[int, Limit(minimum=1, maximum=1000)] | None = None
    """Absent = the bundle's default."""
    guidance_scale: Annotated[float, Limit(minimum=0, maximum=50)] | None = None
    """Classifier-free guidance; ≤ 1 = off. Absent = the bundle's default."""
    scheduler: Scheduler | None = None
    """Absent = the bundle's default."""
    eta: Annotated[float, Limit(minimum=0, maximum=1)] = 0.0
    """DDIM eta: 0 deterministic, 1 as DDPM."""
    seed: Seed | None = None
    """Absent = drawn by the core and recorded. Image i of a batch starts from seed + i."""
    num_images_per_prompt: Annotated[int, Limit(minimum=1, maximum=64)] = 1
    """Pictures from this request, each with its own seed."""
    clip_skip: Annotated[int, Limit(minimum=0, maximum=11)] = 0
    """Layers of the text encoder left out at its end, as diffusers counts: 0 = none."""
    init_image: Sha256 | None = None
    """img2img and inpaint start from this picture."""
    strength: Annotated[float, Limit(maximum=1, more_than=0)] = 0.8
    """img2img and inpaint: share of the steps that run; at 1 hardly anything of init_image is left."""
    mask_image: Sha256 | None = None
    """inpaint: white = repaint, black = keep. Needs init_image."""
    controls: Annotated[list[Control], Limit(max_length=16)] = field(default_factory=list[Control])
    """Control maps; any number of kinds at once, each kind that the bundle takes."""
    regions: Annotated[list[Region], Limit(max_length=256)] = field(default_factory=list[Region])
    """Phrases for parts of the picture."""
    output: ImageOutput = field(default_factory=ImageOutput)
    """File format of the pictures."""
    preview: PreviewOptions = field(default_factory=PreviewOptions)
    """Live previews while denoising."""


MeshSource: TypeAlias = Literal["parametric", "library", "generated"]
"""parametric: a shape program of the core with parts, proportions and materials read from the words. library: the nearest model of the bundle's library, recoloured. generated: a network's field, from noise and the words or a picture."""


MeshFormat: TypeAlias = Literal["glb", "obj", "ply"]
"""glb: glTF 2.0 binary with materials and textures. obj: Wavefront with normals, texture coordinates and vertex colours, no textures. ply: Stanford polygons with vertex colours."""


TextureMime: TypeAlias = Literal["image/png", "image/webp"]
"""Media type of textures. image/webp wants the extension EXT_texture_webp of whoever reads the file."""


@dataclass(frozen=True, kw_only=True)
class MeshOutput:
    """Files of a mesh."""

    formats: Annotated[list[MeshFormat], Limit(min_length=1, max_length=3)] = field(default_factory=lambda: ["glb"])
    """One file each."""
    texture_mime: TextureMime = "image/png"
    """Media type of textures. image/webp wants the extension EXT_texture_webp of whoever reads the file."""


@dataclass(frozen=True, kw_only=True)
class MeshParams:
    """Parameters of the task `mesh`."""

    bundle: Annotated[str, Limit(max_length=200)] | None = None
    """Bundle id; absent = the core's default mesh bundle."""
    prompt: Annotated[str, Limit(max_length=2000)] = ""
    """What to make: a thing with its colours, parts, materials."""
    image: Sha256 | None = None
    """Reference picture, for bundles that take one; transparent where the background is, or on a plain ground."""
    source: Literal["auto", "parametric", "library", "generated"] | None = None
    """auto takes the one that knows the words best, and says which. Absent = the bundle's default."""
    seed: Seed | None = None
    """Absent = drawn by the core and recorded. Variation i starts from seed + i."""
    num_meshes_per_prompt: Annotated[int, Limit(minimum=1, maximum=16)] = 1
    """Variations, each with its own seed."""
    num_inference_steps: Annotated[int, Limit(minimum=1, maximum=1000)] | None = None
    """generated: absent = the bundle's default."""
    guidance_scale: Annotated[float, Limit(minimum=0, maximum=50)] | None = None
    """generated: absent = the bundle's default."""
    grid_resolution: Annotated[int, Limit(minimum=16, maximum=512)] | None = None
    """generated: cells along a side of the cube that the surface is found in. Absent = the bundle's default."""
    target_triangles: Annotated[int, Limit(minimum=50, maximum=2000000)] = 20000
    """Most triangles; a model that needs fewer has fewer."""
    lods: Annotated[list[Annotated[float, Limit(more_than=0, less_than=1)]], Limit(max_length=6)] = field(default_factory=list[Annotated[float, Limit(more_than=0, less_than=1)]])
    """Further levels of detail as shares of the triangles, falling; one file each: [0.5, 0.25]."""
    texture_size: Annotated[int, Limit(minimum=64, maximum=4096)] = 1024
    """Side of the textures, pixels."""
    symmetry: Literal["none", "x"] = "none"
    """generated: x makes the left side the mirror image of the right one."""
    up_axis: Literal["Y", "Z"] = "Y"
    """Axis that points up in obj and ply; glb is always +Y up."""
    size_m: Annotated[float, Limit(maximum=1000, more_than=0)] | None = None
    """Longest side, metres. Absent = as things of its kind are."""
    output: MeshOutput = field(default_factory=MeshOutput)
    """Files of a mesh."""
    preview: PreviewOptions = field(default_factory=PreviewOptions)
    """Live previews while denoising."""


@dataclass(frozen=True, kw_only=True)
class TextureGuidance:
    """How strongly a mesh's own maps guide its texture; kinds that the bundle does not take are left out."""

    depth: Annotated[float, Limit(minimum=0, maximum=10)] = 1.0
    """Of the depth map."""
    normal: Annotated[float, Limit(minimum=0, maximum=10)] = 1.0
    """Of the normal map."""
    lineart: Annotated[float, Limit(minimum=0, maximum=10)] = 0.0
    """Of the line map."""


@dataclass(frozen=True, kw_only=True)
class TextureOutput:
    """File of a painted mesh, always glb."""

    texture_mime: TextureMime = "image/png"
    """Media type of textures. image/webp wants the extension EXT_texture_webp of whoever reads the file."""


@dataclass(frozen=True, kw_only=True)
class TextureParams:
    """Parameters of the task `texture`."""

    bundle: Annotated[str, Limit(max_length=200)] | None = None
    """Image bundle; absent = the core's default image bundle."""
    mesh: Sha256
    """glTF 2.0 binary to paint, not compressed."""
    prompt: Annotated[str, Limit(min_length=1, max_length=2000)]
    """What it looks like."""
    negative_prompt: Annotated[str, Limit(max_length=2000)] = ""
    """What it must not look like."""
    objects: Annotated[list[Annotated[str, Limit(min_length=1, max_length=500)]], Limit(max_length=1000)] = field(default_factory=list[Annotated[str, Limit(min_length=1, max_length=500)]])
    """Names of the nodes to paint; empty = all. Everything else in the file stays as it is."""
    seed: Seed | None = None
    """Absent = drawn by the core and recorded."""
    num_inference_steps: Annotated[int, Limit(minimum=1, maximum=1000)] | None = None
    """Absent = the bundle's default."""
    guidance_scale: Annotated[float, Limit(minimum=0, maximum=50)] | None = None
    """Absent = the bundle's default."""
    strength: Annotated[float, Limit(maximum=1, more_than=0)] = 1.0
    """Below 1 the present look is kept that much: share of the steps that run."""
    conditioning_scale: TextureGuidance = field(default_factory=TextureGuidance)
    """How strongly a mesh's own maps guide its texture; kinds that the bundle does not take are left out."""
    max_views: Annotated[int, Limit(minimum=1, maximum=32)] = 10
    """Most views; fewer are taken when all that can be seen is painted."""
    view_size: Annotated[int, Limit(minimum=64, maximum=2048, multiple_of=8)] | None = None
    """Side of each view, pixels. Absent = the bundle's default."""
    texture_size: Annotated[int, Limit(minimum=64, maximum=4096)] = 1024
    """Side of the texture, pixels."""
    unwrap: Literal["never", "missing", "all"] = "never"
    """Which meshes get new texture coordinates; never keeps all and refuses a mesh without."""
    roughness: Annotated[float, Limit(minimum=0, maximum=1)] | None = None
    """Roughness of the painted material. Absent = as it is."""
    metallic: Annotated[float, Limit(minimum=0, maximum=1)] | None = None
    """Metalness of the painted material. Absent = as it is."""
    output: TextureOutput = field(default_factory=TextureOutput)
    """File of a painted mesh, always glb."""
    preview: PreviewOptions = field(default_factory=PreviewOptions)
    """Live previews while denoising."""


@dataclass(frozen=True, kw_only=True)
class LibraryModel:
    """A library's model that a mesh was made from."""

    id: str
    """Id in the bundle's library."""
    name: str
    """What it is, in words."""
    author: str
    """Who made it, as the library declares it."""
    licence: str
    """Licence as the library declares it."""
    source: str
    """Where it comes from, as the library declares it."""
    sha256: Sha256 | None = None
    """Hash of the original file, as the library declares it."""
    changes: list[str]
    """What was done to it: recoloured, simplified, repaired."""


@dataclass(frozen=True, kw_only=True)
class MeshOrigin:
    """What a mesh was made of."""

    source: MeshSource
    """parametric: a shape program of the core with parts, proportions and materials read from the words. library: the nearest model of the bundle's library, recoloured. generated: a network's field, from noise and the words or a picture."""
    reason: str
    """Why this source answered, in words."""
    confidence: Annotated[float, Limit(minimum=0, maximum=1)]
    """How sure the source was of the words."""
    category: str | None = None
    """Kind of thing, where the source knows it."""
    values: dict[str, Any] | None = None
    """parametric: values of the shape program's parameters, numbers and words."""
    model: LibraryModel | None = None
    """library: the model that it was made from."""
    warnings: list[str]
    """What was asked for and could not be done, in words."""


@dataclass(frozen=True, kw_only=True)
class MeshFacts:
    """What is known of one file of a mesh."""

    format: MeshFormat
    """glb: glTF 2.0 binary with materials and textures. obj: Wavefront with normals, texture coordinates and vertex colours, no textures. ply: Stanford polygons with vertex colours."""
    variation: Annotated[int, Limit(minimum=0)]
    """Which of the variations, from 0."""
    lod: Annotated[int, Limit(minimum=0)]
    """Level of detail, 0 = all triangles."""
    triangles: Annotated[int, Limit(minimum=0)]
    """Number of triangles."""
    vertices: Annotated[int, Limit(minimum=0)]
    """Number of vertices."""
    size_m: Annotated[list[float], Limit(min_length=3, max_length=3)]
    """Extent along x, y, z as in the file, metres."""
    closed: bool
    """Whether the whole is watertight: no edge with one triangle only."""
    open_edges: Annotated[int, Limit(minimum=0)] | None = None
    """Edges with one triangle only; files of older cores say nothing."""
    origin: MeshOrigin
    """What a mesh was made of."""


@dataclass(frozen=True, kw_only=True)
class TextureFacts:
    """What is known of a painted mesh."""

    objects: list[str]
    """Names of the nodes that were painted."""
    views: Annotated[int, Limit(minimum=1)]
    """Views that were made."""
    painted: Annotated[float, Limit(minimum=0, maximum=1)]
    """Share of the texels that can be seen from outside that a view painted."""
    texture_size: int
    """Side of the texture, pixels."""
    warnings: list[str]
    """What the artist should know, in words."""


@dataclass(frozen=True, kw_only=True)
class MeshCategory:
    """A kind of thing that a mesh bundle knows."""

    name: Annotated[str, Limit(min_length=1, max_length=100)]
    """One English noun."""
    prompts: Annotated[list[Annotated[str, Limit(min_length=1, max_length=200)]], Limit(min_length=1, max_length=20)]
    """Examples of what to write."""
    size_m: Annotated[list[Annotated[float, Limit(more_than=0)]], Limit(min_length=2, max_length=2)]
    """Least and greatest usual length of the longest side, metres."""


Joint: TypeAlias = Literal["pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"]
"""Joint of the 22-joint skeleton (HumanML3D's order)."""


Position: TypeAlias = Annotated[list[Annotated[float, Limit(minimum=-10000, maximum=10000)]], Limit(min_length=3, max_length=3)]
"""x, y, z in metres; +Y up, right-handed; a figure at rest faces +Z."""


Quaternion: TypeAlias = Annotated[list[float], Limit(min_length=4, max_length=4)]
"""Rotation as x, y, z, w; of length 1 within 1 %."""


@dataclass(frozen=True, kw_only=True)
class MotionSegment:
    """What the figure does for some seconds."""

    prompt: Annotated[str, Limit(min_length=1)]
    """What the figure does."""
    duration_s: Annotated[float, Limit(maximum=120, more_than=0)]
    """How long, seconds."""


@dataclass(frozen=True, kw_only=True)
class MotionPathPoints:
    """Part of MotionPathPoints."""

    position: Annotated[list[Annotated[float, Limit(minimum=-10000, maximum=10000)]], Limit(min_length=2, max_length=2)]
    """x and z on the ground, metres."""
    time_s: Annotated[float, Limit(minimum=0, maximum=600)] | None = None
    """Seconds from the start."""


@dataclass(frozen=True, kw_only=True)
class MotionPath:
    """Path of the pelvis over the ground, a polyline through its points."""

    points: Annotated[list[MotionPathPoints], Limit(min_length=2, max_length=4096)]
    """In the order they are passed. Points without a time are reached at even speed between their neighbours; the first stands for 0 s, the last for the end."""
    closed: bool = False
    """Whether the path ends where it begins."""
    facing: Literal["along", "free"] = "along"
    """along: the figure looks where it goes. free: the words decide."""


@dataclass(frozen=True, kw_only=True)
class KeyPose:
    """A pose, or a part of one, that is hit at a time."""

    time_s: Annotated[float, Limit(minimum=0, maximum=600)]
    """Seconds from the start."""
    root: Position | None = None
    """Pelvis; absent = free."""
    rotations: dict[str, Quaternion] = field(default_factory=dict[str, Quaternion])
    """Joint turns from the rest pose (T-pose): the pelvis' in the world, the others' from their parent."""
    positions: dict[str, Position] = field(default_factory=dict[str, Position])
    """Where joints are in the world; hands and feet are reached by inverse kinematics."""


MotionCondition: TypeAlias = Literal["path", "height", "heading", "pose"]
"""What a motion bundle can be told of single frames. path: pelvis over the ground. height: pelvis above it. heading: where the figure looks. pose: turns of all joints."""


MotionMode: TypeAlias = Literal["hybrid", "generated", "retrieved"]
"""hybrid: the nearest recorded clip is varied where there is one. generated: from noise alone. retrieved: the nearest clip as recorded."""


@dataclass(frozen=True, kw_only=True)
class MotionAction:
    """A kind of action that a motion bundle knows."""

    name: Annotated[str, Limit(min_length=1, max_length=100)]
    """Name of the kind of action."""
    prompts: Annotated[list[Annotated[str, Limit(min_length=1, max_length=200)]], Limit(min_length=1, max_length=20)]
    """Examples of what to write."""


@dataclass(frozen=True, kw_only=True)
class RigBones:
    """Part of RigBones."""

    name: Annotated[str, Limit(min_length=1, max_length=200)]
    """Name of the bone."""
    parent: Annotated[int, Limit(minimum=-1)]
    """Index of the parent, earlier in the list; -1 = none."""
    head: Position
    """Start of the bone in the rest pose, world."""
    tail: Position
    """End of the bone in the rest pose, world."""
    rotation: Quaternion
    """World rotation of the bone's own axes in the rest pose."""


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Skeleton of a character that the motion is put on."""

    name: Annotated[str, Limit(max_length=200)] = ""
    """Name of the armature, for messages and files."""
    bones: Annotated[list[RigBones], Limit(min_length=1, max_length=2048)]
    """Rest pose, metres, +Y up, the character facing +Z; parents before children."""
    map: dict[str, str] | None = None
    """Bone of each joint, an empty name for none. Absent = found by names (Rigify, Mixamo, Unreal, VRM, the 22 joints) and by shape."""
    root_bone: Annotated[str, Limit(max_length=200)] | None = None
    """Bone that carries the way over the ground instead of the hips."""


MotionFormat: TypeAlias = Literal["bvh", "glb", "json", "openpose"]
"""bvh: Biovision hierarchy. glb: glTF 2.0 with a skinned mannequin and the animation. json: the motion with contacts and, when a rig was given, its curves. openpose: 18-point poses as seen by a camera, JSON, a list of frames."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Camera that poses are seen by."""

    position: Position
    """x, y, z in metres; +Y up, right-handed; a figure at rest faces +Z."""
    target: Position
    """Point in the middle of the picture."""
    fov_degrees: Annotated[float, Limit(more_than=1, less_than=170)] = 40.0
    """Vertical angle of view."""
    width: Annotated[int, Limit(minimum=16, maximum=8192)] = 512
    """Pixels."""
    height: Annotated[int, Limit(minimum=16, maximum=8192)] = 512
    """Pixels."""


@dataclass(frozen=True, kw_only=True)
class MotionOutput:
    """Files of a motion."""

    formats: Annotated[list[MotionFormat], Limit(min_length=1, max_length=4)] = field(default_factory=lambda: ["bvh", "glb", "json"])
    """One file each."""
    fps: Annotated[float, Limit(minimum=1, maximum=240)] = 24.0
    """Frames a second; n seconds have n × fps frames, rounded."""
    keyframes: Literal["every_frame", "simplified"] = "every_frame"
    """simplified: few keys, within key_error_degrees of every frame; in glb, and in json's rig curves."""
    key_error_degrees: Annotated[float, Limit(maximum=10, more_than=0)] = 0.5
    """Largest error of simplified keys."""
    camera: Camera | None = None
    """For openpose; absent = from the front, the whole way in sight."""


@dataclass(frozen=True, kw_only=True)
class MotionParamsHeading:
    """Part of MotionParamsHeading."""

    time_s: Annotated[float, Limit(minimum=0, maximum=600)]
    """Seconds from the start."""
    angle_degrees: Annotated[float, Limit(minimum=-3600, maximum=3600)]
    """Degrees about +Y from +Z, to the left positive."""


@dataclass(frozen=True, kw_only=True)
class MotionParams:
    """Parameters of the task `motion`."""

    bundle: Annotated[str, Limit(max_length=200)] | None = None
    """Bundle id; absent = the core's default motion bundle."""
    segments: Annotated[list[MotionSegment], Limit(max_length=64)] = field(default_factory=list[MotionSegment])
    """What happens, one after the other without a seam; 120 s in all. Empty only with `source`."""
    source: Sha256 | None = None
    """A motion to take as it is, to retarget, loop, resample or write in other formats: json of this core, or BVH of one human figure (any unit and channel order, joints named as this core's, CMU's, Mixamo's, Unreal's or VRM's), which is put on the 22 joints."""
    mode: MotionMode = "hybrid"
    """hybrid: the nearest recorded clip is varied where there is one. generated: from noise alone. retrieved: the nearest clip as recorded."""
    seed: Seed | None = None
    """Absent = drawn by the core and recorded. Variation i starts from seed + i."""
    num_motions_per_prompt: Annotated[int, Limit(minimum=1, maximum=16)] = 1
    """Variations, each with its own seed."""
    num_inference_steps: Annotated[int, Limit(minimum=1, maximum=1000)] | None = None
    """Absent = the bundle's default."""
    guidance_scale: Annotated[float, Limit(minimum=0, maximum=50)] | None = None
    """Absent = the bundle's default."""
    variation: Annotated[float, Limit(minimum=0, maximum=1)] = 0.4
    """hybrid: how much of the recorded clip is made anew; 0 keeps it."""
    speed: Annotated[float, Limit(minimum=0.25, maximum=4)] = 1.0
    """How fast it is done; the durations stay."""
    style: Annotated[str, Limit(max_length=200)] = ""
    """How it is done, in words: tired, proud, sneaky."""
    path: MotionPath | None = None
    """Path of the pelvis over the ground, a polyline through its points."""
    heading: Annotated[list[MotionParamsHeading], Limit(max_length=1024)] = field(default_factory=list[MotionParamsHeading])
    """Where the figure looks at times: degrees about +Y from +Z, to the left (+X) positive."""
    key_poses: Annotated[list[KeyPose], Limit(max_length=256)] = field(default_factory=list[KeyPose])
    """Poses that are hit; those at 0 and the end too."""
    loop: bool = False
    """Whether the end runs into the start without a seam."""
    in_place: bool = False
    """Whether the way over the ground is taken out."""
    foot_lock: bool = True
    """Whether feet that bear weight are held still."""
    rig: Rig | None = None
    """Character that the motion is put on; its curves stand in `json`."""
    output: MotionOutput = field(default_factory=MotionOutput)
    """Files of a motion."""
    preview: PreviewOptions = field(default_factory=PreviewOptions)
    """Live previews while denoising."""


@dataclass(frozen=True, kw_only=True)
class ClipFacts:
    """A recorded clip that a motion was made from, as its library declares it."""

    id: str
    """Id in the bundle's library."""
    licence: str
    """Licence as the library declares it."""
    source: str
    """Where it comes from, as the library declares it."""
    sha256: Sha256 | None = None
    """Hash of the recording's file, as the library declares it."""


@dataclass(frozen=True, kw_only=True)
class SegmentOrigin:
    """What a part of a motion was made of."""

    segment: Annotated[int, Limit(minimum=0)]
    """Index of the segment."""
    kind: Literal["retrieved", "varied", "generated", "source"]
    """retrieved: a recorded clip, fitted. varied: a recorded clip, in part made anew. generated: from noise alone. source: the motion that was given."""
    clips: list[ClipFacts]
    """Recorded clips that it was made from."""


@dataclass(frozen=True, kw_only=True)
class MotionFacts:
    """What is known of one file of a motion."""

    format: MotionFormat
    """bvh: Biovision hierarchy. glb: glTF 2.0 with a skinned mannequin and the animation. json: the motion with contacts and, when a rig was given, its curves. openpose: 18-point poses as seen by a camera, JSON, a list of frames."""
    variation: Annotated[int, Limit(minimum=0)]
    """Which of the variations, from 0."""
    frames: Annotated[int, Limit(minimum=0)]
    """Number of frames."""
    fps: float
    """Frames a second."""
    origin: list[SegmentOrigin]
    """What each segment was made of."""
    warnings: list[str] = field(default_factory=list[str])
    """What the artist should know, in words."""


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """A data set that a model was trained on."""

    name: Annotated[str, Limit(min_length=1)]
    """Name of the data set."""
    source: Annotated[str, Limit(min_length=1)]
    """Where it comes from: an address or a sentence."""
    licence: Annotated[str, Limit(min_length=1)]
    """SPDX identifier, or the licence's own name."""
    sha256: Sha256 | None = None
    """Hash of the data set, or of its list of files with their hashes."""
    used_for: Annotated[str, Limit(min_length=1)]
    """What it was used for, for instance `training` or `evaluation`."""
    notice: str | None = None
    """Notice or acknowledgement that the licence asks for."""


TrainingDeclaration: TypeAlias = Literal["undeclared"] | list[TrainingData]
"""Every data set that the model was trained on, or `undeclared`."""


@dataclass(frozen=True, kw_only=True)
class Licence:
    """Licence of a model."""

    spdx: Annotated[str, Limit(min_length=1)]
    """SPDX identifier, or LicenseRef-<name> for another text."""
    commercial_use: bool
    """Whether outputs and weights may be used commercially."""
    url: str | None = None
    """Where the text stands."""


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A model file that took part."""

    component: str
    """Role of the graph in its bundle, for instance unet."""
    file: str
    """File name inside the bundle."""
    sha256: Sha256
    """SHA-256 as 64 lower-case hexadecimal digits."""


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """A bundle that took part, with what its maker declares."""

    bundle: str
    """Bundle id."""
    name: str
    """Name of the bundle for people."""
    version: str
    """Version of the bundle."""
    manifest_sha256: Sha256
    """SHA-256 of bundle.json: the bundle's identity for allow-lists."""
    licence: Licence
    """Licence of a model."""
    training_data: TrainingDeclaration
    """Every data set that the model was trained on, or `undeclared`."""
    files: list[ModelFile]
    """Graphs and weights that ran, or could have."""


@dataclass(frozen=True, kw_only=True)
class DeclaredModel:
    """A model that ran outside the core, by what is known or declared of it."""

    name: Annotated[str, Limit(min_length=1, max_length=300)]
    """Name for people, or the file's name; never a path."""
    role: Annotated[str, Limit(min_length=1, max_length=100)]
    """What it did: checkpoint, lora, controlnet, vae, text_encoder, upscaler …"""
    sha256: Sha256 | None = None
    """Hash of the model file; absent when nobody computed it."""
    version: Annotated[str, Limit(min_length=1, max_length=100)] | None = None
    """Version of the model."""
    weight: float | None = None
    """Strength with which it took part, of a LoRA for instance."""
    licence: Licence | None = None
    """Absent = not declared."""
    training_data: TrainingDeclaration = "undeclared"
    """Every data set that the model was trained on, or `undeclared`."""


CredentialState: TypeAlias = Literal["trusted", "valid", "tampered", "known", "unsigned"]
"""trusted: signature right, issuer trusted here. valid: signature right, issuer not among the trusted. tampered: the bytes or the manifest were changed. known: no credential left, but the file or its picture is in this core's log. unsigned: nothing known."""


@dataclass(frozen=True, kw_only=True)
class InputFacts:
    """A file that went into the output."""

    role: str
    """What it was used for: control:depth, init_image, mask_image, region_mask:2 …"""
    sha256: Sha256
    """Hash of the bytes at the moment they were read."""
    mime: str
    """Media type of the bytes."""
    name: str | None = None
    """File name that the client gave."""
    credential: CredentialState
    """State of the file's own credential."""


@dataclass(frozen=True, kw_only=True)
class Who:
    """On whose behalf the output was made."""

    client: str
    """Program that asked, with version."""
    user: str | None = None
    """Person, as the client named them."""
    project: str | None = None
    """Project, as the request named it."""
    shot: str | None = None
    """Shot, as the request named it."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """What the inference ran on."""

    provider: str
    """Execution provider that ran: cpu, cuda, directml, coreml, webgpu."""
    device: str
    """Device, as the machine names it."""
    runtime: str
    """Inference runtime with version."""
    platform: str
    """Operating system and processor architecture."""


@dataclass(frozen=True, kw_only=True)
class BackendFacts:
    """Another program that made the pixels for the core, and the models it loaded."""

    name: str
    """Program, for instance ComfyUI."""
    version: str
    """Version that the program told."""
    server: str
    """Name of the server in the core's settings."""
    models: list[DeclaredModel]
    """Model files that it loaded. Hashes were computed by the core; the rest is what its settings declare."""


@dataclass(frozen=True, kw_only=True)
class GenerationRecord:
    """Everything that made one output; recorded by the core, carried in the signed manifest."""

    version: Literal[1] = 1
    """Version of this record's form."""
    task: Task
    """What to generate. `welcome.capabilities.tasks` says which of them this core offers."""
    job_id: str
    """Job that made the output."""
    output_index: Annotated[int, Limit(minimum=0)]
    """Which of the job's outputs, from 0."""
    created: str
    """ISO 8601, UTC."""
    software: str
    """Program and version that made the output."""
    params: dict[str, Any]
    """All parameters after defaults; with prompt privacy on, each prompt is replaced by `sha256:<hash>`. A rig stands as {name, bones, sha256}: how many bones it has and the hash of its canonical JSON (RFC 8785)."""
    seed: Seed
    """Seed of this output."""
    models: list[ModelFacts]
    """Bundles that took part."""
    backend: BackendFacts | None = None
    """Present when another program made the pixels."""
    inputs: list[InputFacts]
    """Files that went in."""
    motion: MotionFacts | None = None
    """Present for a file of a motion."""
    mesh: MeshFacts | None = None
    """Present for a file of a mesh."""
    texture: TextureFacts | None = None
    """Present for a painted mesh."""
    who: Who
    """On whose behalf the output was made."""
    execution: Execution
    """What the inference ran on."""
    policy: Literal["open", "declared", "strict"]
    """Policy in force when it was made."""


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """Place of a record in the tamper-evident log (RFC 6962)."""

    index: Annotated[int, Limit(minimum=0)]
    """Leaf index."""
    leaf_hash: Sha256
    """SHA-256 as 64 lower-case hexadecimal digits."""
    tree_size: Annotated[int, Limit(minimum=1)]
    """Leaves of the tree that root_hash stands for."""
    root_hash: Sha256
    """SHA-256 as 64 lower-case hexadecimal digits."""


SignActionName: TypeAlias = Literal["c2pa.created", "c2pa.opened", "c2pa.placed", "c2pa.edited", "c2pa.edited.metadata", "c2pa.addedText", "c2pa.color_adjustments", "c2pa.converted", "c2pa.cropped", "c2pa.deleted", "c2pa.drawing", "c2pa.enhanced", "c2pa.filtered", "c2pa.orientation", "c2pa.published", "c2pa.removed", "c2pa.repackaged", "c2pa.resized", "c2pa.transcoded", "c2pa.trimmed", "c2pa.unknown", "c2pa.watermarked"]
"""What was done to a file, in the words of C2PA."""


DigitalSourceType: TypeAlias = Literal["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", "algorithmicallyEnhanced", "composite", "compositeSynthetic", "digitalCapture", "digitalCreation", "humanEdits", "screenCapture", "virtualRecording"]
"""How the content came about (IPTC digitalsourcetype). trainedAlgorithmicMedia: by a model. compositeWithTrainedAlgorithmicMedia: in part. algorithmicMedia: by an algorithm without training, such as a render. digitalCreation: by a person with a program. humanEdits: changed by a person. compositeSynthetic: put together with synthetic parts."""


@dataclass(frozen=True, kw_only=True)
class SignAction:
    """One thing that was done to the file."""

    action: SignActionName
    """What was done to a file, in the words of C2PA."""
    digital_source_type: DigitalSourceType | None = None
    """c2pa.created needs it."""
    description: Annotated[str, Limit(min_length=1, max_length=1000)] | None = None
    """For a person: what was done."""


Relationship: TypeAlias = Literal["parentOf", "componentOf", "inputTo"]
"""How a file went into another one. parentOf: it is that file, edited; at most one. componentOf: it is a part of it. inputTo: it guided how it was made."""


@dataclass(frozen=True, kw_only=True)
class SignIngredient:
    """A file that went into the one to sign."""

    sha256: Sha256
    """Asset with the file's bytes."""
    sidecar: Sha256 | None = None
    """Asset with its `.c2pa` file, if it has one."""
    relationship: Relationship
    """How a file went into another one. parentOf: it is that file, edited; at most one. componentOf: it is a part of it. inputTo: it guided how it was made."""
    role: Annotated[str, Limit(min_length=1, max_length=100)] | None = None
    """What it was used for: texture, init_image, control:depth …"""


@dataclass(frozen=True, kw_only=True)
class SoftwareAgent:
    """Program that made or changed a file."""

    name: Annotated[str, Limit(min_length=1, max_length=200)]
    """For instance ComfyUI or Blender."""
    version: Annotated[str, Limit(min_length=1, max_length=100)] | None = None
    """Version of the program."""


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """A file as the core read it."""

    sha256: Sha256
    """Hash of the bytes at the moment they were read."""
    mime: str
    """Media type of the bytes."""
    name: str | None = None
    """File name that the client gave."""
    credential: CredentialState
    """State of the file's own credential."""


@dataclass(frozen=True, kw_only=True)
class IngredientFacts:
    """A file that went in: how, as the client says, and what the core read."""

    sha256: Sha256
    """Hash of the bytes at the moment they were read."""
    mime: str
    """Media type of the bytes."""
    name: str | None = None
    """File name that the client gave."""
    credential: CredentialState
    """State of the file's own credential."""
    relationship: Relationship
    """How a file went into another one. parentOf: it is that file, edited; at most one. componentOf: it is a part of it. inputTo: it guided how it was made."""
    role: str | None = None
    """What it was used for, as the client says."""


@dataclass(frozen=True, kw_only=True)
class SigningRecord:
    """What is known of a file that was made elsewhere: what the core found, and what a client declared."""

    version: Literal[1] = 1
    """Version of this record's form."""
    created: str
    """When it was signed: ISO 8601, UTC."""
    software: str
    """Program and version that signed it."""
    title: str
    """Title of the file."""
    source: FileFacts
    """The file as it came to be signed."""
    ingredients: list[IngredientFacts]
    """Files that went in."""
    declared_by: Who
    """Who declared actions, models, parameters and what ingredients were used for. Hashes and credential states were found by the core."""
    actions: list[SignAction]
    """What was done, in order."""
    software_agent: SoftwareAgent | None = None
    """Program that made or changed a file."""
    models: list[DeclaredModel]
    """Models that took part."""
    parameters: dict[str, Any]
    """Settings it was made with; with prompt privacy, prompts and workflows are replaced by `sha256:<hash>`."""
    prompt_privacy: bool
    """Whether prompts and workflows were kept out."""
    policy: Literal["open", "declared", "strict"]
    """Policy in force when it was signed."""


@dataclass(frozen=True, kw_only=True)
class SignedFile:
    """A file that was signed."""

    asset: AssetRef
    """The signed file; the same as before if it has a sidecar."""
    sidecar: AssetRef | None = None
    """Signed manifest for formats that cannot embed one; save it as <file>.c2pa."""
    record: SigningRecord
    """What was signed."""
    log: LogEntry
    """Where it stands in the core's log."""


@dataclass(frozen=True, kw_only=True)
class HelloClient:
    """Who connects."""

    name: Annotated[str, Limit(min_length=1, max_length=100)]
    """Program, for instance genga-blender."""
    version: Annotated[str, Limit(min_length=1, max_length=50)]
    """Version of the program."""
    user: Annotated[str, Limit(max_length=200)] | None = None
    """Person at the machine, for the record."""


@dataclass(frozen=True, kw_only=True)
class Hello:
    """First message of a connection."""

    type: Literal["hello"] = "hello"
    client: HelloClient
    """Who connects."""
    protocols: Annotated[list[Annotated[str, Limit(max_length=50)]], Limit(min_length=1, max_length=16)]
    """Protocol versions that the client speaks, best first."""
    token: Annotated[str, Limit(max_length=500)] | None = None
    """From the token file or GENGA_TOKEN of the core."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Asks for a job; answered by `accepted` or `error`."""

    type: Literal["request"] = "request"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    task: Task
    """What to generate. `welcome.capabilities.tasks` says which of them this core offers."""
    params: dict[str, Any]
    """Parameters of the task: ImageParams for `image`, MotionParams for `motion`, MeshParams for `mesh`, TextureParams for `texture`."""
    idempotency_key: Annotated[str, Limit(min_length=1, max_length=200)] | None = None
    """Met again from the same client name, it gives the first job instead of a second run."""
    priority: Annotated[int, Limit(minimum=-100, maximum=100)] = 0
    """Higher runs earlier."""
    project: Annotated[str, Limit(max_length=200)] | None = None
    """For the record."""
    shot: Annotated[str, Limit(max_length=200)] | None = None
    """For the record."""
    prompt_privacy: bool | None = None
    """Keeps prompts and workflows out of the job's files and records, but for their hashes. Absent = false; the core's own setting holds in any case."""
    attach: bool = True
    """Whether this connection gets the job's events."""


@dataclass(frozen=True, kw_only=True)
class Validate:
    """Checks a request as `request` would, and runs nothing; answered by `validated` or `error`."""

    type: Literal["validate"] = "validate"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    task: Task
    """What to generate. `welcome.capabilities.tasks` says which of them this core offers."""
    params: dict[str, Any]
    """Parameters of the task, as in `request`."""


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Cancels a job within one denoising step; answered by `done`, then the job's `cancelled` event."""

    type: Literal["cancel"] = "cancel"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    job_id: JobId
    """Identifier of a job, chosen by the core."""


@dataclass(frozen=True, kw_only=True)
class Attach:
    """Gets the events of a job, those missed included; answered by `done`."""

    type: Literal["attach"] = "attach"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    after_event: Annotated[int, Limit(minimum=0)] = 0
    """Sequence number of the last event that the client has; later ones are replayed."""


@dataclass(frozen=True, kw_only=True)
class JobsList:
    """Lists jobs: open ones in the order they will run, then ended ones, newest first; answered by `jobs`."""

    type: Literal["jobs_list"] = "jobs_list"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    states: Annotated[list[JobState], Limit(max_length=6)] | None = None
    """Absent = all."""
    limit: Annotated[int, Limit(minimum=1, maximum=1000)] = 100
    """Most jobs in the answer."""


@dataclass(frozen=True, kw_only=True)
class JobsUpdate:
    """Changes the queue; answered by `jobs` with the jobs it changed."""

    type: Literal["jobs_update"] = "jobs_update"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    action: Literal["pause", "resume", "retry", "move", "remove"]
    """pause: a queued job waits. resume: it may run again. retry: a failed or cancelled job is queued again; what succeeded stays. move: put before another queued job. remove: forget an ended job and release its assets."""
    job_ids: Annotated[list[JobId], Limit(min_length=1, max_length=1000)] | None = None
    """Absent with pause and resume = the whole queue; with retry = all failed jobs."""
    before: JobId | None = None
    """move: the job to stand before; absent = the end."""


@dataclass(frozen=True, kw_only=True)
class AssetPut:
    """Announces an upload; answered by `asset_ready` with the offset to go on from (the size if the store has it already)."""

    type: Literal["asset_put"] = "asset_put"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    sha256: Sha256
    """SHA-256 as 64 lower-case hexadecimal digits."""
    size: Annotated[int, Limit(minimum=0)]
    """Bytes of the whole asset."""
    mime: Annotated[str, Limit(min_length=1, max_length=127)]
    """Media type, for instance image/png."""
    name: Annotated[str, Limit(max_length=255)] | None = None
    """File name, for the record; never a path."""


@dataclass(frozen=True, kw_only=True)
class AssetChunk:
    """Next bytes of the upload that `asset_put` with this id began; each is acknowledged by `asset_progress`, the last by `asset_stored`."""

    type: Literal["asset_chunk"] = "asset_chunk"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    offset: Annotated[int, Limit(minimum=0)]
    """Where these bytes begin: what was sent before."""
    bytes: Bytes
    """Binary data (MessagePack `bin`)."""


@dataclass(frozen=True, kw_only=True)
class AssetGet:
    """Fetches an asset; answered by `asset_data` frames."""

    type: Literal["asset_get"] = "asset_get"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    sha256: Sha256
    """SHA-256 as 64 lower-case hexadecimal digits."""
    offset: Annotated[int, Limit(minimum=0)] = 0
    """First byte wanted; more than 0 to resume."""


@dataclass(frozen=True, kw_only=True)
class Verify:
    """Asks for the credential state of an asset; answered by `verified`."""

    type: Literal["verify"] = "verify"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    sha256: Sha256
    """SHA-256 as 64 lower-case hexadecimal digits."""
    sidecar: Sha256 | None = None
    """The `.c2pa` file's bytes as an asset, for formats without embedding."""


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Signs a file that was made elsewhere, on the client's word for how; answered by `signed`."""

    type: Literal["sign"] = "sign"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    asset: Sha256
    """The file to sign. PNG, JPEG and WebP carry their credential, other files get a sidecar."""
    sidecar: Sha256 | None = None
    """Its own `.c2pa` file as an asset, if it has one."""
    title: Annotated[str, Limit(min_length=1, max_length=255)] | None = None
    """Absent = the asset's name."""
    actions: Annotated[list[SignAction], Limit(max_length=32)] = field(default_factory=list[SignAction])
    """What was done, in order. Without a parent it begins with c2pa.created; else the file itself, as it came, is the parent. The core adds c2pa.opened for the parent and c2pa.placed for components."""
    ingredients: Annotated[list[SignIngredient], Limit(max_length=64)] = field(default_factory=list[SignIngredient])
    """Files that went in."""
    models: Annotated[list[DeclaredModel], Limit(max_length=64)] = field(default_factory=list[DeclaredModel])
    """Models that took part; the policy is asked."""
    software_agent: SoftwareAgent | None = None
    """Program that did the actions; absent = the client."""
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    """Settings it was made with, at most 256 KiB of JSON. Prompts stand in `prompt`, `prompts`, `negative_prompt` and `style`, a node graph in `workflow`."""
    prompt_privacy: bool = False
    """Keeps prompts and workflows out, but for their hashes; a file that holds such texts itself is refused. The core's own setting holds in any case."""
    project: Annotated[str, Limit(max_length=200)] | None = None
    """For the record."""
    shot: Annotated[str, Limit(max_length=200)] | None = None
    """For the record."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """Asks how the core is; answered by `core_status`."""

    type: Literal["status"] = "status"
    id: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""


ClientMessage: TypeAlias = Hello | Request | Validate | Cancel | Attach | JobsList | JobsUpdate | AssetPut | AssetChunk | AssetGet | Verify | Sign | Status
"""Everything that a client may send."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of this core; a message beyond one is refused with a coded error."""

    max_message_bytes: int
    """Largest WebSocket frame that the core takes, in bytes."""
    max_chunk_bytes: int
    """Largest `bytes` of one asset chunk."""
    max_asset_bytes: int
    """Largest asset."""
    max_open_jobs_per_client: int
    """Queued, paused and running jobs of one client."""
    max_prompt_bytes: int
    """Largest prompt, UTF-8 bytes."""
    max_pixels: int
    """Largest width × height of a picture, in or out."""
    max_images_per_request: int
    """Largest num_images_per_prompt."""


@dataclass(frozen=True, kw_only=True)
class VerificationProblems:
    """Part of VerificationProblems."""

    code: str
    """Status code of the C2PA specification, or one of ours."""
    explanation: str
    """What it means for this file."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """State of a file's credential and what made the file."""

    state: CredentialState
    """trusted: signature right, issuer trusted here. valid: signature right, issuer not among the trusted. tampered: the bytes or the manifest were changed. known: no credential left, but the file or its picture is in this core's log. unsigned: nothing known."""
    sha256: Sha256
    """SHA-256 as 64 lower-case hexadecimal digits."""
    mime: str
    """Media type of the file."""
    sidecar: bool
    """Whether the credential came from a `.c2pa` file beside it."""
    issuer: str | None = None
    """Organisation or name in the signing certificate."""
    signed_with: str | None = None
    """Program named in the claim."""
    record: GenerationRecord | None = None
    """Our generation record, when the file or the log has one."""
    signing: SigningRecord | None = None
    """Our signing record, when the file was made elsewhere and signed on a client's word."""
    actions: list[str]
    """C2PA actions of the active manifest, in order."""
    ingredients: list[str]
    """Titles of the ingredients of the active manifest."""
    problems: list[VerificationProblems]
    """What failed, C2PA validation codes."""
    log: LogEntry | None = None
    """Where the file stands in this core's log."""
    perceptual_distance: float | None = None
    """Bits that differ of 64, when it was found by its picture."""


ErrorCode: TypeAlias = Literal["UNAUTHORIZED", "FORBIDDEN_ORIGIN", "UNSUPPORTED_PROTOCOL", "HELLO_REQUIRED", "MALFORMED_MESSAGE", "MESSAGE_TOO_LARGE", "RATE_LIMITED", "SHUTTING_DOWN", "INVALID_REQUEST", "UNSUPPORTED_TASK", "UNSUPPORTED_CONTROL", "QUEUE_FULL", "IDEMPOTENCY_CONFLICT", "JOB_NOT_FOUND", "JOB_STATE", "ASSET_NOT_FOUND", "ASSET_CORRUPT", "ASSET_TOO_LARGE", "ASSET_MISMATCH", "ASSET_UNREADABLE", "QUOTA_EXCEEDED", "STORAGE_FULL", "BUNDLE_NOT_FOUND", "BUNDLE_INVALID", "BUNDLE_CORRUPT", "POLICY_REFUSED", "PROVIDER_UNAVAILABLE", "OUT_OF_MEMORY", "HOST_CRASHED", "INFERENCE_FAILED", "BACKEND_UNAVAILABLE", "BACKEND_FAILED", "CANCELLED", "SIGNING_FAILED", "CREDENTIAL_INVALID", "CORE_NOT_RUNNING", "CONFIG_INVALID", "INTERNAL"]
"""Error code; a program may branch on it."""


@dataclass(frozen=True, kw_only=True)
class ErrorBody:
    """An error on the wire."""

    code: ErrorCode
    """Error code; a program may branch on it."""
    message: str
    """For a person: what was wrong, the value met, what would be right."""
    remedy: str | None = None
    """What the person can do about it."""
    data: dict[str, Any] | None = None
    """Facts for a program."""


@dataclass(frozen=True, kw_only=True)
class BundleSummaryDefaults:
    """Defaults of an image bundle."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    num_inference_steps: int
    """Denoising steps."""
    guidance_scale: float
    """Classifier-free guidance."""
    scheduler: Scheduler
    """Denoising scheduler."""


@dataclass(frozen=True, kw_only=True)
class BundleSummarySize:
    """Widths and heights that an image bundle takes, pixels."""

    multiple: Annotated[int, Limit(minimum=1)]
    """Width and height are multiples of this."""
    min: Annotated[int, Limit(minimum=1)]
    """Smallest side."""
    max: Annotated[int, Limit(minimum=1)]
    """Largest side."""


@dataclass(frozen=True, kw_only=True)
class BundleSummaryMotionDefaults:
    """Defaults of a motion bundle."""

    num_inference_steps: int
    """Denoising steps."""
    guidance_scale: float
    """Classifier-free guidance."""
    duration_s: float
    """Seconds of a segment that a form begins with."""


@dataclass(frozen=True, kw_only=True)
class BundleSummaryMotion:
    """What a motion bundle accepts."""

    actions: list[MotionAction]
    """What it knows to do; other words are tried."""
    modes: list[MotionMode]
    """Modes that it takes; hybrid and retrieved want recorded clips."""
    conditions: list[MotionCondition]
    """What it can be told of single frames; the rest is brought about afterwards, by moving the figure."""
    defaults: BundleSummaryMotionDefaults
    """Defaults of a motion bundle."""
    max_duration_s: float
    """Longest motion, seconds."""


@dataclass(frozen=True, kw_only=True)
class BundleSummaryMeshDefaults:
    """Defaults of a mesh bundle."""

    source: Literal["auto", "parametric", "library", "generated"]
    """Source."""
    num_inference_steps: int
    """Denoising steps."""
    guidance_scale: float
    """Classifier-free guidance."""
    grid_resolution: int
    """Cells along a side."""


@dataclass(frozen=True, kw_only=True)
class BundleSummaryMesh:
    """What a mesh bundle accepts."""

    categories: list[MeshCategory]
    """What it knows to make; other words are tried."""
    sources: list[MeshSource]
    """Sources that it offers."""
    conditioning: Literal["text", "image"]
    """What the source generated is told by."""
    defaults: BundleSummaryMeshDefaults
    """Defaults of a mesh bundle."""


@dataclass(frozen=True, kw_only=True)
class BundleSummary:
    """What a bundle is and accepts."""

    id: str
    """Bundle id, for `params.bundle`."""
    name: str
    """Name for people."""
    version: str
    """Version of the bundle."""
    task: Task
    """What to generate. `welcome.capabilities.tasks` says which of them this core offers."""
    family: str
    """Kind of model, for instance stable-diffusion."""
    purpose: Literal["starter", "production", "test"]
    """test = random weights: pictures show nothing."""
    licence: Licence
    """Licence of a model."""
    training_data: TrainingDeclaration
    """Every data set that the model was trained on, or `undeclared`."""
    allowed: bool
    """Whether the policy in force lets it run."""
    refusal: str | None = None
    """Why the policy refuses it."""
    backend: str | None = None
    """Other program that runs it, for instance comfyui:default; absent = the core itself."""
    online: bool | None = None
    """Whether its backend can be reached now; absent for what the core itself runs."""
    default: bool | None = None
    """Whether requests of its task that name no bundle get it."""
    memory_bytes: int
    """Memory that it needs at its default size."""
    controls: list[ControlKind]
    """Control kinds that it takes."""
    requires_control: bool
    """Whether it needs at least one control map."""
    defaults: BundleSummaryDefaults | None = None
    """Defaults of an image bundle."""
    size: BundleSummarySize | None = None
    """Widths and heights that an image bundle takes, pixels."""
    supports_guidance: bool | None = None
    """Whether guidance_scale above 1 means anything to it."""
    takes_init_image: bool | None = None
    """Whether it can start from a picture: img2img and inpaint."""
    max_regions: Annotated[int, Limit(minimum=0)] | None = None
    """Most regions in a request."""
    motion: BundleSummaryMotion | None = None
    """What a motion bundle accepts."""
    mesh: BundleSummaryMesh | None = None
    """What a mesh bundle accepts."""


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What this core can do."""

    tasks: list[Task]
    """Tasks that this core can run now."""
    bundles: list[BundleSummary]
    """Bundles that are installed, refused ones included."""
    schedulers: list[Scheduler]
    """Schedulers that this core knows."""


@dataclass(frozen=True, kw_only=True)
class WelcomeCore:
    """The core."""

    name: Literal["genga"] = "genga"
    """Always genga."""
    version: str
    """Version of the core."""


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """Answer to `hello`."""

    type: Literal["welcome"] = "welcome"
    protocol: str
    """Protocol version that both speak from now on."""
    core: WelcomeCore
    """The core."""
    capabilities: Capabilities
    """What this core can do."""
    limits: Limits
    """Limits of this core; a message beyond one is refused with a coded error."""


@dataclass(frozen=True, kw_only=True)
class CapabilitiesChanged:
    """What this core can do has changed since `welcome`: a backend's server came or went, or its models did."""

    type: Literal["capabilities_changed"] = "capabilities_changed"
    capabilities: Capabilities
    """What this core can do."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The job is stored durably and will run."""

    type: Literal["accepted"] = "accepted"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    position: Annotated[int, Limit(minimum=0)]
    """Jobs ahead of it; 0 = next, or already running."""
    duplicate: bool
    """Whether the idempotency key gave a job that was there before."""


@dataclass(frozen=True, kw_only=True)
class Validated:
    """The request could run."""

    type: Literal["validated"] = "validated"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    params: dict[str, Any]
    """The parameters with every default filled in."""
    memory_bytes: int | None = None
    """Estimate of the memory that it needs."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """The message was carried out."""

    type: Literal["done"] = "done"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""


@dataclass(frozen=True, kw_only=True)
class ErrorReply:
    """The message was refused; nothing was changed by it."""

    type: Literal["error"] = "error"
    reply_to: MessageId | None = None
    """Absent when the message could not be read."""
    error: ErrorBody
    """An error on the wire."""


@dataclass(frozen=True, kw_only=True)
class QueuedEvent:
    """The job waits."""

    type: Literal["queued"] = "queued"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""
    position: Annotated[int, Limit(minimum=0)]
    """Jobs ahead of it."""


@dataclass(frozen=True, kw_only=True)
class StartedEvent:
    """The job runs."""

    type: Literal["started"] = "started"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""
    attempt: Annotated[int, Limit(minimum=1)]
    """Counts from 1; more after a crash or a retry."""


@dataclass(frozen=True, kw_only=True)
class ProgressEvent:
    """How far the job is."""

    type: Literal["progress"] = "progress"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""
    stage: str
    """What it does now: load, encode, denoise, decode, sign …"""
    progress: Annotated[float, Limit(minimum=0, maximum=1)]
    """Of the whole job; never goes back within an attempt."""
    step: Annotated[int, Limit(minimum=0)]
    """Denoising steps done."""
    total_steps: Annotated[int, Limit(minimum=0)]
    """Denoising steps in all."""
    eta_ms: Annotated[int, Limit(minimum=0)] | None = None
    """Estimate of the time left."""


@dataclass(frozen=True, kw_only=True)
class PreviewEvent:
    """A small picture of the unfinished output. Not kept: only the latest is replayed."""

    type: Literal["preview"] = "preview"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""
    mime: str
    """Media type of the bytes."""
    bytes: Bytes
    """Binary data (MessagePack `bin`)."""
    output_index: Annotated[int, Limit(minimum=0)]
    """Which output, from 0."""
    step: Annotated[int, Limit(minimum=0)]
    """Denoising step it shows."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One file that the job made."""

    asset: AssetRef
    """An asset in the core's content-addressed store."""
    seed: Seed
    """Seed of this output."""
    width: int | None = None
    """Pixels, of a picture."""
    height: int | None = None
    """Pixels, of a picture."""
    format: MotionFormat | None = None
    """Form of the file, of a motion."""
    variation: Annotated[int, Limit(minimum=0)] | None = None
    """Which of the variations, from 0; of a motion."""
    frames: Annotated[int, Limit(minimum=0)] | None = None
    """Number of frames, of a motion."""
    mesh: MeshFacts | None = None
    """What is known of a mesh."""
    texture: TextureFacts | None = None
    """What is known of a painted mesh."""
    sidecar: AssetRef | None = None
    """Signed manifest for formats that cannot embed one; save it as <file>.c2pa."""
    record: GenerationRecord
    """What made it, as signed."""


@dataclass(frozen=True, kw_only=True)
class ResultEvent:
    """The job succeeded; its files are stored."""

    type: Literal["result"] = "result"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""
    outputs: list[Output]
    """The files, in the order of their seeds; of a motion, each variation in each format; of a mesh, each variation in each level of detail and format."""
    duration_ms: Annotated[int, Limit(minimum=0)]
    """From start to end of the last attempt."""
    evicted: bool | None = None
    """In a replay: whether the files gave way to newer ones in a full store since; `retry` makes them again."""


@dataclass(frozen=True, kw_only=True)
class FailedEvent:
    """The job failed."""

    type: Literal["failed"] = "failed"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""
    error: ErrorBody
    """An error on the wire."""


@dataclass(frozen=True, kw_only=True)
class CancelledEvent:
    """The job was cancelled."""

    type: Literal["cancelled"] = "cancelled"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, kw_only=True)
class PausedEvent:
    """The job waits until it is resumed."""

    type: Literal["paused"] = "paused"
    job_id: JobId
    """Identifier of a job, chosen by the core."""
    sequence: Annotated[int, Limit(minimum=1)]
    """Counts the job's events from 1."""
    time: str
    """ISO 8601, UTC."""


JobEvent: TypeAlias = QueuedEvent | PausedEvent | StartedEvent | ProgressEvent | PreviewEvent | ResultEvent | FailedEvent | CancelledEvent
"""Any event of a job."""


@dataclass(frozen=True, kw_only=True)
class JobSummary:
    """A job in a list."""

    job_id: JobId
    """Identifier of a job, chosen by the core."""
    task: Task
    """What to generate. `welcome.capabilities.tasks` says which of them this core offers."""
    state: JobState
    """State of a job; succeeded, failed and cancelled are final."""
    client: str
    """Program that asked."""
    priority: int
    """Higher runs earlier."""
    position: Annotated[int, Limit(minimum=0)] | None = None
    """Jobs ahead of it, while it waits."""
    attempts: Annotated[int, Limit(minimum=0)]
    """Times that it was started."""
    created: str
    """ISO 8601, UTC."""
    started: str | None = None
    """ISO 8601, UTC; of the last attempt."""
    ended: str | None = None
    """ISO 8601, UTC."""
    label: str
    """Start of the prompt, for lists."""
    progress: Annotated[float, Limit(minimum=0, maximum=1)]
    """Of the whole job."""
    outputs: list[AssetRef]
    """Files of a job that succeeded."""
    sidecars: list[AssetRef] | None = None
    """Signed manifests of those files that cannot embed one, each called like its file with `.c2pa` behind it."""
    error: ErrorBody | None = None
    """An error on the wire."""
    evicted: bool | None = None
    """Whether its files gave way to newer ones in a full store; `retry` makes them again."""
    project: str | None = None
    """As the request named it."""
    shot: str | None = None
    """As the request named it."""


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """A list of jobs."""

    type: Literal["jobs"] = "jobs"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    jobs: list[JobSummary]
    """The jobs."""
    paused: bool
    """Whether the whole queue is paused."""


@dataclass(frozen=True, kw_only=True)
class AssetReady:
    """The upload may go on at this offset."""

    type: Literal["asset_ready"] = "asset_ready"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    offset: Annotated[int, Limit(minimum=0)]
    """Bytes that the core has already."""
    asset: AssetRef | None = None
    """Given when the store has it already."""


@dataclass(frozen=True, kw_only=True)
class AssetProgress:
    """Acknowledges a chunk. Keep at most 8 chunks unacknowledged."""

    type: Literal["asset_progress"] = "asset_progress"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    offset: Annotated[int, Limit(minimum=0)]
    """Bytes taken so far."""


@dataclass(frozen=True, kw_only=True)
class AssetStored:
    """The asset is stored durably."""

    type: Literal["asset_stored"] = "asset_stored"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    asset: AssetRef
    """An asset in the core's content-addressed store."""


@dataclass(frozen=True, kw_only=True)
class AssetData:
    """Bytes of an asset."""

    type: Literal["asset_data"] = "asset_data"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    asset: AssetRef
    """An asset in the core's content-addressed store."""
    offset: Annotated[int, Limit(minimum=0)]
    """Where these bytes begin."""
    bytes: Bytes
    """Binary data (MessagePack `bin`)."""
    last: bool
    """Whether the asset ends with these bytes."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """Answer to `verify`."""

    type: Literal["verified"] = "verified"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    verification: Verification
    """State of a file's credential and what made the file."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Answer to `sign`: the file is signed, logged and stored."""

    type: Literal["signed"] = "signed"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    file: SignedFile
    """A file that was signed."""


@dataclass(frozen=True, kw_only=True)
class CoreStatus:
    """How the core is."""

    type: Literal["core_status"] = "core_status"
    reply_to: MessageId
    """Chosen by the client; the reply carries it as `reply_to`."""
    uptime_s: float
    """Seconds since the core started."""
    provider: str
    """Execution provider in use: cpu, cuda, directml, coreml, webgpu."""
    device: str
    """Device, as the machine names it."""
    memory_bytes: int
    """Resident memory of the core and its inference process."""
    queued: int
    """Jobs that wait, paused ones included."""
    running: int
    """Jobs that run."""
    clients: int
    """Clients that are connected."""
    policy: Literal["open", "declared", "strict"]
    """Policy in force: which training-data facts a bundle must declare."""
    prompt_privacy: bool | None = None
    """Whether prompts and workflows are kept out of files; then none may be sent in to be signed with a file."""
    bundles: list[BundleSummary]
    """Bundles that are installed."""


CoreMessage: TypeAlias = Welcome | CapabilitiesChanged | Accepted | Validated | Done | ErrorReply | QueuedEvent | PausedEvent | StartedEvent | ProgressEvent | PreviewEvent | ResultEvent | FailedEvent | CancelledEvent | Jobs | AssetReady | AssetProgress | AssetStored | AssetData | Verified | Signed | CoreStatus
"""Everything that the core may send."""


ERROR_CODES: Final[dict[ErrorCode, str]] = {
    "UNAUTHORIZED": "The token is missing or wrong.",
    "FORBIDDEN_ORIGIN": "The Origin or Host header names a page or host that may not connect.",
    "UNSUPPORTED_PROTOCOL": "Client and core share no protocol version.",
    "HELLO_REQUIRED": "The first message was not `hello`, or none came in time.",
    "MALFORMED_MESSAGE": "The frame is not MessagePack, or not a message of this protocol.",
    "MESSAGE_TOO_LARGE": "The frame is larger than the limit that `welcome` announced.",
    "RATE_LIMITED": "Too many connections or messages at once; try again later.",
    "SHUTTING_DOWN": "The core is stopping and takes no new work; connect again later.",
    "INVALID_REQUEST": "A field is missing, unknown or out of range; `data.issues` lists each.",
    "UNSUPPORTED_TASK": "The core has no pipeline for this task.",
    "UNSUPPORTED_CONTROL": "The bundle does not take this kind of control map.",
    "QUEUE_FULL": "The client, or the core, has as many open jobs as the limit allows.",
    "IDEMPOTENCY_CONFLICT": "The idempotency key was used before with other parameters.",
    "JOB_NOT_FOUND": "No job has this id.",
    "JOB_STATE": "The job's state does not allow this action.",
    "ASSET_NOT_FOUND": "The store holds no asset with this SHA-256.",
    "ASSET_CORRUPT": "The stored bytes no longer match their SHA-256.",
    "ASSET_TOO_LARGE": "The asset is larger than the limit.",
    "ASSET_MISMATCH": "The uploaded bytes do not match the announced SHA-256 or size.",
    "ASSET_UNREADABLE": "The asset cannot be decoded as what it was used for.",
    "QUOTA_EXCEEDED": "The store is full and nothing in it may be evicted.",
    "STORAGE_FULL": "The disk is full, or the state folder cannot be written.",
    "BUNDLE_NOT_FOUND": "No bundle has this id.",
    "BUNDLE_INVALID": "The bundle's manifest is not valid, or a file is missing.",
    "BUNDLE_CORRUPT": "A file of the bundle does not match its SHA-256, or is no ONNX graph.",
    "POLICY_REFUSED": "The policy does not allow this bundle; `data.missing` names the facts that are missing.",
    "PROVIDER_UNAVAILABLE": "The execution provider asked for cannot be used on this machine.",
    "OUT_OF_MEMORY": "The model or the picture does not fit into memory.",
    "HOST_CRASHED": "The inference process ended while the job ran.",
    "INFERENCE_FAILED": "A graph failed while it ran.",
    "BACKEND_UNAVAILABLE": "The server that has this bundle cannot be reached.",
    "BACKEND_FAILED": "The server that has this bundle refused the work, or answered what cannot be understood.",
    "CANCELLED": "The job was cancelled.",
    "SIGNING_FAILED": "The output could not be signed; nothing was handed out.",
    "CREDENTIAL_INVALID": "A certificate or key is not usable for signing.",
    "CORE_NOT_RUNNING": "No core answers at this address.",
    "CONFIG_INVALID": "A setting has a value that is not possible.",
    "INTERNAL": "A fault of the core's own.",
}
"""What each error code means."""
