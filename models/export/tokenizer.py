"""Writes a CLIP tokenizer as tokenizer.json and tokenizer_config.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.export.errors import ExportError

FILE = "tokenizer/tokenizer.json"
CONFIG_FILE = "tokenizer/tokenizer_config.json"


def write_tokenizer(tokenizer: Any, folder: Path) -> dict[str, int]:
    """Writes the two files below `folder/tokenizer` and gives max_length and the ids of the special tokens.

    `tokenizer` is a transformers CLIPTokenizer (or CLIPTokenizerFast of transformers 4).
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        name = type(tokenizer).__name__
        raise ExportError(
            f"{name} has no tokenizer.json; expected CLIPTokenizer of transformers 5 or CLIPTokenizerFast."
        )
    tree = json.loads(backend.to_str())
    # Padding and truncation belong to the caller, who cuts long prompts into chunks.
    tree["padding"] = None
    tree["truncation"] = None
    length = int(tokenizer.model_max_length)
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": length,
        "bos_token": tokenizer.bos_token,
        "eos_token": tokenizer.eos_token,
        "pad_token": tokenizer.pad_token,
        "unk_token": tokenizer.unk_token,
        "do_lower_case": True,
        "errors": "replace",
    }
    (folder / "tokenizer").mkdir(parents=True, exist_ok=True)
    for file, content in ((FILE, tree), (CONFIG_FILE, config)):
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (folder / file).write_text(text + "\n", encoding="utf-8")
    return {
        "max_length": length,
        "bos_token_id": int(tokenizer.bos_token_id),
        "eos_token_id": int(tokenizer.eos_token_id),
        "pad_token_id": int(tokenizer.pad_token_id),
    }
