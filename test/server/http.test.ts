import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { RawClient, startServer, TOKEN } from "./server-fixture.ts";

let core: Awaited<ReturnType<typeof startServer>>;
const bytes = randomBytes(300_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const bearer = { Authorization: `Bearer ${TOKEN}` };

beforeAll(async () => {
  core = await startServer();
  await core.assets.put(bytes, "image/png", 'a "näme"\r\n/../x.png');
});
afterAll(async () => await core.close());

const get = (path: string, headers: Record<string, string> = bearer, init: RequestInit = {}) =>
  fetch(core.url + path, { headers, redirect: "manual", ...init });

test("healthz is open and says what is spoken", async () => {
  const response = await get("/healthz", {});
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ status: "ok", protocol: "genga.v1", version: expect.any(String) });
});

test.each(["/", "/metrics", `/assets/${sha256}`, "/api/status", "/page.js"])("%s wants the token", async (path) => {
  for (const headers of [
    {},
    { Authorization: "Bearer wrong-wrong-wrong-wrong" },
    { Authorization: `Basic ${TOKEN}` },
    { Cookie: `genga_${core.port}=x` },
  ]) {
    const response = await get(path, headers);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: "UNAUTHORIZED" } });
  }
});

test("metrics are Prometheus text", async () => {
  await get("/healthz", { Origin: "https://evil.example" });
  const text = await (await get("/metrics")).text();
  expect(text).toMatch(/^genga_errors_total\{code="FORBIDDEN_ORIGIN"\} [1-9]/m);
  expect(text).toMatch(/^genga_jobs\{state="queued"\} 0$/m);
  expect(text).toMatch(/^genga_memory_bytes [1-9]\d+$/m);
});

test("status tells counts and jobs", async () => {
  const status = await (await get("/api/status")).json();
  expect(status).toMatchObject({ provider: "cpu", counts: { queued: 0 }, jobs: [], paused: false });
});

test("a method that an address does not take is refused", async () => {
  expect((await get("/api/status", bearer, { method: "DELETE" })).status).toBe(400);
  expect((await get("/api/login-code")).status).toBe(400);
});

describe("assets", () => {
  const path = `/assets/${sha256}`;

  test("the whole, with headers that let nothing run", async () => {
    const response = await get(path);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    expect(response.status).toBe(200);
    const { headers } = response;
    expect(headers.get("content-type")).toBe("image/png");
    expect(headers.get("etag")).toBe(`"${sha256}"`);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("sandbox");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("content-disposition")).toMatch(
      /^inline; filename="[A-Za-z0-9 ._()-]+"; filename\*=UTF-8''[\w.%~!-]+$/,
    );
  });

  test.each([
    ["bytes=0-0", 0, 1],
    ["bytes=100-199", 100, 200],
    ["bytes=299999-", 299_999, 300_000],
    ["bytes=-5", 299_995, 300_000],
    ["bytes=0-999999999", 0, 300_000],
    ["bytes=-999999999", 0, 300_000],
  ])("range %s", async (range, start, end) => {
    const response = await get(path, { ...bearer, Range: range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/300000`);
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(start, end))).toBe(true);
  });

  test.each(["bytes=300000-", "bytes=-0"])("range %s cannot be met", async (range) => {
    const response = await get(path, { ...bearer, Range: range });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe("bytes */300000");
  });

  test.each(["bytes=5-2", "items=0-1", "bytes=0-1,5-6", "bytes=-", "bytes=a-b"])(
    "range %s gives the whole",
    async (range) => {
      const response = await get(path, { ...bearer, Range: range });
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBe(300_000);
    },
  );

  test("a known ETag gives 304, an If-Range that no longer fits the whole", async () => {
    for (const tag of [`"${sha256}"`, `W/"${sha256}"`, `"x", "${sha256}"`, "*"]) {
      const response = await get(path, { ...bearer, "If-None-Match": tag });
      expect(response.status).toBe(304);
      expect((await response.arrayBuffer()).byteLength).toBe(0);
    }
    expect((await get(path, { ...bearer, "If-None-Match": '"x"' })).status).toBe(200);
    expect((await get(path, { ...bearer, Range: "bytes=0-1", "If-Range": '"x"' })).status).toBe(200);
    expect((await get(path, { ...bearer, Range: "bytes=0-1", "If-Range": `"${sha256}"` })).status).toBe(206);
  });

  test("HEAD gives the size and no body", async () => {
    const response = await get(path, bearer, { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe("300000");
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  });

  test("a type that a browser would run is offered for saving", async () => {
    const html = await core.assets.put(Buffer.from("<script>1</script>"), "text/html", "x.html");
    const response = await get(`/assets/${html.sha256}`);
    expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
  });

  test.each([
    `/assets/${"0".repeat(64)}`,
    "/assets/../../../../etc/passwd",
    "/assets/..%2f..%2fetc%2fpasswd",
    `/assets/${sha256}/../../token`,
    `/assets/${sha256.toUpperCase()}`,
    "/assets/",
    "/page.js/../../package.json",
    "//etc/passwd",
    "/dist/genga.js",
  ])("%s is not found", async (path) => {
    const { request } = await import("node:http");
    // By hand, since fetch would tidy the path first.
    const status = await new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port: core.port, path, headers: bearer }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(404);
  });
});

describe("the page", () => {
  async function login(): Promise<{ cookie: string; setCookie: string; path: string }> {
    const answer = await (await get("/api/login-code", bearer, { method: "POST" })).json();
    const { path } = z.object({ path: z.string() }).parse(answer);
    const response = await get(path, {});
    expect(response.status).toBe(303);
    const setCookie = response.headers.get("set-cookie") ?? "";
    return { cookie: setCookie.split(";")[0] ?? "", setCookie, path };
  }

  test("a login link opens one session and no second", async () => {
    const { cookie, setCookie, path } = await login();
    expect(setCookie).toMatch(/HttpOnly; SameSite=Strict/);
    const page = await get("/", { Cookie: cookie });
    expect(page.status).toBe(200);
    const csp = page.headers.get("content-security-policy") ?? "";
    expect(csp).toContain("default-src 'none'");
    expect(csp).not.toContain("unsafe");
    expect((await get(path, {})).status).toBe(401);
    expect((await get("/login?code=guess", {})).status).toBe(401);
  });

  test("the cookie opens the WebSocket from the page's own Origin only", async () => {
    const { cookie } = await login();
    const own = new RawClient(core.port, { headers: { Cookie: cookie, Origin: core.url } });
    await own.opened;
    own.send({ type: "hello", client: { name: "page", version: "1" }, protocols: ["genga.v1"] });
    await own.until("welcome");
    own.socket.close();
    const foreign = new RawClient(core.port, { headers: { Cookie: cookie, Origin: "http://127.0.0.1:3000" } });
    await expect(foreign.opened).rejects.toMatchObject({ status: 403 });
  });
});
