"""What the judge can say, and which real models show it."""

from __future__ import annotations

import re

from .library_nouns import LEFT_OUT, RENAMED, noun_in, read_nouns
from .models3d import Model3d

KINDS = {
    "chair": "chair,armchair",
    "stool": "stool,ottoman",
    "table": "table,coffee table,side table,desk",
    "bench": "bench",
    "bed": "bed,bunk bed",
    "sofa": "couch,sofa",
    "shelf": "shelf,bookcase,bookshelf,storage shelf",
    "cabinet": "cabinet,closet,wardrobe,nightstand,bedside table,television cabinet,fridge,oven",
    "lamp": "lamp,floor lamp,standing lamp,table lamp",
    "cup": "mug,cup,coffee",
    "bowl": "bowl,soup,cooking pot",
    "vase": "vase,urn",
    "bottle": "bottle,potion bottle",
    "barrel": "barrel,keg",
    "crate": "crate,box,cardboard box,cube",
    "chest": "chest,treasure chest,trunk chest",
    "sword": "sword,katana,claymore,dagger",
    "axe": "axe",
    "hammer": "hammer",
    "shield": "shield",
    "house": "house,barn,tavern,church",
    "tower": "tower,castle tower,watchtower,water tower",
    "tree": "tree",
    "pine": "pine tree,christmas tree",
    "rock": "rock,asteroid",
    "mushroom": "mushroom",
    "fence": "fence",
    "sign": "arrow sign,stop sign,traffic sign,warning sign",
    "car": "car,hatchback car,police car,sedan car,station wagon car,taxi car,taxi,suv car,sports car",
    "boat": "boat,viking boat,lifeboat,sailing ship",
    "bush": "bush",
    "animal": "dog,cat,cow,horse,fox,pig,sheep,zebra,wolf,elk,panda,pug",
    "dinosaur": "dinosaur,tyrannosaurus",
    "fish": "fish,shark,whale,dolphin,piranha",
    "person": "man,woman,knight,mage,rogue,soldier,alien,mannequin,robot",
    "spacecraft": "spacecraft,spaceship,airplane,plane,private jet plane",
    "gun": "gun,pistol,revolver,rifle,blaster gun,ray gun",
    "gravestone": "gravestone,grave",
    "street light": "street light,traffic light",
    "banner": "banner,flag",
    "column": "column,pillar",
    "truck": "truck,delivery truck,garbage truck,fire truck,bus,van,ambulance",
    "door": "door,gate,window",
    "building": "building,block of flats,hospital,shop",
    "burger": "burger,hamburger,bun,veggie burger",
    "plate": "plate,food,lid",
    "cactus": "cactus",
    "candle": "candle",
    "stairs": "stairs",
    "wheel": "wheel",
    "coin": "coin",
    "lantern": "lantern",
    "pumpkin": "pumpkin",
    "skull": "skull",
    "book": "book,spell book",
    "torch": "torch",
    "helmet": "helmet",
    "bow": "crossbow,bow",
    "tank": "tank",
    "television": "television,computer screen,laptop",
    "key": "key",
    "jar": "jar",
    "picture frame": "picture frame",
    "rug": "rug,carpet",
    "pillow": "pillow",
    "coffin": "coffin",
    "cloud": "cloud",
    "bone": "bone",
    "staff": "spear,staff,scythe",
    "donut": "donut",
    "plant": "plant,flower",
    "bird": "bird,eagle,chick,seagull",
    "stove": "stove",
}
"""Kinds with the library's nouns for them: those of the shape programs that real models show, and others as
well, so that the judge has a choice to be wrong.
"""
GROUPS = {
    "seat": "chair,stool,sofa,bench",
    "cupboard or box": "shelf,cabinet,crate,chest,stove",
    "vessel": "cup,bowl,vase,bottle,plate,jar",
    "light": "lamp,street light,candle,torch,lantern",
    "hand weapon": "sword,axe,hammer,staff",
    "building": "house,tower,building",
    "tree or bush": "tree,pine,bush,cactus,plant",
    "car or truck": "car,truck,tank",
    "animal": "animal,dinosaur,bird,fish",
}
"""Kinds that are often alike, so that the judge is asked for the group as well; all others are groups of
their own. Written down by what the things are, before it saw a mesh of ours.
"""
TABLE = {name: set(words.split(",")) for name, words in KINDS.items()}
PINES = re.compile(r"tree_single|trees_._|BushTree|PineTree|kenney-mini-arena/tree")


def class_of(model: Model3d) -> str | None:
    """Gives the kind of a real model, None if it has none."""
    if LEFT_OUT.search(model.id) or (model.modular and model.category in {"architecture", "terrain"}):
        return None
    if PINES.search(model.id):
        return "pine"
    noun = noun_in(RENAMED.get(model.id, model.name), read_nouns())
    return next((name for name, nouns in TABLE.items() if noun in nouns), None)


def group_of(kind: str) -> str:
    """Gives the group of a kind."""
    return next((name for name, kinds in GROUPS.items() if kind in kinds.split(",")), kind)
