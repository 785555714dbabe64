import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { packageFolder } from "../package-folder.ts";
import { PROTOCOL_VERSION } from "../protocol/codec.ts";
import { CoreError, type ErrorCode, toCoreError } from "../protocol/errors.ts";
import { VERSION } from "../version.ts";
import type { Access } from "./access.ts";
import { type Counters, count } from "./counters.ts";
import { serveAsset } from "./http-assets.ts";
import { renderMetrics } from "./http-metrics.ts";
import { PAGE_HTML, PAGE_ICON } from "./page-html.ts";
import type { PageSessions } from "./page-sessions.ts";
import type { Services } from "./services.ts";

/** What the routes work with. */
export interface RoutesOptions {
  services: Services;
  access: Access;
  sessions: PageSessions;
  counters: Counters;
  port(): number;
  stopping(): boolean;
  /** Called when a request showed the token or a session. */
  onAdmitted(request: IncomingMessage): void;
}

/** Answers HTTP requests. */
export interface Routes {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether the request shows the token as a bearer header, or the cookie of a page session. */
  isAuthorized(request: IncomingMessage): boolean;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHORIZED: 401,
  FORBIDDEN_ORIGIN: 403,
  ASSET_NOT_FOUND: 404,
  INVALID_REQUEST: 400,
  RATE_LIMITED: 429,
  SHUTTING_DOWN: 503,
};
const PAGE_FILES: Record<string, string> = {
  "/page.js": "text/javascript",
  "/page.css": "text/css",
  "/model-stage.js": "text/javascript",
};

/** Makes the routes: `/healthz` is open, all others want the token or a session of the page. */
export function createRoutes({
  services,
  access,
  sessions,
  counters,
  port,
  stopping,
  onAdmitted,
}: RoutesOptions): Routes {
  // Cookies are shared among the ports of a host: the name keeps two cores apart.
  const cookieName = () => `genga_${port()}`;

  function isAuthorized(request: IncomingMessage): boolean {
    const bearer = access.bearerOf(request);
    if (bearer !== undefined) return access.isToken(bearer);
    const cookies = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
    return cookies.some(([name, value]) => name === cookieName() && value !== undefined && sessions.isSession(value));
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    access.checkOrigin(request);
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    if (path === "/healthz") {
      only(request, "GET", "HEAD");
      const status = stopping() ? "stopping" : "ok";
      return json(request, response, stopping() ? 503 : 200, { status, version: VERSION, protocol: PROTOCOL_VERSION });
    }
    if (path === "/login") {
      only(request, "GET");
      return login(new URLSearchParams(query).get("code") ?? "", response);
    }
    if (!isAuthorized(request)) {
      throw new CoreError("UNAUTHORIZED", "This address wants the core's token, or the session of a login link.", {
        remedy: "Open the link that `genga serve` prints, or send the token as `Authorization: Bearer …`.",
      });
    }
    onAdmitted(request);
    const asset = /^\/assets\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (asset !== undefined) {
      only(request, "GET", "HEAD");
      return await serveAsset(request, response, asset, services.assets);
    }
    switch (path) {
      case "/metrics": {
        only(request, "GET", "HEAD");
        const { type, text } = await renderMetrics(counters, services);
        return send(request, response, 200, type, text);
      }
      case "/api/status":
        only(request, "GET", "HEAD");
        return json(request, response, 200, {
          core: { name: "genga", version: VERSION },
          ...(await services.status()),
          clients: counters.connections_open,
          counts: services.jobs.counts(),
          ...services.jobs.list({ limit: 200 }),
        });
      case "/api/login-code":
        only(request, "POST");
        request.resume();
        return json(request, response, 200, { path: `/login?code=${sessions.createCode()}` });
      case "/":
        only(request, "GET", "HEAD");
        response.setHeader(
          "Content-Security-Policy",
          `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' blob: ws://${request.headers.host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        );
        return send(request, response, 200, "text/html; charset=utf-8", PAGE_HTML);
      case "/icon.svg":
        only(request, "GET", "HEAD");
        return send(request, response, 200, "image/svg+xml; charset=utf-8", PAGE_ICON);
      default: {
        const type = PAGE_FILES[path];
        if (type === undefined) throw new CoreError("ASSET_NOT_FOUND", "Nothing is found at this address.");
        only(request, "GET", "HEAD");
        const file = await readFile(join(packageFolder(), "dist", "web", path.slice(1)), "utf8");
        return send(request, response, 200, `${type}; charset=utf-8`, file);
      }
    }
  }

  function login(code: string, response: ServerResponse): void {
    const session = sessions.redeem(code);
    if (session === undefined) {
      throw new CoreError("UNAUTHORIZED", "This login link was used already, or is older than a minute.", {
        remedy: "Ask for another one with `genga page`.",
      });
    }
    response
      .writeHead(303, {
        Location: "/",
        "Set-Cookie": `${cookieName()}=${session}; HttpOnly; SameSite=Strict; Path=/`,
      })
      .end();
  }

  return {
    isAuthorized,
    async handle(request, response) {
      response.setHeader("X-Content-Type-Options", "nosniff");
      response.setHeader("Referrer-Policy", "no-referrer");
      response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
      response.setHeader("X-Frame-Options", "DENY");
      try {
        await route(request, response);
      } catch (thrown) {
        const error = toCoreError(thrown);
        if (response.headersSent || response.destroyed) {
          response.destroy();
          return;
        }
        count(counters.errors, error.code);
        if (error.code === "INTERNAL") services.logger.error({ error: thrown }, "an HTTP request failed");
        for (const name of ["Content-Length", "Content-Range", "ETag", "Accept-Ranges", "Content-Disposition"]) {
          response.removeHeader(name);
        }
        response.setHeader("Cache-Control", "no-store");
        json(request, response, STATUS[error.code] ?? 500, { error: error.toBody() });
      }
    },
  };
}

function only(request: IncomingMessage, ...methods: string[]): void {
  if (methods.includes(request.method ?? "")) return;
  throw new CoreError("INVALID_REQUEST", `This address takes ${methods.join(", ")}, not ${request.method}.`);
}

function json(request: IncomingMessage, response: ServerResponse, status: number, value: unknown): void {
  send(request, response, status, "application/json", JSON.stringify(value));
}

function send(request: IncomingMessage, response: ServerResponse, status: number, type: string, text: string): void {
  if (!response.hasHeader("Cache-Control")) response.setHeader("Cache-Control", "no-store");
  // A request that was not read to its end would block the connection for the next one.
  if (!request.complete && request.method !== "GET" && request.method !== "HEAD")
    response.setHeader("Connection", "close");
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  response.end(request.method === "HEAD" ? undefined : text);
}
