/** A rectangle, any unit. */
export interface Rectangle {
  readonly width: number;
  readonly height: number;
}

/** Where a rectangle lies. */
export interface Placement {
  /** Lower left corner of its content, texels. */
  readonly x: number;
  readonly y: number;
  /** Whether it lies on its side: turned by 90°. */
  readonly turned: boolean;
}

/** All rectangles in one square. */
export interface Packing {
  /** Texels a unit. */
  readonly scale: number;
  /** In the order of the rectangles. */
  readonly placements: readonly Placement[];
}

/** Rounds of bisection: the scale comes within 0.4 % of the largest that this packer finds. */
const ROUNDS = 10;
/** Below this length of the longest rectangle, texels, each takes no more room than one texel and the padding. */
const LEAST = 1e-3;

/**
 * Packs rectangles into a square of `size` texels at one scale, as large as it finds; at least `padding` texels lie between two of
 * them and half as many to the rim (skyline, bottom left; Jylänki 2010).
 * Gives nothing if there is no room for so many at any scale.
 */
export function packRectangles(rectangles: readonly Rectangle[], size: number, padding: number): Packing | undefined {
  const area = rectangles.reduce((sum, { width, height }) => sum + width * height, 0);
  const longest = rectangles.reduce((most, { width, height }) => Math.max(most, width, height), 0);
  if (longest === 0)
    return { scale: 1, placements: rectangles.map(() => ({ x: size / 2, y: size / 2, turned: false })) };
  let high = Math.min((size - padding) / longest, size / Math.sqrt(Math.max(area, 1e-12)));
  let low = high;
  let best = tryScale(rectangles, size, padding, low);
  while (best === undefined) {
    high = low;
    low *= 0.7;
    best = tryScale(rectangles, size, padding, low);
    if (low * longest < LEAST) return undefined;
  }
  for (let round = 0; round < ROUNDS && low < high; round += 1) {
    const middle = (low + high) / 2;
    const found = tryScale(rectangles, size, padding, middle);
    if (found === undefined) high = middle;
    else {
      low = middle;
      best = found;
    }
  }
  return { scale: low, placements: best };
}

function tryScale(
  rectangles: readonly Rectangle[],
  size: number,
  padding: number,
  scale: number,
): Placement[] | undefined {
  const cells = rectangles.map(({ width, height }, index) => {
    const turned = height > width;
    const [long, short] = turned ? [height, width] : [width, height];
    return { index, turned, width: Math.ceil(long * scale) + padding, height: Math.ceil(short * scale) + padding };
  });
  cells.sort((a, b) => b.height - a.height || b.width - a.width || a.index - b.index);
  let skyline = [{ x: 0, y: 0, width: size }];
  const placements: Placement[] = new Array(rectangles.length);
  for (const { index, turned, width, height } of cells) {
    let place: { x: number; y: number } | undefined;
    for (let at = 0; at < skyline.length; at += 1) {
      const x = skyline[at]?.x as number;
      if (x + width > size) break;
      let y = 0;
      for (let over = at; over < skyline.length && (skyline[over]?.x as number) < x + width; over += 1) {
        y = Math.max(y, skyline[over]?.y as number);
      }
      if (y + height <= size && (place === undefined || y < place.y)) place = { x, y };
    }
    if (place === undefined) return undefined;
    placements[index] = { x: place.x + padding / 2, y: place.y + padding / 2, turned };
    skyline = raise(skyline, place.x, width, place.y + height);
  }
  return placements;
}

type Skyline = { x: number; y: number; width: number }[];

function raise(skyline: Skyline, x: number, width: number, y: number): Skyline {
  const raised: Skyline = [];
  let isPut = false;
  for (const step of skyline) {
    const end = step.x + step.width;
    if (step.x < x) raised.push({ x: step.x, y: step.y, width: Math.min(end, x) - step.x });
    if (!isPut && end > x) {
      raised.push({ x, y, width });
      isPut = true;
    }
    if (end > x + width) {
      const start = Math.max(step.x, x + width);
      raised.push({ x: start, y: step.y, width: end - start });
    }
  }
  return raised.filter((step) => step.width > 0);
}
