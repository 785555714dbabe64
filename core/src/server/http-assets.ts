import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { AssetStore } from "../assets/asset-store.ts";
import { CoreError } from "../protocol/errors.ts";

/** Types that a browser shows and that cannot run anything; all others are offered for saving. */
const SHOWN_INLINE = /^(image\/(png|jpeg|webp|gif|avif)|model\/gltf-binary|text\/plain|application\/json)$/;

/** Answers GET and HEAD of `/assets/<sha256>`: ranges, ETag, the stored type, and nothing a browser would run. */
export async function serveAsset(
  request: IncomingMessage,
  response: ServerResponse,
  sha256: string,
  assets: AssetStore,
): Promise<void> {
  const asset = await assets.stat(sha256);
  if (asset === undefined) throw new CoreError("ASSET_NOT_FOUND", `The store holds no asset ${sha256}.`);
  const etag = `"${sha256}"`;
  const mime = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(asset.mime) ? asset.mime : "application/octet-stream";
  response.setHeader("ETag", etag);
  response.setHeader("Accept-Ranges", "bytes");
  response.setHeader("Cache-Control", "private, max-age=31536000, immutable");
  response.setHeader("Content-Type", mime);
  response.setHeader(
    "Content-Disposition",
    disposition(SHOWN_INLINE.test(mime) ? "inline" : "attachment", asset.name ?? sha256),
  );
  response.setHeader("Content-Security-Policy", "sandbox; default-src 'none'");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");

  const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(etag) || known?.includes("*")) {
    response.writeHead(304).end();
    return;
  }
  const wanted = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
  const range = wanted ? rangeOf(request.headers.range, asset.size) : undefined;
  if (range === "unsatisfiable") {
    response.writeHead(416, { "Content-Range": `bytes */${asset.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: asset.size };
  response.setHeader("Content-Length", end - start);
  if (range !== undefined) response.setHeader("Content-Range", `bytes ${start}-${end - 1}/${asset.size}`);
  response.statusCode = range === undefined ? 200 : 206;
  if (request.method === "HEAD" || start === end) {
    response.end();
    return;
  }
  const stream = await assets.stream(sha256, { start, end });
  await pipeline(stream, response);
}

/** Gives the one range asked for as [start, end); several ranges, or another unit, are answered with the whole. RFC 9110, 14.2. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

function disposition(kind: "inline" | "attachment", name: string): string {
  const plain = name.replace(/[^A-Za-z0-9 ._()-]/g, "_").slice(0, 200);
  const encoded = encodeURIComponent(Buffer.from(name).toString()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
