import { box } from "../kit/box.ts";
import { extrude, type PlanePoint } from "../kit/extrude.ts";
import { cylinder } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { move, turn } from "../kit/solid.ts";
import { defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Signpost: an arrow, a board or a round road sign on a post. */
export const sign = defineProgram({
  category: "sign",
  size: [1, 2.7],
  parameters: {
    height: metres(1.2, 2.5),
    width: metres(0.5, 0.95),
    shape: oneOf("arrow", "board", "round", "triangle"),
    arrows: oneOf("one", "two"),
    post: oneOf("wood", "steel"),
    wood: oneOf(...WOODS),
    colour: oneOf(...COLOUR_NAMES),
    border: oneOf(...COLOUR_NAMES),
  },
  build(p, builder) {
    const isRoad = p.shape === "round" || p.shape === "triangle";
    const postWood = p.post === "wood" && !isRoad;
    const post = postWood
      ? move(box(0.1, p.height, 0.1, 0.015), 0, 0, 0)
      : cylinder(0.03, p.height - 0.06, { segments: 16, bevel: 0.006 });
    builder.add("post", postWood ? surface(p.wood) : surface("steel"), post);
    // A wooden post is rammed into the ground; a steel one stands on a plate.
    if (!postWood) builder.add("foot", surface("steel"), box(0.14, 0.016, 0.14, 0.004));
    const face = coloured(p.colour, "paint");
    const edge = coloured(p.border, "paint");
    const w = p.width;
    const front = 0.075;
    const layers = (outline: PlanePoint[], y: number, share: number) => {
      const small = outline.map(([px, py]): PlanePoint => [px * share, py * share]);
      builder.add("border", edge, move(extrude(outline, 0.03, 0.005), 0, y, front));
      builder.add("face", face, move(extrude(small, 0.012, 0.002), 0, y, front + 0.018));
    };
    if (p.shape === "round") layers(polygon(36, w * 0.42), p.height - w * 0.42, 0.84);
    if (p.shape === "triangle")
      layers(
        [
          [-w * 0.48, -w * 0.3],
          [w * 0.48, -w * 0.3],
          [0, w * 0.52],
        ],
        p.height - w * 0.5,
        0.74,
      );
    if (p.shape === "board") {
      layers(
        [
          [-w / 2, -w * 0.26],
          [w / 2, -w * 0.26],
          [w / 2, w * 0.26],
          [-w / 2, w * 0.26],
        ],
        p.height - w * 0.32,
        0.88,
      );
    }
    if (p.shape === "arrow") {
      const tall = 0.1 + w * 0.05;
      const outline: PlanePoint[] = [
        [-w / 2, -tall],
        [w * 0.36, -tall],
        [w * 0.54, 0],
        [w * 0.36, tall],
        [-w / 2, tall],
        [-w * 0.42, 0],
      ];
      const arrow = extrude(outline, 0.035, 0.006);
      builder.add("arrow", face, move(arrow, w * 0.12, p.height - tall * 1.6, front));
      const cap = box(0.14, 0.05, 0.14, 0.012);
      if (postWood) builder.add("cap", surface(p.wood), move(cap, 0, p.height - 0.004, 0));
      if (p.arrows === "two")
        builder.add("second arrow", edge, move(turn(arrow, "y", 180), -w * 0.12, p.height - tall * 4, front + 0.0005));
    }
  },
});

function polygon(corners: number, radius: number): PlanePoint[] {
  return Array.from({ length: corners }, (_, k): PlanePoint => {
    const angle = ((k + 0.5) * 2 * Math.PI) / corners - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
