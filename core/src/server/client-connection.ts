import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Config } from "../config.ts";
import type { JobOwner } from "../jobs/job-service.ts";
import type { ClientMessage, Hello } from "../protocol/client-messages.ts";
import { encodeMessage, PROTOCOL_VERSION } from "../protocol/codec.ts";
import type { CoreMessage } from "../protocol/core-messages.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { parseClientMessage, RefusedMessageError } from "../protocol/parse.ts";
import { VERSION } from "../version.ts";
import type { Access } from "./access.ts";
import { type AssetTransfer, createAssetTransfer } from "./asset-transfer.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import { type Counters, count } from "./counters.ts";
import { createMessageBudget } from "./message-budget.ts";
import { type HandlerContext, handleMessage } from "./message-handlers.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { Services } from "./services.ts";

/** What a connection gets from the server. */
export interface ConnectionOptions {
  socket: WebSocket;
  tcp: Socket;
  /** Whether the upgrade showed the token or the page's cookie already. */
  authorized: boolean;
  services: Services;
  access: Access;
  config: Pick<Config, "hello_timeout_ms" | "max_outgoing_bytes" | "max_connections" | "limits">;
  counters: Counters;
  /** Called when the client has shown the token. */
  onAdmitted(): void;
  stopping(): boolean;
  now(): number;
}

/** Bytes that a stranger may send: HTTP's header (16 KiB at most) and a hello. */
const STRANGER_MAX_BYTES = 32 * 1024;
const MAX_UNREADABLE = 10;
const UNREADABLE_COST = 50;
const MAX_IN_FLIGHT = 64;
const MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024;
const CLOSE_GRACE_MS = 2000;

/**
 * One client: hello, then messages until either side ends it. Whatever a client sends is answered with a reply or a coded
 * error; nothing it does reaches another connection.
 *
 * Memory of one connection is bounded both ways: reading stops while 64 messages or 16 MiB are being worked on, while replies
 * wait to be read, and while the client sends more messages a second than the budget.
 */
export class ClientConnection {
  private readonly outbox: Outbox;
  private readonly transfer: AssetTransfer;
  private readonly subscriptions = new Map<string, () => void>();
  private readonly budget;
  private owner: JobOwner | undefined;
  private authorized: boolean;
  private ended = false;
  private ready: Promise<void> = Promise.resolve();
  private unreadable = 0;
  private inFlight = 0;
  private inFlightBytes = 0;
  private holding: NodeJS.Timeout | undefined;
  private readonly helloTimer: NodeJS.Timeout;
  private alive = true;
  private silentBeats = 0;
  private sentAtBeat = 0;

  constructor(private readonly options: ConnectionOptions) {
    const { socket, tcp, config, services, counters } = options;
    this.authorized = options.authorized;
    this.budget = createMessageBudget(options.now);
    this.outbox = createOutbox(socket, {
      max_bytes: config.max_outgoing_bytes,
      onOverflow: () =>
        this.refuse(
          new CoreError(
            "RATE_LIMITED",
            `More than ${config.max_outgoing_bytes} bytes wait to be read by this client.`,
            {
              remedy: "Connect again and attach with the last sequence number; nothing is lost.",
            },
          ),
          CLOSE_CODES.TOO_MANY,
        ),
      onDrain: () => this.regulate(),
    });
    this.transfer = createAssetTransfer(services.assets, config.limits, this.outbox);
    this.helloTimer = setTimeout(() => this.onHelloTimeout(), config.hello_timeout_ms);
    socket.on("message", (data, isBinary) => this.receive(toBytes(data), isBinary));
    socket.on("ping", (data) => this.answerPing(data));
    socket.on("pong", () => {
      this.alive = true;
    });
    // A frame beyond the limit or against the WebSocket specification: ws closes with 1009, 1002 or 1007 by itself.
    socket.on("error", (error) => {
      count(
        counters.errors,
        "code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"
          ? "MESSAGE_TOO_LARGE"
          : "MALFORMED_MESSAGE",
      );
      services.logger.debug({ error: error.message }, "a connection broke the WebSocket protocol");
    });
    socket.on("close", () => this.end());
    // Strangers get no more than hello needs, so that a flood of them costs little memory.
    tcp.on("data", (piece: Buffer) => {
      counters.bytes_received += piece.byteLength;
      if (this.owner === undefined && !this.authorized && tcp.bytesRead > STRANGER_MAX_BYTES) tcp.destroy();
    });
  }

  /** Sends what no client asked for; nothing to one that was not welcomed yet. */
  announce(message: CoreMessage): void {
    if (this.owner !== undefined) this.outbox.send(message);
  }

  /** Whether the client has been welcomed. */
  get welcomed(): boolean {
    return this.owner !== undefined;
  }

  /** Sends a ping, or ends a connection that gave no sign of life for two beats. */
  beat(): void {
    if (!this.welcomed || this.ended) return;
    const moved = this.outbox.sent !== this.sentAtBeat;
    this.sentAtBeat = this.outbox.sent;
    this.silentBeats = this.alive || moved || this.options.socket.isPaused ? 0 : this.silentBeats + 1;
    this.alive = false;
    if (this.silentBeats >= 2) {
      this.close(CLOSE_CODES.TIMEOUT, "no sign of life");
    } else if (this.outbox.bytes < 64 * 1024) this.options.socket.ping();
  }

  /** Sends the error and closes; what still waits is dropped. */
  refuse(error: CoreError, code: number): void {
    if (this.ended) return;
    count(this.options.counters.errors, error.code);
    this.options.socket.send(encodeMessage({ type: "error", error: error.toBody() }));
    this.close(code, error.code);
  }

  /** Closes; the socket is ended when the client does not answer in time. */
  close(code: number, reason: string): void {
    const { socket } = this.options;
    this.end();
    socket.resume();
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), this.welcomed ? CLOSE_GRACE_MS : CLOSE_GRACE_MS / 4).unref();
  }

  private receive(bytes: Uint8Array, isBinary: boolean): void {
    if (this.ended) return;
    this.alive = true;
    let message: ClientMessage;
    try {
      if (!isBinary)
        throw new CoreError("MALFORMED_MESSAGE", "The frame is text; messages are binary frames of MessagePack.");
      message = parseClientMessage(bytes);
    } catch (error) {
      this.onUnreadable(toCoreError(error));
      return;
    }
    this.unreadable = 0;
    count(this.options.counters.messages, message.type);
    this.hold(this.budget.take(1));
    if (this.owner === undefined) this.ready = this.welcome(message);
    else void this.carryOut(message, bytes.byteLength, this.owner);
  }

  private async carryOut(message: ClientMessage, size: number, owner: JobOwner): Promise<void> {
    const { services, counters, stopping } = this.options;
    const context: HandlerContext = {
      services,
      owner,
      outbox: this.outbox,
      transfer: this.transfer,
      subscriptions: this.subscriptions,
      clients: () => counters.connections_open,
      stopping,
    };
    this.inFlight += 1;
    this.inFlightBytes += size;
    this.regulate();
    try {
      // Messages may follow hello at once; `welcome` still is the first reply.
      await this.ready;
      if (this.ended) return;
      await handleMessage(message, context);
      if (this.ended) this.endSubscriptions();
    } catch (thrown) {
      this.sendError(thrown, "id" in message ? message.id : undefined);
    } finally {
      this.inFlight -= 1;
      this.inFlightBytes -= size;
      this.regulate();
    }
  }

  private async welcome(message: ClientMessage): Promise<void> {
    const { services, config } = this.options;
    try {
      if (message.type !== "hello") {
        const error = new CoreError(
          "HELLO_REQUIRED",
          `The first message is \`${message.type}\`; it must be \`hello\`.`,
        );
        return this.refuse(error, CLOSE_CODES.BAD_MESSAGES);
      }
      if (!this.mayEnter(message)) return;
      this.owner = ownerOf(message);
      clearTimeout(this.helloTimer);
      this.options.onAdmitted();
      const capabilities = await services.capabilities();
      this.outbox.send({
        type: "welcome",
        protocol: PROTOCOL_VERSION,
        core: { name: "genga", version: VERSION },
        capabilities,
        limits: config.limits,
      });
    } catch (thrown) {
      services.logger.error({ error: thrown }, "hello failed");
      this.refuse(toCoreError(thrown), CLOSE_CODES.GOING_AWAY);
    }
  }

  private mayEnter(hello: Hello): boolean {
    const { access, counters, config } = this.options;
    if (!this.authorized && (hello.token === undefined || !access.isToken(hello.token))) {
      const met = hello.token === undefined ? "No token was shown" : "The token is not this core's";
      this.refuse(
        new CoreError("UNAUTHORIZED", `${met}; the core wants the one in its token file.`, {
          remedy: "Read the file that run/core.json names as token_file, or set GENGA_TOKEN to the core's token.",
        }),
        CLOSE_CODES.UNAUTHORIZED,
      );
    } else if (!hello.protocols.includes(PROTOCOL_VERSION)) {
      this.refuse(
        new CoreError(
          "UNSUPPORTED_PROTOCOL",
          `The client speaks ${hello.protocols.join(", ").slice(0, 200)}; this core (${VERSION}) speaks ${PROTOCOL_VERSION}.`,
          {
            remedy: "Update whichever of the two is older.",
            data: { supported: [PROTOCOL_VERSION], core_version: VERSION },
          },
        ),
        CLOSE_CODES.UNSUPPORTED_PROTOCOL,
      );
    } else if (counters.connections_open >= config.max_connections) {
      this.refuse(
        new CoreError(
          "RATE_LIMITED",
          `${counters.connections_open} clients are connected, as many as the core takes.`,
          {
            remedy: "Close clients, or raise the setting max_connections.",
          },
        ),
        CLOSE_CODES.TOO_MANY,
      );
    } else return true;
    return false;
  }

  private onUnreadable(error: CoreError): void {
    this.unreadable += 1;
    this.hold(this.budget.take(UNREADABLE_COST));
    if (this.owner === undefined || this.unreadable >= MAX_UNREADABLE) {
      this.refuse(error, CLOSE_CODES.BAD_MESSAGES);
    } else this.sendError(error, error instanceof RefusedMessageError ? error.reply_to : undefined);
  }

  private onHelloTimeout(): void {
    const { hello_timeout_ms } = this.options.config;
    this.refuse(new CoreError("HELLO_REQUIRED", `No hello came within ${hello_timeout_ms} ms.`), CLOSE_CODES.TIMEOUT);
  }

  private sendError(thrown: unknown, reply_to: string | undefined): void {
    const { counters, services } = this.options;
    const error = toCoreError(thrown);
    count(counters.errors, error.code);
    if (error.code === "INTERNAL") services.logger.error({ error: thrown }, "a message failed");
    this.outbox.send({ type: "error", ...(reply_to === undefined ? {} : { reply_to }), error: error.toBody() });
  }

  /** Answers pings unless their answers pile up: a peer that pings and never reads must not fill the memory. */
  private answerPing(data: Buffer): void {
    this.alive = true;
    this.hold(this.budget.take(1));
    if (this.options.socket.bufferedAmount < 4 * 1024 * 1024) this.options.socket.pong(data);
  }

  private hold(wait_ms: number): void {
    if (wait_ms === 0 || this.holding !== undefined) return;
    this.holding = setTimeout(() => {
      this.holding = undefined;
      this.regulate();
    }, wait_ms);
    this.regulate();
  }

  /** Stops or goes on reading from the client. */
  private regulate(): void {
    if (this.ended) return;
    const { socket, config } = this.options;
    const full =
      this.holding !== undefined ||
      this.inFlight >= MAX_IN_FLIGHT ||
      this.inFlightBytes >= MAX_IN_FLIGHT_BYTES ||
      this.outbox.bytes > config.max_outgoing_bytes / 2;
    if (full && !socket.isPaused) socket.pause();
    else if (!full && socket.isPaused) socket.resume();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.options.counters.bytes_sent += this.outbox.sent;
    clearTimeout(this.helloTimer);
    clearTimeout(this.holding);
    this.outbox.close();
    this.endSubscriptions();
    void this.transfer.close();
  }

  private endSubscriptions(): void {
    for (const end of this.subscriptions.values()) end();
    this.subscriptions.clear();
  }
}

function ownerOf({ client }: Hello): JobOwner {
  const { name, version, user } = client;
  return user === undefined ? { name, version } : { name, version, user };
}

function toBytes(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
