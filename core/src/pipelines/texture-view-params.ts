import type { ImageBundle } from "../models/bundle.ts";
import type { ControlKind, ImageParams } from "../protocol/image.ts";
import type { TextureParams } from "../protocol/mesh.ts";

/** Id colour of what is painted, in the segmentation map of a view. */
export const PAINTED_COLOUR = "#ff0000";
/** Id colour of what lies around it. */
export const BACKGROUND_COLOUR = "#0000ff";

/** What a view of the texture pass starts from, by the SHA-256 of its pictures. */
export interface ViewPictures {
  readonly maps: Readonly<Partial<Record<ControlKind, string>>>;
  /** The present look, with what earlier views painted. */
  readonly start?: { readonly image: string; readonly mask?: string; readonly strength: number };
  /** Where the camera stands: "front view". */
  readonly words: string;
}

/** Gives the maps of a view that take part: kinds that the bundle takes and the request does not switch off. */
export function viewMapKinds(
  params: Pick<TextureParams, "conditioning_scale">,
  { manifest }: ImageBundle,
): ControlKind[] {
  const { controls, control_encoder } = manifest.stable_diffusion;
  const taken = controls.map(({ kind }) => kind);
  const { depth, normal, lineart } = params.conditioning_scale;
  return [
    ...(depth > 0 ? (["depth"] as const) : []),
    ...(normal > 0 ? (["normal"] as const) : []),
    ...(lineart > 0 ? (["lineart"] as const) : []),
    // Even light from everywhere: a texture with shadows in it would be lit twice.
    "light" as const,
    // Only a bundle with a control encoder takes what a thing is from phrases for regions.
    ...(control_encoder === undefined ? [] : (["segmentation"] as const)),
  ].filter((kind) => taken.includes(kind));
}

/**
 * Gives the request for the picture of one view.
 *
 * A bundle with a control encoder is told in regions what is painted and what lies around it, as it expects; any other by the prompt,
 * with words for the side that is seen, which keeps it from painting a face on every side.
 */
export function viewParams(
  params: TextureParams & { view_size: number },
  bundle: ImageBundle,
  { maps, start, words }: ViewPictures,
): Partial<ImageParams> {
  const { prompt, negative_prompt, view_size, num_inference_steps, guidance_scale, seed, conditioning_scale } = params;
  const scales: Partial<Record<ControlKind, number>> = conditioning_scale;
  const hasRegions = maps.segmentation !== undefined;
  return {
    bundle: bundle.manifest.id,
    prompt: hasRegions ? prompt : `${prompt}, ${words}, plain light grey background`,
    negative_prompt,
    width: view_size,
    height: view_size,
    ...(num_inference_steps === undefined ? {} : { num_inference_steps }),
    ...(guidance_scale === undefined ? {} : { guidance_scale }),
    ...(seed === undefined ? {} : { seed }),
    controls: viewMapKinds(params, bundle).flatMap((kind) => {
      const image = maps[kind];
      if (image === undefined) return [];
      const conditioning_scale = scales[kind] ?? 1;
      return [
        {
          kind,
          image,
          preprocessor: "none",
          conditioning_scale,
          control_guidance_start: 0,
          control_guidance_end: 1,
        },
      ];
    }),
    regions: hasRegions
      ? [
          { prompt, weight: 1, color: PAINTED_COLOUR },
          { prompt: "a plain white backdrop", weight: 1, color: BACKGROUND_COLOUR },
        ]
      : [],
    ...(start === undefined
      ? {}
      : {
          init_image: start.image,
          strength: start.strength,
          ...(start.mask === undefined ? {} : { mask_image: start.mask }),
        }),
  };
}
