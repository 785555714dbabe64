import type { BundleSessions, GraphSession } from "../inference/session.ts";
import type { ImageBundle } from "../models/bundle.ts";
import { makeControlMap } from "../preprocessors/control-map.ts";
import type { Control } from "../protocol/image.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ResolvedImageParams } from "./image-params.ts";
import type { InputImages } from "./input-images.ts";

/** A control map that takes part, ready for its graph. */
export interface PreparedControl {
  readonly control: Control;
  /** Component that takes it: a ControlNet, or `control_encoder`. */
  readonly component: string;
  /** [1, channels, height, width] in [0, 1]. */
  readonly map: Tensor;
  /** The ControlNet; absent when the control encoder takes the map. */
  readonly session?: GraphSession;
}

/** Decodes, preprocesses and scales the control maps. Those of scale 0 are left out: they would change nothing. */
export async function prepareControls(
  params: ResolvedImageParams,
  bundle: ImageBundle,
  sessions: BundleSessions,
  images: InputImages,
): Promise<PreparedControl[]> {
  const prepared: PreparedControl[] = [];
  for (const [index, control] of params.controls.entries()) {
    const support = bundle.manifest.stable_diffusion.controls.find(({ kind }) => kind === control.kind);
    if (support === undefined || control.conditioning_scale === 0) continue;
    const image = await images.read(control.image, `controls[${index}].image`);
    const map = makeControlMap(image, control.preprocessor, support, params.width, params.height);
    const { component } = support;
    prepared.push({
      control,
      component,
      map,
      ...(component === "control_encoder" ? {} : { session: await sessions.session(component) }),
    });
  }
  return prepared;
}

/** Whether a control takes part in step `step` of `steps`; diffusers: controlnet_keep. */
export function takesPart(
  { control_guidance_start, control_guidance_end }: Control,
  step: number,
  steps: number,
): boolean {
  return !(step / steps < control_guidance_start || (step + 1) / steps > control_guidance_end);
}
