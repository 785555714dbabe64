import { axe } from "./axe.ts";
import { barrel } from "./barrel.ts";
import { bed } from "./bed.ts";
import { bench } from "./bench.ts";
import { boat } from "./boat.ts";
import { bottle } from "./bottle.ts";
import { bowl } from "./bowl.ts";
import { cabinet } from "./cabinet.ts";
import { car } from "./car.ts";
import { cart } from "./cart.ts";
import { chair } from "./chair.ts";
import { chest } from "./chest.ts";
import { crate } from "./crate.ts";
import { cup } from "./cup.ts";
import { fence } from "./fence.ts";
import { hammer } from "./hammer.ts";
import { house } from "./house.ts";
import { lamp } from "./lamp.ts";
import { mushroom } from "./mushroom.ts";
import { pine } from "./pine.ts";
import type { Program } from "./program.ts";
import { rock } from "./rock.ts";
import { shelf } from "./shelf.ts";
import { shield } from "./shield.ts";
import { sign } from "./sign.ts";
import { stool } from "./stool.ts";
import { sword } from "./sword.ts";
import { table } from "./table.ts";
import { tower } from "./tower.ts";
import { tree } from "./tree.ts";
import { vase } from "./vase.ts";

/** All shape programs, by kind of thing. */
export const PROGRAMS: readonly Program[] = [
  chair,
  stool,
  table,
  bench,
  bed,
  shelf,
  cabinet,
  lamp,
  cup,
  bowl,
  vase,
  bottle,
  barrel,
  crate,
  chest,
  sword,
  axe,
  hammer,
  shield,
  house,
  tower,
  tree,
  pine,
  rock,
  mushroom,
  fence,
  sign,
  cart,
  car,
  boat,
];
