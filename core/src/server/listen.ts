import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { Config } from "../config.ts";
import { PROTOCOL_VERSION } from "../protocol/codec.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { createAccess } from "./access.ts";
import { ClientConnection } from "./client-connection.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import { count, createCounters } from "./counters.ts";
import { createRoutes } from "./http-routes.ts";
import { createPageSessions } from "./page-sessions.ts";
import type { Services } from "./services.ts";
import { createStrangers } from "./strangers.ts";

/** A server that listens. */
export interface CoreServer {
  /** Address by which programs on this machine reach it: loopback when it listens on every address. */
  readonly host: string;
  readonly port: number;
  /** Gives the path of a login link for the page, good for one use within a minute. */
  createLoginPath(): string;
  /** Tells every client that what the core can do has changed. */
  announceCapabilities(): Promise<void>;
  /** Takes no more connections and no more work; those who are connected stay. */
  beginStop(): void;
  /** Says goodbye to every client and closes the port. */
  close(): Promise<void>;
}

/** Options of {@link listen}. */
export interface ListenOptions {
  config: Pick<
    Config,
    | "port"
    | "host"
    | "allow_remote"
    | "hosts"
    | "limits"
    | "hello_timeout_ms"
    | "heartbeat_ms"
    | "max_connections"
    | "max_strangers"
    | "max_outgoing_bytes"
  >;
  token: string;
  services: Services;
  /** Milliseconds that never go back. */
  now?: () => number;
}

const CLOSE_GRACE_MS = 2000;

/**
 * Opens the one port of the core: WebSocket for clients, HTTP for health, metrics, assets and the page.
 *
 * @throws CoreError CONFIG_INVALID if host and port cannot be listened on
 */
export async function listen({
  config,
  token,
  services,
  now = () => performance.now(),
}: ListenOptions): Promise<CoreServer> {
  const counters = createCounters();
  const connections = new Set<ClientConnection>();
  const strangers = createStrangers(config.max_strangers);
  let port = config.port;
  let stopping = false;

  const access = createAccess({ token, port: () => port, allow_remote: config.allow_remote, hosts: config.hosts });
  const sessions = createPageSessions(now);
  const routes = createRoutes({
    services,
    access,
    sessions,
    counters,
    port: () => port,
    stopping: () => stopping,
    onAdmitted: (request) => strangers.admit(request.socket),
  });
  const http = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5000, connectionsCheckingInterval: 2000 },
    (request, response) => void routes.handle(request, response),
  );
  const websockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: config.limits.max_message_bytes,
    // Our frames are encoded pictures and small maps; deflate would cost memory for each connection and gain next to nothing.
    perMessageDeflate: false,
    autoPong: false,
    maxFragments: 1024,
    handleProtocols: () => PROTOCOL_VERSION,
  });

  http.on("connection", (tcp) => {
    const before = strangers.size;
    strangers.add(tcp);
    if (strangers.size === before) counters.strangers_turned_away += 1;
  });
  http.on("clientError", (_error, tcp) => void tcp.destroy());
  http.on("upgrade", (request, duplex, head) => {
    const tcp: Socket = request.socket;
    tcp.on("error", () => tcp.destroy());
    try {
      access.checkOrigin(request);
      if (stopping) throw new CoreError("SHUTTING_DOWN", "The core is stopping; connect again later.");
      if (access.bearerOf(request) !== undefined && !routes.isAuthorized(request)) {
        throw new CoreError("UNAUTHORIZED", "The bearer token is not this core's.");
      }
      const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
      if (offered !== undefined && !offered.includes(PROTOCOL_VERSION)) {
        throw new CoreError(
          "UNSUPPORTED_PROTOCOL",
          `This core speaks ${PROTOCOL_VERSION}, the client offers ${offered.join(", ").slice(0, 200)}.`,
        );
      }
      if (request.url !== "/") throw new CoreError("INVALID_REQUEST", "The WebSocket is at the path /.");
    } catch (thrown) {
      const error = toCoreError(thrown);
      count(counters.errors, error.code);
      refuseUpgrade(tcp, error);
      return;
    }
    websockets.handleUpgrade(request, duplex, head, (socket) => {
      const authorized = routes.isAuthorized(request);
      const connection = new ClientConnection({
        socket,
        tcp,
        authorized,
        services,
        access,
        config,
        counters,
        now,
        stopping: () => stopping,
        onAdmitted() {
          strangers.admit(tcp);
          counters.connections_total += 1;
          counters.connections_open += 1;
          socket.once("close", () => {
            counters.connections_open -= 1;
          });
        },
      });
      connections.add(connection);
      socket.once("close", () => connections.delete(connection));
      strangers.onTurnedAway(tcp, () =>
        connection.refuse(
          new CoreError("RATE_LIMITED", `More than ${config.max_strangers} connections wait without a hello.`),
          CLOSE_CODES.TOO_MANY,
        ),
      );
    });
  });

  await new Promise<void>((resolve, reject) => {
    http.once("error", (cause) => {
      reject(
        new CoreError("CONFIG_INVALID", `Cannot listen on ${config.host}, port ${config.port}: ${cause.message}.`, {
          remedy: "Choose another port (0 = a free one), or stop the program that has it.",
          data: { host: config.host, port: config.port },
          cause,
        }),
      );
    });
    http.listen({ host: config.host, port: config.port, backlog: 1024 }, resolve);
  });
  http.on("error", (error) => services.logger.error({ error }, "the port failed"));
  const bound = boundTo(http.address());
  port = bound.port;
  const heart = setInterval(() => {
    for (const connection of connections) connection.beat();
  }, config.heartbeat_ms);
  heart.unref();

  return {
    host: { "0.0.0.0": "127.0.0.1", "::": "::1" }[bound.address] ?? bound.address,
    port,
    createLoginPath: () => `/login?code=${sessions.createCode()}`,
    async announceCapabilities() {
      const capabilities = await services.capabilities();
      for (const connection of connections) connection.announce({ type: "capabilities_changed", capabilities });
    },
    beginStop() {
      stopping = true;
    },
    async close() {
      stopping = true;
      clearInterval(heart);
      for (const connection of connections) connection.close(CLOSE_CODES.GOING_AWAY, "SHUTTING_DOWN");
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeIdleConnections();
      const force = setTimeout(() => http.closeAllConnections(), CLOSE_GRACE_MS);
      await closed;
      clearTimeout(force);
    },
  };
}

/** Refuses before the WebSocket exists: the code and the message are in the HTTP answer. */
function refuseUpgrade(tcp: Socket, error: CoreError): void {
  const status =
    {
      FORBIDDEN_ORIGIN: "403 Forbidden",
      UNAUTHORIZED: "401 Unauthorized",
      UNSUPPORTED_PROTOCOL: "426 Upgrade Required",
      SHUTTING_DOWN: "503 Service Unavailable",
    }[String(error.code)] ?? "400 Bad Request";
  const body = JSON.stringify({ error: error.toBody() });
  tcp.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nSec-WebSocket-Protocol: ${PROTOCOL_VERSION}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Node keeps a socket half open until the client ends its side too.
  setTimeout(() => tcp.destroy(), 1000).unref();
}

function boundTo(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new CoreError("INTERNAL", "The server has no TCP port.");
  return address;
}
