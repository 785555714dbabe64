"""What the library may hold: nouns with the size of the real thing and other words for it.

A line of NOUNS: noun | least and greatest length of the longest side, metres | other words. Packs differ in
scale, so sizes come from here and not from the files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NOUNS = """
armchair | 0.8 1.1 | easy chair
chair | 0.8 1.1 | seat
bathtub | 1.5 1.8 | bath, tub
bed | 1.9 2.2 | bedstead
bunk bed | 1.9 2.2 | double decker bed
bench | 1.2 1.8 |
bookcase | 1.6 2.1 | bookshelf, book rack
bookshelf | 1.6 2.1 | bookcase
cabinet | 0.8 1.4 | cupboard, sideboard
television cabinet | 1.2 1.6 | tv stand, media console
closet | 1.8 2.1 | wardrobe, armoire
wardrobe | 1.8 2.1 | closet, armoire
carpet | 1.8 2.6 | rug
rug | 1.2 2.4 | carpet, mat
couch | 1.8 2.4 | sofa, settee
sofa | 1.8 2.4 | couch, settee
coffee machine | 0.3 0.45 | coffee maker, espresso machine
kitchen counter | 0.9 1.2 | counter, worktop
desk | 1.2 1.6 | writing table, bureau
ceiling fan | 1.0 1.3 | fan
fridge | 1.2 1.9 | refrigerator, freezer
lamp | 0.4 0.6 | light
floor lamp | 1.4 1.7 | standing lamp
standing lamp | 1.4 1.7 | floor lamp
ceiling lamp | 0.4 0.6 | pendant lamp
table lamp | 0.35 0.55 | desk lamp, bedside lamp
mirror | 0.7 1.2 | looking glass
nightstand | 0.5 0.65 | bedside table
bedside table | 0.5 0.65 | nightstand
ottoman | 0.5 0.8 | footstool, pouf
oven | 0.6 0.9 | baking oven
coat rack | 1.6 1.9 | coat stand, hat stand
shelf | 0.8 1.2 | rack, ledge
storage shelf | 1.6 2.1 | shelving, storage rack
shower | 1.9 2.2 | shower cabin
sink | 0.7 1.0 | wash basin, washbasin
stool | 0.4 0.75 |
stove | 0.8 1.0 | cooker, hob, range
table | 1.0 1.8 |
coffee table | 0.9 1.3 |
side table | 0.6 0.9 | console table
toilet | 0.7 0.85 | lavatory, loo
washer | 0.8 0.9 | washing machine
dryer | 1.6 1.8 | tumble dryer
television | 0.6 1.2 | tv, telly
satellite dish | 1.5 3 | dish, radar dish
target | 1.0 1.5 | bullseye, dartboard
trash bag | 0.5 0.8 | garbage bag, bin bag
bag | 0.4 0.7 | sack, pouch
sack | 0.5 0.8 | bag
banner | 1.2 2.2 | pennant, tapestry
flag | 1.5 3 | pennant, ensign
barrel | 0.8 1.1 | cask, drum
keg | 0.6 0.9 | beer barrel
blender | 0.35 0.45 | mixer
coin block | 0.8 1.0 |
stone block | 0.8 1.2 | brick, stone
cutting board | 0.35 0.5 | chopping board
bolt | 0.05 0.12 | screw
nut | 0.04 0.08 |
bomb | 0.25 0.4 | grenade
bone | 0.25 0.45 |
ribcage | 0.5 0.7 | ribs
book | 0.2 0.32 | tome
spell book | 0.25 0.35 | grimoire, magic book
bottle | 0.2 0.32 | flask
potion bottle | 0.12 0.22 | potion, elixir, flask, vial
bowl | 0.15 0.28 | dish
box | 0.3 0.6 | carton, package, parcel
cardboard box | 0.3 0.6 | carton, package, parcel
mystery box | 0.6 0.9 | question block
brick | 0.22 0.3 |
bucket | 0.28 0.4 | pail
campfire | 0.7 1.1 | bonfire, fire
can | 0.11 0.16 | tin
soda can | 0.11 0.13 | tin, beverage can
trash can | 0.6 0.9 | garbage can, dustbin, bin
candelabrum | 0.4 1.4 | candelabra, candle holder, candlestick
candle | 0.12 0.25 | taper
lantern | 0.3 0.45 | oil lamp
chest | 0.6 1.0 | treasure chest, trunk, coffer
treasure chest | 0.6 1.0 | chest, loot
trunk chest | 0.6 1.0 | chest, trunk
coffin | 1.9 2.1 | casket
coin | 0.03 0.06 | money, doubloon
gold coin | 0.03 0.06 |
traffic cone | 0.5 0.75 | road cone, cone
console | 0.9 1.4 | control panel
container | 0.8 1.4 |
cargo container | 0.8 1.6 | freight container
crate | 0.5 0.9 | wooden box, case
cross | 0.8 1.4 | crucifix
cube | 0.5 1.0 | block
diamond | 0.1 0.3 | gem, jewel
gem | 0.2 0.4 | jewel, crystal
training dummy | 1.5 1.8 | dummy, scarecrow
dumpster | 1.8 2.4 | skip, garbage container
floodlight | 2 3 | spotlight
picture frame | 0.3 0.9 | photo frame, picture, painting
grave | 0.9 1.4 | tomb
gravestone | 0.9 1.4 | tombstone, headstone, tomb
heart | 0.3 0.5 |
extractor hood | 0.6 0.9 | cooker hood, range hood
fire hydrant | 0.7 0.9 | hydrant
jar | 0.12 0.28 | pot, canister
key | 0.06 0.15 |
key ring | 0.12 0.2 | keys
laptop | 0.33 0.4 | notebook computer
computer screen | 0.45 0.65 | monitor, display
computer | 0.9 1.5 | terminal
lever | 0.3 0.5 | switch
lid | 0.2 0.35 | cover
street light | 3.5 6 | street lamp, lamp post, lamppost
traffic light | 2.8 4 | stoplight, traffic signal
lumber | 1.5 2.5 | planks, timber, logs
menu | 0.2 0.3 |
microwave | 0.45 0.55 | microwave oven
mug | 0.12 0.18 | tankard, cup
pallet | 1.0 1.3 |
frying pan | 0.35 0.5 | pan, skillet
paper | 0.2 0.35 |
scroll | 0.25 0.4 | parchment
pedestal | 0.9 1.3 | plinth
lightning bolt | 0.3 0.5 | flash
star | 0.3 0.5 |
pillow | 0.4 0.7 | cushion
plate | 0.18 0.3 | dish
cooking pot | 0.28 0.45 | pot, saucepan, cauldron
dish rack | 0.35 0.5 |
pod | 1.8 2.4 | capsule
capsule | 1.0 1.8 |
portal | 1.8 3 | gateway
weapon rack | 1.2 1.8 |
radio | 0.3 0.45 | transistor
towel rail | 0.5 0.7 | towel rack
tea set | 0.6 0.9 | teapot, tea service
arrow sign | 1.0 1.6 | signpost, direction sign
stop sign | 2.2 2.6 | road sign
traffic sign | 2.2 2.6 | road sign
warning sign | 2.2 2.6 | road sign
skull | 0.2 0.28 | cranium
skeleton | 1.5 1.8 |
speaker | 0.4 1.1 | loudspeaker
spike | 0.4 0.9 | thorn
spike trap | 0.8 1.2 | trap
bear trap | 0.4 0.6 | trap
saw blade | 0.5 0.9 | circular saw, saw
trapdoor | 0.9 1.3 | hatch
horse statue | 2 3 | monument, sculpture
statue | 2 3 | sculpture, monument
telescope | 0.5 0.9 | spyglass
torch | 0.5 0.7 |
trophy | 0.5 0.8 |
urn | 0.4 0.7 |
vase | 0.25 0.6 | flower vase
vessel | 0.8 1.6 | tank, canister
watchtower | 6 10 | lookout, guard tower
wheelbarrow | 1.2 1.6 | barrow
barn | 9 15 | farmhouse, stable
building | 9 16 | block, office, apartment
block of flats | 12 18 | apartment building, apartment block
house | 7 12 | home, cottage
bridge | 4 10 |
shrine | 1.5 2.5 | altar
chicken coop | 2 3 | hen house
crypt | 4 6 | mausoleum, tomb
archery range | 8 12 |
barracks | 10 15 |
blacksmith | 8 12 | smithy, forge
castle | 25 40 | fortress, palace
church | 12 18 | chapel
lumber mill | 8 12 | sawmill
market building | 8 12 | market, market stall
mine building | 8 12 | mine
tavern | 9 13 | inn, pub
tower | 9 18 | keep
castle tower | 9 16 | tower
watermill | 8 12 |
well | 2 3 | water well
windmill | 10 15 |
hospital | 18 26 | clinic
igloo | 3 5 |
space base module | 6 10 | moon base, habitat
monument | 4 8 | totem
solar panel | 3 6 |
pantheon | 30 45 | roman temple
temple | 18 30 | shrine
pyramid | 30 60 |
burger shop | 8 12 | fast food restaurant
shop | 8 12 | store
silo | 10 15 | grain silo
space station | 8 15 |
tent | 2.5 4 | canopy, pavilion
water tower | 10 15 |
fountain | 3 5 |
ruin | 5 9 |
asteroid | 2 6 | meteor
meteor | 1 4 | meteorite
bush | 0.8 1.6 | shrub, hedge
cactus | 0.3 1.8 | succulent
cloud | 2 6 |
crater | 3 8 |
flower | 0.3 0.6 | tulip, blossom
grass | 0.3 0.7 | weed
grain | 5 8 | wheat field
hedge | 1.5 3 |
hill | 10 20 | mound
mountain | 50 120 | peak
water lily | 0.3 0.6 | lily pad
moon | 3 6 |
mushroom | 0.1 0.4 | toadstool
planet | 3 6 | globe
water plant | 0.4 0.9 | reed
potted plant | 0.4 0.9 | houseplant, pot plant
plant | 0.4 0.9 |
pumpkin | 0.3 0.5 |
jack-o-lantern | 0.3 0.5 | halloween pumpkin
rock | 0.6 2 | stone, boulder
snowman | 1.4 1.9 |
tree stump | 0.5 0.9 | stump, log
tree trunk | 1 2 | log
tree | 3 7 |
palm tree | 4 8 | palm
pine tree | 4 9 | fir, conifer, spruce
christmas tree | 1.8 3 |
dead tree | 3 6 | bare tree
airplane | 10 30 | aeroplane, plane, aircraft
plane | 7 12 | airplane, aeroplane, aircraft
ambulance | 5.5 6.5 |
hot air balloon | 15 22 | balloon
bicycle | 1.7 1.9 | bike, cycle
boat | 4 7 | rowing boat
viking boat | 15 22 | longship, drakkar, viking ship
lifeboat | 3 4.5 | raft, inflatable boat, dinghy
bus | 10 12 | coach
car | 4 4.8 | automobile
hatchback car | 3.8 4.3 |
police car | 4.5 5 | patrol car
sedan car | 4.5 5 |
station wagon car | 4.5 5 | estate car
taxi car | 4.5 5 | cab
taxi | 4.5 5 | cab
racing car | 4.2 4.8 | race car, formula car
suv car | 4.6 5.1 | suv, jeep, off-roader
sports car | 4.2 4.7 | race car, convertible
train | 16 24 | railway
locomotive | 10 18 | train, engine
train wagon | 12 18 | railway carriage, railcar
space lander | 5 8 | lander, moon lander
motorcycle | 2 2.3 | motorbike
private jet plane | 14 20 | jet
ship | 20 40 | vessel
cruise ship | 150 250 | ocean liner
sailing ship | 30 45 | galleon, sailboat, pirate ship
tractor | 3.5 5 |
spacecraft | 8 16 | spaceship, starship, space ship, star fighter
spaceship | 8 16 | spacecraft, starship, rocket, space ship, rocket ship
tank | 7 9 | panzer
space truck | 5 8 | rover
delivery truck | 6 8 | lorry
fire truck | 8 10 | fire engine
garbage truck | 8 10 |
truck | 6 9 | lorry, pickup
toy truck | 0.3 0.5 |
van | 4.8 5.6 | minibus
wheel | 0.6 0.9 | tyre, tire
ladder | 2 3.5 |
fence | 1.5 2.5 | railing
gate | 2 4 |
door | 2 2.3 |
column | 3 5 | pillar
pillar | 2.5 4 | column
stairs | 2 4 | staircase, steps
arch | 3 5 | archway
window | 1.2 1.8 |
arrow | 0.7 0.85 |
axe | 0.7 1.2 | hatchet, battleaxe
ballista | 3 5 |
smoke bomb | 0.15 0.25 |
bow | 1.2 1.6 | longbow
cannon | 1.8 2.6 |
catapult | 3 5 |
trebuchet | 6 9 | catapult
claymore | 1.2 1.5 | greatsword
club | 0.7 1.0 | mace, bat
crossbow | 0.7 0.9 |
dagger | 0.3 0.45 | stiletto
blaster gun | 0.3 0.6 | laser gun, ray gun
ray gun | 0.3 0.6 | laser gun, blaster
gun | 0.25 0.8 | firearm
hammer | 0.5 1.2 | mallet, warhammer
helmet | 0.3 0.4 | helm
katana | 0.9 1.1 | samurai sword
knife | 0.25 0.4 | blade
rocket launcher | 1.0 1.4 | bazooka
pistol | 0.2 0.3 | handgun, gun
quiver | 0.6 0.8 |
battering ram | 4 6 |
revolver | 0.25 0.32 | gun
rifle | 0.9 1.2 | gun, musket
sniper rifle | 1.1 1.4 |
scythe | 1.4 1.8 |
shield | 0.6 1.0 |
shovel | 0.9 1.2 | spade
spear | 1.8 2.4 | lance, javelin
staff | 1.4 1.8 | rod, wizard staff
wand | 0.3 0.45 | magic wand
sword | 0.8 1.2 | blade
siege tower | 8 12 |
apple | 0.07 0.09 |
banana | 0.16 0.2 |
bun | 0.1 0.14 | bread roll
burger | 0.1 0.16 | hamburger, cheeseburger
veggie burger | 0.1 0.16 |
hamburger | 0.1 0.16 | burger, cheeseburger
cake | 0.22 0.3 | birthday cake
carrot | 0.15 0.22 |
cheese | 0.12 0.25 |
cherry | 0.04 0.07 |
coffee | 0.09 0.12 | cup of coffee
cup | 0.09 0.16 | mug
cookie | 0.07 0.1 | biscuit
ice cream | 0.15 0.2 | gelato
cupcake | 0.07 0.1 | muffin
hot dog | 0.16 0.2 | sausage
donut | 0.09 0.12 | doughnut
food | 0.25 0.3 | meal, dinner
ham | 0.2 0.3 | meat, drumstick
ketchup | 0.16 0.22 | tomato sauce
mustard | 0.16 0.22 |
lettuce | 0.16 0.22 | salad, cabbage
milkshake | 0.18 0.24 | shake
onion | 0.07 0.1 |
orange | 0.07 0.09 |
pizza | 0.2 0.26 |
stew | 0.25 0.35 | casserole
soup | 0.16 0.22 |
potato | 0.08 0.12 |
steak | 0.2 0.26 | beef, meat
tomato | 0.06 0.09 |
soda | 0.16 0.22 | soft drink, lemonade
alien | 1.4 1.9 | extraterrestrial
knight | 1.6 1.9 | paladin, warrior
astronaut | 1.8 2 | spaceman
barbarian | 1.6 2 | viking, warrior
rogue | 1.6 1.9 | thief, archer
mage | 1.6 1.9 | wizard, witch, sorcerer
soldier | 1.6 1.9 |
robot | 1.2 1.9 | android, droid
man | 1.7 1.85 | person, human, guy
woman | 1.6 1.75 | person, human, girl
mannequin | 1.6 1.9 | dummy
monster | 1.2 2.5 | creature
slime monster | 0.6 1.2 | slime, blob
avocado | 0.1 0.16 |
pineapple | 0.22 0.3 |
watermelon | 0.25 0.35 |
bat | 0.4 0.8 |
bird | 0.2 0.4 |
seagull | 0.5 0.9 | gull
cat | 0.6 0.8 | kitten, kitty
chick | 0.1 0.16 | chicken
cow | 2 2.5 | cattle, bull
dinosaur | 4 12 | dino
tyrannosaurus | 10 12 | t rex, trex, dinosaur
dog | 0.7 1 | puppy, hound
pug | 0.4 0.6 | dog
dolphin | 2 3 |
dragon | 3 8 | wyvern
eagle | 1.6 2.1 |
elk | 2 2.6 | deer, stag, moose, reindeer
fish | 0.2 0.5 |
fox | 0.8 1.1 |
frog | 0.08 0.16 | toad
horse | 2 2.5 | pony, stallion
panda | 1.3 1.8 | bear
pig | 1.1 1.5 | hog, boar
piranha | 0.2 0.35 | fish
rat | 0.25 0.4 | mouse
manta ray | 3 5 | ray, stingray
scorpion | 0.12 0.25 |
shark | 3 5 |
sheep | 1.1 1.4 | lamb
snake | 0.8 1.6 | cobra
spider | 0.1 0.3 |
wasp | 0.02 0.06 | bee, hornet
whale | 10 20 |
wolf | 1.3 1.7 |
zebra | 2 2.4 |
"""

RENAMED = {
    "quaternius-train-pack-2019/HighSpeed_Front": "high speed train locomotive",
    "quaternius-train-pack-2019/CargoTrain_Front": "cargo train locomotive",
    "quaternius-train-pack-2019/Locomotive_Front": "steam locomotive",
    "quaternius-train-pack-2019/HighSpeed_Wagon": "high speed train wagon",
    "quaternius-train-pack-2019/Locomotive_Passenger_Wagon": "passenger train wagon",
    "quaternius-furniture-pack-2017/BedKing": "king size bed",
    "quaternius-furniture-pack-2019/BedTwin": "old single bed",
    "quaternius-furniture-pack-2019/BedDouble": "old double bed",
    "kenney-furniture-pack/kitchenCoffeeMachine": "coffee machine",
    "quaternius-furniture-pack-2017/BookCaseLarge": "large bookcase",
    "quaternius-platformer-pack-2018/Sign_Left": "wooden arrow sign",
    "quaternius-platformer-pack-2018/Sign_LeftRight": "wooden arrow sign with two arrows",
    "kenney-platformer-kit/arrow": "wooden arrow sign",
    "kenney-platformer-kit/arrows": "wooden arrow sign with two arrows",
    "kenney-platformer-kit/saw": "circular saw blade",
    "kenney-furniture-pack/washerDryerStacked": "stacked washer and dryer",
    "kenney-furniture-pack/bear": "bear head trophy",
    "quaternius-nature-pack-essentials-vol-3-2016/DeadTree": "dead tree",
    "kaykit-city-builder-bits/car_taxi": "taxi car",
    "quaternius-pirate-pack-2016/Brass_Telescope": "brass telescope",
    "quaternius-modular-scifi/Props_Computer": "tall computer",
    "quaternius-modular-scifi/Props_ComputerSmall": "small computer",
    "quaternius-powerups-2016/Bolt": "lightning bolt",
    "quaternius-powerups-2016/Star": "five-pointed star",
    "quaternius-platformer-pack-2018/Star": "star",
    "quaternius-platformer-pack-2018/Heart_Full": "heart",
    "kaykit-character-pack-adventures/Barbarian": "barbarian",
    "kaykit-character-pack-skeletons/Skeleton_Blade": "broken sword",
    "mesh2motion/kaiju-t-rex": "tyrannosaurus",
    "quaternius-dinosaur-animated-pack-2018/Trex": "tyrannosaurus",
    "quaternius-farm-animals-animated-2018/Pug": "pug",
    "quaternius-animals-pack-2016/Chick": "chick",
}
"""Better names for models whose file name says it oddly, by id."""

LEFT_OUT = re.compile(
    r"kenney-space-kit/(alien|astronaut|satelliteDish|turret)|kenney-castle-kit/(king|knight|flag|bridge)"
    r"|/Smooth_|debris|_destroyed|kenney-platformer-kit/(heart|bridge)|cloud-pack-2016/(?!AirBalloon)|starter-platformer/cloud"
    r"|starter-.*/(cloud|grass)|bush-pack-2016/.*(berries|curl)|/BearTrap_Closed|pavement-fountain"
    r"|modular-medieval-buildings-2017/(Bridge|Dummy|Bars)|/DeadTree_4|target_pieces|target_wall"
    r"|kaykit-halloween-bits/candle_|kaykit-dungeon-remastered/(candle_thin|bed_floor|bottle_C|coin$)"
    r"|restaurant-bits/jar_[CD]|rpg-asset-pack-2017/Gems|furniture-pack/(rugRounded|kitchenBarEnd|televisionAntenna)"
    r"|halloween-bits/(bone_B|bone_C|gravemarker)|fruit-characters.*/AvocadoFlatshaded|kaiju"
    r"|furniture-pack-2016/Nightstand|(pirate|desert)-pack-2016/Skull|public-transport-pack-2017/TrafficSign2"
    r"|posed-background-characters-2018/.*(PickingUp|LookingUp|CoveringEyes|Hips|Cheering)"
    r"|animals-pack-2016/Red_Fox$|sci-fi-guns-2018/|animated-fps-guns-2018/|space-kit/(bones|rail|meteor|hangar|robot$)"
    r"|medieval-hexagon-pack/(mountain|hill|hills|trees|waterplant|waterlily)|snow-nature-pack-2016/Bush"
    r"|space-base-bits/(lander_base|roofmodule|eco|cargodepot|structure)|train-pack-2019/.*(Container|Tender)",
)
"""Ids that are left out after looking at all of them: odd shapes, near-duplicates, broken textures."""

TURNED = {
    "quaternius-animal-pack-vol-2-2017/Cat": -90,
    "quaternius-animal-pack-vol-2-2017/Dog": -90,
    "quaternius-animal-pack-vol-2-2017/Wolf": -90,
    "quaternius-animals-pack-2016/Chick": -90,
    "quaternius-desert-pack-2016/Scorpion": -90,
    "quaternius-easy-animated-enemy-pack-2019/Wasp": -90,
    "quaternius-furniture-pack-2016/Chair": -90,
    "quaternius-furniture-pack-2017/": -90,
    "kaykit-dungeon-remastered/chair": 90,
}
"""Degrees about +Y by which models of a pack or id prefix are turned so that their front faces +Z."""

COUNTED = re.compile(r"^(?:a |an )?(?:\w+ )*?(?:stack|pile|group|bundle|set|wooden crate|roll|pair) of (.+)$")
CUT = re.compile(r" (?:with|without|in|on|from|stuck|to|up|wearing)\b|,")
PLURALS = {"shelves": "shelf", "knives": "knife", "wolves": "wolf", "leaves": "leaf"}


@dataclass(frozen=True)
class Noun:
    """A kind of thing."""

    size_m: tuple[float, float]
    """Least and greatest length of the longest side."""
    synonyms: tuple[str, ...]


def read_nouns() -> dict[str, Noun]:
    """Gives NOUNS by noun."""
    nouns: dict[str, Noun] = {}
    for line in NOUNS.strip().splitlines():
        noun, size, others = (cell.strip() for cell in line.split("|"))
        least, greatest = (float(number) for number in size.split())
        words = tuple(word.strip() for word in others.split(",") if word.strip())
        nouns[noun] = Noun((least, greatest), words)
    return nouns


def singular(word: str) -> str:
    """Gives the singular of an English noun, well enough for these names."""
    if word in PLURALS:
        return PLURALS[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("oes") or re.search(r"(?:x|ch|sh|ss)es$", word):
        return word[:-2]
    if word.endswith(("ss", "us", "is")) or not word.endswith("s") or len(word) < 4:
        return word
    return word[:-1]


def noun_in(name: str, nouns: dict[str, Noun]) -> str | None:
    """Gives the longest noun of the table that the name's head ends in; None if there is none."""
    counted = COUNTED.match(name.lower())
    head = CUT.split(counted.group(1) if counted else name.lower())[0]
    of = head.split(" of ")
    for phrase in (head, of[-1] if of[0].split()[-1] in {"bowl", "plate", "cup"} else of[0]):
        words = phrase.split()
        for start in range(len(words)):
            for tail in (words[start:], [*words[start:-1], singular(words[-1])]):
                if " ".join(tail) in nouns:
                    return " ".join(tail)
    words = head.split()
    character = words[:-1] if words and words[-1] in {"character", "enemy", "dinosaur", "dog", "rex"} else []
    for start in range(len(character)):
        if " ".join(character[start:]) in nouns:
            return " ".join(character[start:])
    people = [word for word in words if word in {"man", "woman", "knight", "alien"}]
    return people[-1] if people else None
