import { execFileSync } from "node:child_process";
import { randomUUID, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openKeys } from "../../core/src/provenance/keys.ts";
import { makeLeaf, makeRoot } from "../../core/src/provenance/local-keys.ts";
import { temporaryFolder } from "./support.ts";

const YEAR_MS = 365.25 * 24 * 3600 * 1000;
const NOW = new Date();
const later = (years: number) => new Date(NOW.getTime() + years * YEAR_MS);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const keysFolder = () => join(folder.path, "keys");
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { encoding: "utf8", cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });

describe("local keys", () => {
  it("are made once, private to their owner, and openssl accepts the chain", async () => {
    const keys = await openKeys({ folder: keysFolder(), now: NOW });
    const again = await openKeys({ folder: keysFolder(), now: NOW });
    expect(again.root_pem).toBe(keys.root_pem);
    expect(Buffer.from(again.credential.chain[0] ?? []).equals(Buffer.from(keys.credential.chain[0] ?? []))).toBe(true);
    expect(again.checkpoint.verifierKey).toBe(keys.checkpoint.verifierKey);
    for (const name of ["authority.pem", "signer.pem", "log.pem"]) {
      expect([name, statSync(join(keysFolder(), name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(readdirSync(keysFolder()).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(readFileSync(join(keysFolder(), "root.pem"), "utf8")).not.toContain("PRIVATE");
    expect(
      openssl("verify", "-x509_strict", "-purpose", "smimesign", "-CAfile", "keys/root.pem", "keys/signer.pem"),
    ).toContain("OK");
    const text = openssl("x509", "-in", "keys/signer.pem", "-noout", "-text");
    expect(text).toMatch(/Version: 3/);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
    expect(text).toMatch(/Extended Key Usage: ?\s+E-mail Protection\n/);
    expect(text).toMatch(/Subject Key Identifier/);
    expect(text).toMatch(/Authority Key Identifier/);
    expect(text).toMatch(/prime256v1/);
  });

  it("are the same for two processes that start at once", async () => {
    const [a, b] = await Promise.all([
      openKeys({ folder: keysFolder(), now: NOW }),
      openKeys({ folder: keysFolder(), now: NOW }),
    ]);
    const now = await openKeys({ folder: keysFolder(), now: NOW });
    for (const keys of [a, b]) {
      expect(keys.root_pem).toBe(now.root_pem);
      expect(keys.checkpoint.verifierKey).toBe(now.checkpoint.verifierKey);
    }
  });

  it("renew the leaf long before its end, under the same root, and the root with the old one kept as trusted", async () => {
    const first = await openKeys({ folder: keysFolder(), now: NOW });
    const kept = await openKeys({ folder: keysFolder(), now: later(9) });
    expect(kept.credential.chain[0]).toEqual(first.credential.chain[0]);
    const renewed = await openKeys({ folder: keysFolder(), now: later(11) });
    expect(renewed.credential.chain[0]).not.toEqual(first.credential.chain[0]);
    expect(renewed.root_pem).toBe(first.root_pem);
    const rerooted = await openKeys({ folder: keysFolder(), now: later(21) });
    expect(rerooted.root_pem).not.toBe(first.root_pem);
    expect(rerooted.trust_anchors).toContain(first.root_pem?.trim());
    const leaf = new X509Certificate(Buffer.from(rerooted.credential.chain[0] ?? []));
    expect(leaf.verify(new X509Certificate(rerooted.root_pem ?? "").publicKey)).toBe(true);
  });

  it("trust what lies in keys/trusted", async () => {
    await openKeys({ folder: keysFolder(), now: NOW });
    const other = await makeRoot("Other", NOW);
    writeFileSync(join(keysFolder(), "trusted", "studio.pem"), other.certificate);
    expect((await openKeys({ folder: keysFolder(), now: NOW })).trust_anchors).toContain(other.certificate.trim());
    writeFileSync(
      join(keysFolder(), "trusted", "bad.pem"),
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    await expect(openKeys({ folder: keysFolder(), now: NOW })).rejects.toMatchObject({ code: "CREDENTIAL_INVALID" });
  });

  it("are not replaced in silence when a file is damaged", async () => {
    await openKeys({ folder: keysFolder(), now: NOW });
    writeFileSync(join(keysFolder(), "signer.pem"), "garbage");
    await expect(openKeys({ folder: keysFolder(), now: NOW })).rejects.toMatchObject({
      code: "CREDENTIAL_INVALID",
      message: expect.stringContaining("signer.pem"),
    });
  });
});

describe("a studio's own keys", () => {
  const write = (name: string, text: string) => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };
  /** A minute on: what openssl makes is valid from the second in which it was made. */
  const openOwn = (cert: string, key: string, now = new Date(Date.now() + 60_000)) =>
    openKeys({
      folder: keysFolder(),
      now,
      signing_cert: write(`${randomUUID()}.pem`, cert),
      signing_key: write(`${randomUUID()}.key`, key),
    });
  const factsOf = async (cert: string, key: string, now?: Date) => {
    const error: unknown = await openOwn(cert, key, now).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CREDENTIAL_INVALID" });
    return error instanceof Error && "data" in error ? JSON.stringify(error.data) : "";
  };
  /** A leaf made by openssl: another implementation, with the extensions asked for. */
  const byOpenssl = (
    extensions: string,
    key: string[] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  ) => {
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ca.key");
    openssl(
      "req",
      "-x509",
      "-new",
      "-key",
      "ca.key",
      "-subj",
      "/O=Studio/CN=CA",
      "-days",
      "30",
      "-out",
      "ca.pem",
      "-addext",
      "keyUsage=critical,keyCertSign",
    );
    openssl("genpkey", ...key, "-out", "leaf.key");
    openssl("req", "-new", "-key", "leaf.key", "-subj", "/O=Studio/CN=Signer", "-out", "leaf.csr");
    write("leaf.ext", extensions);
    openssl(
      "x509",
      "-req",
      "-in",
      "leaf.csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "20",
      "-extfile",
      "leaf.ext",
      "-out",
      "leaf.pem",
    );
    return {
      cert: readFileSync(join(folder.path, "leaf.pem"), "utf8"),
      key: readFileSync(join(folder.path, "leaf.key"), "utf8"),
    };
  };
  const GOOD =
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid";

  it("sign when they are as C2PA wants them: P-256, P-384, Ed25519, RSA", async () => {
    const kinds = {
      es256: undefined,
      es384: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
      ed25519: ["-algorithm", "ED25519"],
      ps256: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    };
    for (const [alg, kind] of Object.entries(kinds)) {
      const { cert, key } = byOpenssl(GOOD, kind);
      const keys = await openOwn(cert, key);
      expect([keys.credential.alg, keys.root_pem]).toEqual([alg, undefined]);
    }
  });

  it("are refused with a name for each thing that is wrong", async () => {
    const good = byOpenssl(GOOD);
    expect(await factsOf(good.cert, good.key, later(1))).toContain("EXPIRED");
    expect(await factsOf(good.cert, good.key, later(-1))).toContain("NOT_YET_VALID");
    const stranger = await makeLeaf("x", await makeRoot("x", NOW), NOW);
    expect(await factsOf(good.cert, stranger.private_key)).toContain("KEY_MISMATCH");
    expect(await factsOf("no pem", good.key)).toContain("CERTIFICATE_UNREADABLE");
    expect(await factsOf(good.cert, "no pem")).toContain("KEY_UNREADABLE");
    expect(await factsOf(good.cert + stranger.certificate, good.key)).toContain("CHAIN_ORDER");
    const authority = await makeRoot("self", NOW);
    const facts = await factsOf(authority.certificate, authority.private_key);
    for (const fact of ['"CA"', "SELF_SIGNED", "EKU", "KEY_USAGE"]) expect(facts).toContain(fact);
    const any = byOpenssl(GOOD.replace("emailProtection", "anyExtendedKeyUsage,emailProtection"));
    expect(await factsOf(any.cert, any.key)).toContain("anyExtendedKeyUsage");
    const tls = byOpenssl(GOOD.replace("emailProtection", "serverAuth"));
    expect(await factsOf(tls.cert, tls.key)).toContain("1.3.6.1.5.5.7.3.1");
    const small = byOpenssl(GOOD, ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]);
    expect(await factsOf(small.cert, small.key)).toContain("KEY_TYPE");
    await expect(
      openKeys({ folder: keysFolder(), now: NOW, signing_cert: "/nowhere/cert.pem", signing_key: "/nowhere/key.pem" }),
    ).rejects.toMatchObject({ code: "CREDENTIAL_INVALID", message: expect.not.stringContaining("/nowhere") });
  });
});
