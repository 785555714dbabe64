/** Smooth random numbers over space, the same for the same seed and place. */
export type Noise = (x: number, y: number, z: number) => number;

/** Makes value noise: random numbers in [-1, 1] at whole places, smooth between them. */
export function makeNoise(seed: number): Noise {
  const start = Math.imul(seed | 0, 0x9e3779b1) | 0;
  const corner = (x: number, y: number, z: number) => {
    let hash = start ^ Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(z, 0x1b873593);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2147483648 - 1;
  };
  return (x, y, z) => {
    // Plain numbers and no arrays: a texture asks ten million times.
    const ix = Math.floor(x);
    const iy = Math.floor(y);
    const iz = Math.floor(z);
    const u = smooth(x - ix);
    const v = smooth(y - iy);
    const w = smooth(z - iz);
    const a = corner(ix, iy, iz) * (1 - u) + corner(ix + 1, iy, iz) * u;
    const b = corner(ix, iy + 1, iz) * (1 - u) + corner(ix + 1, iy + 1, iz) * u;
    const c = corner(ix, iy, iz + 1) * (1 - u) + corner(ix + 1, iy, iz + 1) * u;
    const d = corner(ix, iy + 1, iz + 1) * (1 - u) + corner(ix + 1, iy + 1, iz + 1) * u;
    const near = a * (1 - v) + b * v;
    const far = c * (1 - v) + d * v;
    return near * (1 - w) + far * w;
  };
}

/** Sums three octaves of noise, each twice as fine and half as strong; about [-1, 1]. */
export function fractal(noise: Noise, x: number, y: number, z: number): number {
  return (
    (noise(x, y, z) + noise(x * 2.03, y * 2.03, z * 2.03) * 0.5 + noise(x * 4.01, y * 4.01, z * 4.01) * 0.25) / 1.5
  );
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}
