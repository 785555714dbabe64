"""Judges a folder's files with two independent C2PA verifiers, offline, trusting only the folder's root.pem.

Prints JSON: file name -> verdict of c2pa-python (c2pa-rs) and of encypher-c2pa (another implementation), and
what c2pa-python reads.
"""

import json
import sys
from pathlib import Path

import c2pa
import encypher_c2pa

MIME = {
    ".png": "image/png",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".bvh": "application/x-bvh",
    ".glb": "model/gltf-binary",
    ".json": "application/vnd.genga.motion+json",
}
# encypher-c2pa has a list of media types; with a detached manifest any binary one hashes the whole file, as
# for GLB and BVH here.
DETACHED_MIME = "application/zip"


def with_c2pa(path: Path, manifest: bytes | None, root: str) -> tuple[str, dict]:
    settings = c2pa.Settings.from_dict(
        {
            "trust": {
                "user_anchors": root,
                "trust_config": "1.3.6.1.5.5.7.3.4\n1.3.6.1.4.1.62558.2.1\n1.3.6.1.5.5.7.3.8",
            },
            "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        }
    )
    try:
        with path.open("rb") as stream:
            reader = c2pa.Reader(MIME[path.suffix], stream, manifest, context=c2pa.Context(settings))
            return str(reader.get_validation_state()), json.loads(reader.json())
    except c2pa.C2paError as error:
        return f"error: {error}", {}


def with_encypher(path: Path, manifest: bytes | None, root: str) -> str:
    options = {"trust_pem": root, "no_default_trust": True, "telemetry": False, "online": False}
    try:
        if manifest is None:
            report = encypher_c2pa.verify(path.read_bytes(), MIME[path.suffix], **options)
        else:
            report = encypher_c2pa.verify(
                path.read_bytes(), DETACHED_MIME, manifest_store=manifest, **options
            )
        return str(report["validation_state"])
    except ValueError as error:
        return f"error: {error}"


def facts(store: dict) -> dict:
    active = store.get("manifests", {}).get(store.get("active_manifest"), {})
    assertions = {assertion["label"]: assertion["data"] for assertion in active.get("assertions", [])}
    actions = assertions.get("c2pa.actions.v2", {}).get("actions", [])
    ingredients = active.get("ingredients", [])
    return {
        "actions": [action["action"] for action in actions],
        "source_types": [action.get("digitalSourceType") for action in actions],
        "relationships": {ingredient["title"]: ingredient["relationship"] for ingredient in ingredients},
        "ingredients_with_manifest": [
            ingredient["title"] for ingredient in ingredients if ingredient.get("active_manifest")
        ],
        "prompt": assertions.get("org.genga.generation", {}).get("params", {}).get("prompt"),
    }


def main() -> None:
    folder = Path(sys.argv[1])
    root = (folder / "root.pem").read_text()
    report = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in MIME:
            continue
        sidecar = path.with_name(path.name + ".c2pa")
        manifest = sidecar.read_bytes() if sidecar.exists() else None
        state, store = with_c2pa(path, manifest, root)
        report[path.name] = {"c2pa": state, "encypher": with_encypher(path, manifest, root), **facts(store)}
    print(json.dumps(report))


main()
