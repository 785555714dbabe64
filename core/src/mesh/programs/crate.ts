import { box } from "../kit/box.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Wooden crate: boards, corner frames and a brace on each side. */
export const crate = defineProgram({
  category: "crate",
  size: [0.4, 1.35],
  parameters: {
    width: metres(0.45, 1.2),
    height: metres(0.4, 1),
    depth: metres(0.45, 1),
    boards: count(3, 6),
    brace: oneOf("diagonal", "cross", "none"),
    wood: oneOf(...WOODS),
    corners: oneOf("wood", "iron"),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const frame = p.corners === "iron" ? surface("iron") : wood;
    const thick = 0.022;
    const edge = Math.min(p.width, p.height, p.depth) * 0.13;
    builder.add(
      "core",
      {
        ...wood,
        name: `dark ${p.wood}`,
        baseColour: [wood.baseColour[0] * 0.4, wood.baseColour[1] * 0.4, wood.baseColour[2] * 0.4],
      },
      move(box(p.width - 4 * thick, p.height - 4 * thick, p.depth - 4 * thick), 0, 2 * thick, 0),
    );
    const side = (length: number): Solid[] => {
      const tall = (p.height - 2 * thick) / p.boards;
      return Array.from({ length: p.boards }, (_, at) =>
        move(box(length, tall - 0.008, thick, 0.004), 0, thick + at * tall + 0.004, 0),
      );
    };
    const boards: Solid[] = [];
    const frames: Solid[] = [];
    const braces: Solid[] = [];
    for (const angle of [0, 90, 180, 270]) {
      const [length, out] = angle % 180 === 0 ? [p.width, p.depth / 2] : [p.depth, p.width / 2];
      const put = (solid: Solid, z: number) => turn(move(solid, 0, 0, z), "y", angle);
      boards.push(...side(length - 2.2 * thick).map((board) => put(board, out - thick * 1.5)));
      const upright = box(edge, p.height - 2 * edge - 0.002, thick * 1.4, 0.005);
      frames.push(
        ...bothSides(
          move(upright, length / 2 - edge / 2 - (angle % 180 === 0 ? 0 : thick * 0.75), edge + 0.001, 0),
        ).map((solid) => put(solid, out - thick * 0.7)),
      );
      const level = box(length - (angle % 180 === 0 ? 0 : thick * 2.9), edge, thick * 1.4, 0.005);
      frames.push(put(level, out - thick * 0.7), put(move(level, 0, p.height - edge, 0), out - thick * 0.7));
      if (p.brace === "none") continue;
      const [dx, dy] = [length - 2.6 * edge, p.height - 2.6 * edge];
      const diagonal = box(Math.hypot(dx, dy), edge * 0.8, thick * 0.9, 0.004);
      const tilt = (Math.atan2(dy, dx) * 180) / Math.PI;
      const slant = (sign: number, depth: number) =>
        put(move(turn(move(diagonal, 0, -edge * 0.4, 0), "z", sign * tilt), 0, p.height / 2, 0), out - depth);
      braces.push(slant(1, thick * 0.75));
      if (p.brace === "cross") braces.push(slant(-1, thick * 0.8));
    }
    builder.add("boards", wood, boards);
    const lid = p.depth / p.boards;
    const lids = Array.from({ length: p.boards }, (_, at) =>
      move(box(p.width - thick * 2.9, thick, lid - 0.008, 0.004), 0, 0, (at + 0.5 - p.boards / 2) * lid * 0.94),
    );
    builder.add("lid", wood, [
      ...lids.map((board) => move(board, 0, p.height - thick * 1.6, 0)),
      ...lids.map((board) => move(board, 0, thick * 0.6, 0)),
    ]);
    builder.add("frames", frame, frames);
    builder.add("braces", wood, braces);
  },
});
