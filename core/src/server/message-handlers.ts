import type { JobOwner } from "../jobs/job-service.ts";
import type { ClientMessage } from "../protocol/client-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import type { AssetTransfer } from "./asset-transfer.ts";
import type { Outbox } from "./outbox.ts";
import type { Services } from "./services.ts";

/** What the messages of one connection work with. */
export interface HandlerContext {
  services: Services;
  owner: JobOwner;
  outbox: Outbox;
  transfer: AssetTransfer;
  /** Ends of the subscriptions of this connection, by job. */
  subscriptions: Map<string, () => void>;
  /** Clients connected now. */
  clients(): number;
  /** Whether the core takes no more work. */
  stopping(): boolean;
}

const MAX_SUBSCRIPTIONS = 20_000;

/**
 * Carries out one message of a client that has said hello and sends the reply.
 *
 * @throws CoreError, which the connection sends as `error`
 */
export async function handleMessage(message: ClientMessage, context: HandlerContext): Promise<void> {
  const { services, outbox, transfer } = context;
  switch (message.type) {
    case "hello":
      throw new CoreError("INVALID_REQUEST", "This connection has said hello already; `hello` comes once, first.");
    case "request": {
      refuseWhenStopping(context, "Send the request again, with the same idempotency_key, once the core is back.");
      const { type: _type, id: reply_to, attach, ...request } = message;
      if (attach) checkSubscriptions(context);
      const accepted = await services.jobs.submit(request, context.owner);
      outbox.send({ type: "accepted", reply_to, ...accepted });
      if (attach) subscribe(accepted.job_id, 0, context);
      return;
    }
    case "validate": {
      const valid = await services.jobs.validate(message.task, message.params);
      outbox.send({ type: "validated", reply_to: message.id, ...valid });
      return;
    }
    case "cancel":
      await services.jobs.cancel(message.job_id);
      outbox.send({ type: "done", reply_to: message.id });
      return;
    case "attach":
      checkSubscriptions(context);
      subscribe(message.job_id, message.after_event, context);
      outbox.send({ type: "done", reply_to: message.id });
      return;
    case "jobs_list": {
      const { states, limit } = message;
      const list = services.jobs.list(states === undefined ? { limit } : { states, limit });
      outbox.send({ type: "jobs", reply_to: message.id, ...list });
      return;
    }
    case "jobs_update": {
      const { type: _type, id: reply_to, ...change } = message;
      const jobs = await services.jobs.update(change);
      const { paused } = services.jobs.list({ limit: 1 });
      outbox.send({ type: "jobs", reply_to, jobs, paused });
      return;
    }
    case "asset_put":
      return await transfer.put(message);
    case "asset_chunk":
      return await transfer.chunk(message);
    case "asset_get":
      return await transfer.get(message);
    case "verify": {
      const verification = await services.verify(message.sha256, message.sidecar);
      outbox.send({ type: "verified", reply_to: message.id, verification });
      return;
    }
    case "sign": {
      refuseWhenStopping(context, "Sign the file once the core is back.");
      const { type: _type, id: reply_to, ...request } = message;
      const file = await services.sign(request, context.owner);
      outbox.send({ type: "signed", reply_to, file });
      return;
    }
    case "status": {
      const status = await services.status();
      outbox.send({ type: "core_status", reply_to: message.id, ...status, clients: context.clients() });
      return;
    }
  }
}

function refuseWhenStopping({ stopping }: HandlerContext, remedy: string): void {
  if (stopping()) throw new CoreError("SHUTTING_DOWN", "The core is stopping and takes no new work.", { remedy });
}

function checkSubscriptions({ subscriptions }: HandlerContext): void {
  if (subscriptions.size < MAX_SUBSCRIPTIONS) return;
  throw new CoreError("RATE_LIMITED", `This connection follows ${subscriptions.size} jobs already.`, {
    remedy: "Wait for some to end, or send requests with `attach: false`.",
  });
}

/** Follows a job until it ends; a client attaches again to follow a later retry. An end that a replay goes on behind is none. */
function subscribe(job_id: string, after_event: number, { services, outbox, subscriptions }: HandlerContext): void {
  subscriptions.get(job_id)?.();
  subscriptions.delete(job_id);
  let replayed = false;
  let ended = false;
  const end = services.jobs.subscribe(job_id, after_event, (event) => {
    outbox.sendEvent(event);
    ended = event.type === "result" || event.type === "failed" || event.type === "cancelled";
    if (!ended || !replayed) return;
    subscriptions.get(job_id)?.();
    subscriptions.delete(job_id);
  });
  replayed = true;
  if (ended) end();
  else subscriptions.set(job_id, end);
}
