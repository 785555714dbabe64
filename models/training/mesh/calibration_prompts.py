"""Prompts with their right answers, written down by hand, for the calibration of `auto`."""

from __future__ import annotations

from dataclasses import dataclass

TEXT = """
# vocabulary: kinds of things that a shape program makes, plainly said
a red chair | chair | chair
a wooden stool | stool | stool
a round table | table | table
a park bench | bench | bench
a double bed | bed | bed
a tall shelf | shelf | shelf
a blue cabinet | cabinet | cabinet
a lamp | lamp | lamp
a cup | cup | cup, mug
a wooden bowl | bowl | bowl
a teal vase | vase | vase
a green bottle | bottle | bottle
a barrel | barrel | barrel
a wooden crate | crate | crate
a chest | chest | chest
a long sword | sword | sword
an axe | axe | axe
a hammer | hammer | hammer
a round shield | shield | shield
a small house | house | house
a stone tower | tower | tower
a tree | tree | tree
a pine | pine | pine
a grey rock | rock | rock
a red mushroom | mushroom | mushroom
a wooden fence | fence | fence
a sign | sign | sign
a cart | cart | cart, wheelbarrow
a yellow car | car | car
a small boat | boat | boat
a chair with a high back and armrests | chair | chair, armchair
a table with four thick legs | table | table
a white house with a red roof and a chimney | house | house
a black bottle with a cork | bottle | bottle
a sword with a golden hilt | sword | sword
a barrel with iron hoops | barrel | barrel
# synonyms: other words for them
a wardrobe | cabinet | wardrobe, closet
a cupboard | cabinet | cabinet
a bookcase | shelf | bookcase, bookshelf
a bookshelf | shelf | bookshelf, bookcase
an armchair | chair | armchair
a mug | cup | mug
a boulder | rock | rock
a toadstool | mushroom | mushroom
a hatchet | axe | axe
a cottage | house | house
an automobile | car | car
a rowing boat | boat | boat
a wagon | cart | wagon
a keg | barrel | keg, barrel
a fir | pine | pine
a trunk | chest | chest
a flask | bottle | bottle
a mallet | hammer | hammer
a blade | sword | sword, knife
a signpost | sign | sign
a picket fence | fence | fence
a box | crate | box, crate
a cutlass | sword | sword
a nightstand | cabinet | nightstand, bedside table
# narrower: things of a kind that a program makes, but more than it can
a police car | - | police car
a racing car | - | racing car
a taxi | - | taxi
a fire truck | - | fire truck
an office chair | - | office chair
a viking boat | - | viking boat
a sailing ship | - | sailing ship
a palm tree | - | palm tree
a christmas tree | - | christmas tree
a dead tree | - | dead tree
a bunk bed | - | bunk bed
a coffee table | table | coffee table
a kitchen table | table | kitchen table
a desk lamp | lamp | table lamp
a street light | - | street light
a stop sign | - | stop sign
a traffic light | - | traffic light
a watchtower | tower | watchtower
a water tower | - | water tower
a treasure chest | chest | treasure chest, chest
a potion bottle | bottle | potion bottle
a pirate sword | - | pirate sword
a medieval house | - | medieval house
# other things: what only the library has
a dog | - | dog
a black cat | - | cat
a cow | - | cow
a zebra | - | zebra
a green dragon | - | dragon
a dinosaur | - | dinosaur
a shark | - | shark
a robot | - | robot
a knight | - | knight
an alien | - | alien
a sofa | - | sofa, couch
a fridge | - | fridge
a toilet | - | toilet
a bathtub | - | bathtub
a laptop | - | laptop
a television | - | television
a cactus | - | cactus
a bush | - | bush
a pumpkin | - | pumpkin
a gravestone | - | gravestone
a flag | - | flag
a cannon | - | cannon
a pistol | - | pistol
a helmet | - | helmet
a bow | - | bow
a spaceship | - | spaceship
an airplane | - | airplane, plane
a bicycle | - | bicycle
a bus | - | bus
a locomotive | - | locomotive
a castle | - | castle
a church | - | church
a windmill | - | windmill
an igloo | - | igloo
a pyramid | - | pyramid
an apple | - | apple
a banana | - | banana
a hamburger | - | hamburger, burger
a pizza | - | pizza
a birthday cake | - | cake
a candle | - | candle
a lantern | - | lantern
a key | - | key
an open book | - | book
a skull | - | skull
a bucket | - | bucket
a fire hydrant | - | fire hydrant
a snowman | - | snowman
a telescope | - | telescope
a wheelbarrow | cart | wheelbarrow
# nowhere: things that no source has, and no words at all
a helicopter | - | -
a grand piano | - | -
a guitar | - | -
an elephant | - | -
a submarine | - | -
a lighthouse | - | -
a violin | - | -
a pair of scissors | - | -
a teapot | - | -
a giraffe | - | -
a smartphone | - | -
a saxophone | - | -
qwertz uiop | - | -
freedom | - | -
love and peace | - | -
a car wash | - | -
a tree house | - | -
a table tennis racket | - | -
a bottle opener | - | -
a boat house | house | house
"""


@dataclass(frozen=True)
class Truth:
    """A prompt and what answers it."""

    kind: str
    prompt: str
    parametric: tuple[str, ...]
    """Categories of shape programs that are right."""
    library: tuple[str, ...]
    """Words that a right model's kind and name hold."""


def _read() -> list[Truth]:
    kind, found = "", []
    for line in TEXT.strip().splitlines():
        if line.startswith("#"):
            kind = line[2:].split(":")[0]
            continue
        prompt, parametric, library = (cell.strip() for cell in line.split("|"))
        found.append(Truth(kind, prompt, _words(parametric), _words(library)))
    return found


def _words(cell: str) -> tuple[str, ...]:
    return () if cell == "-" else tuple(word.strip() for word in cell.split(","))


PROMPTS = _read()
