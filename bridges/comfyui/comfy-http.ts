import { CoreError } from "../../core/src/protocol/errors.ts";
import { parseJson } from "./parse-json.ts";

/** Options of {@link ComfyHttp}. */
export interface ComfyHttpOptions {
  /** Name of the server for people. */
  label: string;
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** Limits of one request. */
export interface RequestLimits {
  signal?: AbortSignal;
  timeout_ms?: number;
  /** Largest answer that is read. */
  max_bytes?: number;
}

/** An answer with its status; 4xx of `/prompt` carry why a graph was refused. */
export interface ComfyAnswer {
  status: number;
  json: unknown;
}

const TIMEOUT_MS = 20_000;
const MAX_JSON_BYTES = 32 * 1024 * 1024;
const ERROR_TEXT_LENGTH = 300;

/** HTTP to one ComfyUI server: bounded in time and size, no redirects, nothing from it trusted. */
export class ComfyHttp {
  readonly #label: string;
  readonly #base: URL;
  readonly #headers: Record<string, string>;

  constructor({ label, url, headers }: ComfyHttpOptions) {
    const base = new URL(url.endsWith("/") ? url : `${url}/`);
    this.#headers = { ...headers };
    if (base.username !== "") {
      const user = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
      this.#headers.Authorization = `Basic ${Buffer.from(user).toString("base64")}`;
      base.username = "";
      base.password = "";
    }
    this.#label = label;
    this.#base = base;
  }

  /** Address and headers of the server's WebSocket. */
  socket(client_id: string): { url: string; headers: Record<string, string> } {
    const url = this.#url("ws", { clientId: client_id });
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return { url: url.href, headers: this.#headers };
  }

  /** @throws CoreError BACKEND_UNAVAILABLE; the signal's reason */
  async get(path: string, query: Record<string, string> = {}, limits: RequestLimits = {}): Promise<unknown> {
    const answer = await this.#request("GET", path, query, undefined, limits);
    if (answer.status !== 200) throw this.#refused(path, answer.status, answer.bytes);
    return this.#json(path, answer.bytes);
  }

  /** Gives the JSON of a GET, or undefined for 404: a server may be older than an address. */
  async find(path: string, query: Record<string, string> = {}, limits: RequestLimits = {}): Promise<unknown> {
    const answer = await this.#request("GET", path, query, undefined, limits);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.#refused(path, answer.status, answer.bytes);
    return this.#json(path, answer.bytes);
  }

  async bytes(path: string, query: Record<string, string>, limits: RequestLimits): Promise<Uint8Array> {
    const answer = await this.#request("GET", path, query, undefined, limits);
    if (answer.status !== 200) throw this.#refused(path, answer.status, answer.bytes);
    return answer.bytes;
  }

  /** Sends JSON; gives answers of the 400s too, since they say what was wrong. */
  async post(path: string, body: unknown, limits: RequestLimits = {}): Promise<ComfyAnswer> {
    const init = { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    const { status, bytes } = await this.#request("POST", path, {}, init, limits);
    if (status >= 500 || (status >= 300 && status < 400)) throw this.#refused(path, status, bytes);
    return { status, json: bytes.length === 0 ? undefined : jsonOf(bytes) };
  }

  async upload(path: string, form: FormData, limits: RequestLimits = {}): Promise<unknown> {
    const { status, bytes } = await this.#request("POST", path, {}, { body: form, headers: {} }, limits);
    if (status !== 200) throw this.#refused(path, status, bytes);
    return this.#json(path, bytes);
  }

  #url(path: string, query: Record<string, string>): URL {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  async #request(
    method: string,
    path: string,
    query: Record<string, string>,
    init: { body: string | FormData; headers: Record<string, string> } | undefined,
    { signal, timeout_ms = TIMEOUT_MS, max_bytes = MAX_JSON_BYTES }: RequestLimits,
  ): Promise<{ status: number; bytes: Uint8Array }> {
    const timeout = AbortSignal.timeout(timeout_ms);
    try {
      const response = await fetch(this.#url(path, query), {
        method,
        headers: { ...this.#headers, ...init?.headers },
        ...(init === undefined ? {} : { body: init.body }),
        redirect: "manual",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      return { status: response.status, bytes: await this.#read(path, response, max_bytes) };
    } catch (thrown) {
      if (thrown instanceof CoreError) throw thrown;
      if (signal?.aborted) throw new CoreError("CANCELLED", "The job was cancelled.", { cause: thrown });
      throw unavailable(
        this.#label,
        timeout.aborted ? `no answer within ${timeout_ms / 1000} s` : reasonOf(thrown),
        thrown,
      );
    }
  }

  /** Reads a body, and stops at the limit whatever Content-Length said. */
  async #read(path: string, response: Response, max_bytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of response.body ?? []) {
      size += piece.byteLength;
      if (size > max_bytes) {
        throw new CoreError(
          "BACKEND_FAILED",
          `ComfyUI server "${this.#label}" sent more than ${max_bytes} bytes for /${path}.`,
          { remedy: "Make the workflow's result smaller, or look at what answers at this address." },
        );
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces, size);
  }

  #json(path: string, bytes: Uint8Array): unknown {
    const value = jsonOf(bytes);
    if (value !== undefined) return value;
    throw new CoreError("BACKEND_FAILED", `ComfyUI server "${this.#label}" did not answer /${path} with JSON.`, {
      remedy: "Check that the address is ComfyUI's own, not that of another program.",
    });
  }

  #refused(path: string, status: number, bytes: Uint8Array): CoreError {
    const text = Buffer.from(bytes.subarray(0, ERROR_TEXT_LENGTH))
      .toString("utf8")
      .replace(/[\s\p{Cc}]+/gu, " ");
    if (status === 401 || status === 403) {
      return new CoreError(
        "BACKEND_UNAVAILABLE",
        `ComfyUI server "${this.#label}" refuses the core (HTTP ${status} at /${path}).`,
        { remedy: "Put what its proxy wants into `headers` of the server's settings." },
      );
    }
    return new CoreError(
      "BACKEND_FAILED",
      `ComfyUI server "${this.#label}" answered /${path} with HTTP ${status}${text.startsWith("<") || text === "" ? "" : `: ${text}`}.`,
      { remedy: "Look at ComfyUI's own log.", data: { status } },
    );
  }
}

/** The server cannot be reached. */
export function unavailable(label: string, why: string, cause?: unknown): CoreError {
  return new CoreError("BACKEND_UNAVAILABLE", `ComfyUI server "${label}" cannot be reached: ${why}.`, {
    remedy: "Start ComfyUI, or correct its address in the setting `comfyui`; then retry the job.",
    data: { server: label },
    cause,
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  return parseJson(Buffer.from(bytes).toString("utf8"));
}

function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return String(cause);
}
