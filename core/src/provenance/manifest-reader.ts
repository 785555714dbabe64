import { z } from "zod";
import { withC2paWasm } from "./c2pa-wasm.ts";

const StatusSchema = z.object({ code: z.string(), url: z.string().optional(), explanation: z.string().optional() });
const ResultsSchema = z.object({ success: z.array(StatusSchema), failure: z.array(StatusSchema) });
const StoreSchema = z.object({
  active_manifest: z.string(),
  validation_state: z.enum(["Invalid", "Valid", "Trusted"]),
  validation_results: z.object({
    activeManifest: ResultsSchema,
    ingredientDeltas: z.array(z.object({ validationDeltas: ResultsSchema })).optional(),
  }),
  manifests: z.record(
    z.string(),
    z.object({
      title: z.string().optional(),
      claim_generator_info: z.array(z.object({ name: z.string(), version: z.string().optional() })).optional(),
      signature_info: z.object({ issuer: z.string().optional(), common_name: z.string().optional() }).optional(),
    }),
  ),
});
const CrJsonSchema = z.object({
  manifests: z.array(z.object({ label: z.string(), assertions: z.record(z.string(), z.unknown()) })),
});

/** A validation status of C2PA 2.2 §15.2: code, place, words. */
export type ValidationStatus = z.infer<typeof StatusSchema>;

/** The active manifest of a file and how its validation went. */
export interface ManifestReport {
  state: "Invalid" | "Valid" | "Trusted";
  success: ValidationStatus[];
  /** Failures of the active manifest, then those that its ingredients brought. */
  failure: ValidationStatus[];
  /** Assertions by label, exactly as signed: crJSON leaves lists of numbers as they are, where c2pa-rs's older JSON does not. */
  assertions: Record<string, unknown>;
  /** Assertions of every manifest that the file carries, its ingredients' included. */
  carried: Record<string, unknown>[];
  issuer: string | undefined;
  signed_with: string | undefined;
}

/** EKUs of claim signing and of time stamping. */
const TRUST_CONFIG = "1.3.6.1.5.5.7.3.4\n1.3.6.1.4.1.62558.2.1\n1.3.6.1.5.5.7.3.8";

/**
 * Reads and validates the manifest in a file, or a manifest store alone (`application/c2pa`), without fetching anything. One
 * implementation on every machine, in a sandbox: files to verify come from anywhere.
 *
 * @param trustAnchors PEM of the certificates to trust, may be empty
 * @throws Error with c2pa-rs's words if there is no manifest, or none that can be parsed
 */
export async function readManifest(bytes: Uint8Array, mime: string, trustAnchors: string): Promise<ManifestReport> {
  const settings = {
    trust: { trust_config: TRUST_CONFIG, ...(trustAnchors === "" ? {} : { user_anchors: trustAnchors }) },
    verify: { verify_trust: true, remote_manifest_fetch: false, ocsp_fetch: false },
  };
  const [storeText, crText] = await withC2paWasm(async ({ WasmReader }) => {
    const reader = await WasmReader.fromBytes(mime, bytes, JSON.stringify(settings));
    try {
      return [reader.json(), reader.crJson()];
    } finally {
      reader.free();
    }
  });
  const store = StoreSchema.parse(JSON.parse(storeText));
  const crJson = CrJsonSchema.parse(JSON.parse(crText));
  const active = store.manifests[store.active_manifest];
  const { activeManifest, ingredientDeltas = [] } = store.validation_results;
  const [generator] = active?.claim_generator_info ?? [];
  return {
    state: store.validation_state,
    success: activeManifest.success,
    failure: [
      ...activeManifest.failure,
      ...ingredientDeltas.flatMap(({ validationDeltas }) => validationDeltas.failure),
    ],
    assertions: crJson.manifests.find(({ label }) => label === store.active_manifest)?.assertions ?? {},
    carried: crJson.manifests.map((manifest) => manifest.assertions),
    issuer: active?.signature_info?.issuer ?? active?.signature_info?.common_name,
    signed_with: generator && [generator.name, generator.version].filter((part) => part !== undefined).join(" "),
  };
}
