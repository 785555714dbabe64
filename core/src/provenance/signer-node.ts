import { X509Certificate } from "node:crypto";
import { coseSize } from "./cose.ts";
import { SIGN_SETTINGS, type Signer } from "./signer.ts";

/** Loads the native signer. @throws if the package's binary does not run on this machine */
export async function loadNodeSigner(): Promise<Signer> {
  const { Builder, CallbackSigner } = await import("@contentauth/c2pa-node");
  return {
    name: "c2pa-node",
    async sign({ bytes, mime, manifest, ingredients, embed }, credential) {
      const builder = Builder.withJson(manifest, SIGN_SETTINGS);
      if (!embed) builder.setNoEmbed(true);
      for (const { definition, source } of ingredients) {
        const asset = source && { buffer: Buffer.from(source.bytes), mimeType: source.mime };
        await builder.addIngredient(JSON.stringify(definition), asset);
      }
      const chainPem = credential.chain.map((der) => new X509Certificate(der).toString()).join("\n");
      const signer = CallbackSigner.newSigner(
        {
          alg: credential.alg,
          certs: [Buffer.from(chainPem)],
          reserveSize: coseSize(credential),
          directCoseHandling: false,
        },
        async (data) => Buffer.from(await credential.sign(data)),
      );
      const signed: { buffer: Buffer | null } = { buffer: null };
      const store = await builder.signAsync(signer, { buffer: Buffer.from(bytes), mimeType: mime }, signed);
      if (embed && signed.buffer === null) throw new Error("c2pa-node gave no signed file.");
      return {
        bytes: embed && signed.buffer !== null ? Uint8Array.from(signed.buffer) : bytes,
        manifest: Uint8Array.from(store),
      };
    },
  };
}
