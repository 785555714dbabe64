import { asBlob, withC2paWasm } from "./c2pa-wasm.ts";
import { coseSize, signCose } from "./cose.ts";
import { SIGN_SETTINGS, type Signer } from "./signer.ts";

/** Makes the signer that runs everywhere. It signs on the calling thread. */
export function createWasmSigner(): Signer {
  return {
    name: "c2pa-wasm",
    sign: ({ bytes, mime, manifest, ingredients, embed }, credential) =>
      withC2paWasm(async ({ WasmBuilder }) => {
        const builder = WasmBuilder.fromJson(JSON.stringify(manifest), JSON.stringify(SIGN_SETTINGS));
        if (!embed) builder.setNoEmbed(true);
        for (const { definition, source } of ingredients) {
          const json = JSON.stringify(definition);
          if (source === undefined) builder.addIngredient(json);
          else await builder.addIngredientFromBlob(json, source.mime, asBlob(source.bytes));
        }
        const reserveSize = coseSize(credential);
        const signer = {
          alg: credential.alg,
          reserveSize,
          sign: async (claim: Uint8Array) => Uint8Array.from(await signCose(claim, credential, reserveSize)),
        };
        const signed: unknown = await builder.signAndGetManifestBytes(signer, [], mime, asBlob(bytes));
        if (!isSigned(signed)) throw new Error("c2pa-wasm gave no signed file.");
        return { bytes: embed ? signed.asset : bytes, manifest: signed.manifest };
      }),
  };
}

function isSigned(value: unknown): value is { asset: Uint8Array; manifest: Uint8Array } {
  if (typeof value !== "object" || value === null || !("asset" in value) || !("manifest" in value)) return false;
  return value.asset instanceof Uint8Array && value.manifest instanceof Uint8Array;
}
