import { decodeCutout } from "../formats/decode-cutout.ts";
import { decodeImage } from "../formats/decode-image.ts";
import { CoreError } from "../protocol/errors.ts";
import { LIMITS_DEFAULTS } from "../protocol/limits.ts";
import type { CutoutImage, FloatImage } from "../tensor/image.ts";

const MAX_PIXELS = LIMITS_DEFAULTS.max_pixels;

/** Decodes the pictures that a request names; one that is used twice is decoded once. */
export class InputImages {
  readonly #readAsset: (sha256: string) => Promise<Uint8Array>;
  readonly #decoded = new Map<string, Promise<FloatImage>>();

  constructor(readAsset: (sha256: string) => Promise<Uint8Array>) {
    this.#readAsset = readAsset;
  }

  /**
   * Gives a picture.
   *
   * @param field where it stands in the request, for messages
   * @param meaning `picture` converts an embedded colour profile to sRGB, `data` keeps the numbers
   * @throws CoreError ASSET_UNREADABLE naming the field, ASSET_NOT_FOUND
   */
  read(sha256: string, field: string, meaning: "data" | "picture" = "data"): Promise<FloatImage> {
    const key = `${meaning} ${sha256}`;
    const known = this.#decoded.get(key);
    if (known !== undefined) return known;
    const image = this.#decode(sha256, field, meaning);
    this.#decoded.set(key, image);
    return image;
  }

  /**
   * Gives a picture with its transparency, colours converted to sRGB.
   *
   * @param field where it stands in the request, for messages
   * @throws CoreError ASSET_UNREADABLE naming the field, ASSET_NOT_FOUND
   */
  readCutout(sha256: string, field: string): Promise<CutoutImage> {
    return this.#named(sha256, field, (bytes) => decodeCutout(bytes, { max_pixels: MAX_PIXELS, meaning: "picture" }));
  }

  #decode(sha256: string, field: string, meaning: "data" | "picture"): Promise<FloatImage> {
    return this.#named(sha256, field, (bytes) => decodeImage(bytes, { max_pixels: MAX_PIXELS, meaning }));
  }

  /** Decodes; errors name the field. */
  async #named<T>(sha256: string, field: string, decode: (bytes: Uint8Array) => Promise<T>): Promise<T> {
    const bytes = await this.#readAsset(sha256);
    try {
      return await decode(bytes);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      throw new CoreError(error.code, `${field}: ${error.message}`, {
        data: { ...error.data, field, sha256 },
        ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
        cause: error,
      });
    }
  }
}
