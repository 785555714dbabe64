import type { AssetStore } from "../assets/asset-store.ts";
import type { Request } from "../protocol/client-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Job } from "./job.ts";
import { type AdmissionParts, type AdmittedRequest, admit } from "./job-admission.ts";
import type { JobBook } from "./job-book.ts";
import type { JobOwner } from "./job-service.ts";
import type { OpenPlaces } from "./open-places.ts";
import { requestDigest } from "./request-digest.ts";

/** A request without what belongs to its connection. */
export type JobRequest = Omit<Request, "type" | "id" | "attach">;

/** What taking requests in needs. */
export interface IntakeParts extends AdmissionParts {
  book: JobBook;
  places: OpenPlaces;
  assets: AssetStore;
  /** Gives an identifier that no job has. */
  drawJobId: () => string;
  /** @throws CoreError SHUTTING_DOWN */
  refuseWhenStopping: () => void;
}

/** Takes requests in: checks them, and stores each as a waiting job before it answers. */
export class JobIntake {
  readonly #parts: IntakeParts;
  #order = 0;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    for (const { order } of parts.book.jobs.open.values()) this.#order = Math.max(this.#order, order);
  }

  /** Gives the job of a request; the first one, when its idempotency key was met before. @throws CoreError */
  async submit(request: JobRequest, owner: JobOwner) {
    const { book } = this.#parts;
    const { idempotency_key } = request;
    if (idempotency_key === undefined) return this.#accept(request, owner);
    return book.lock.run([`request ${owner.name}\0${idempotency_key}`], async () => {
      const first = book.jobs.request(owner.name, idempotency_key);
      if (first === undefined) return this.#accept(request, owner);
      if (first.digest !== requestDigest(request)) {
        throw new CoreError(
          "IDEMPOTENCY_CONFLICT",
          `The idempotency key "${idempotency_key}" was used for job ${first.job_id} with other parameters.`,
          { remedy: "Send the same parameters, or another key.", data: { job_id: first.job_id } },
        );
      }
      return { job_id: first.job_id, position: book.queue.position(first.job_id) ?? 0, duplicate: true };
    });
  }

  async #accept(request: JobRequest, owner: JobOwner) {
    const { places } = this.#parts;
    places.take(owner.name);
    try {
      return await this.#store(request, owner, await admit(request.task, request.params, this.#parts));
    } catch (error) {
      places.free(owner.name);
      throw error;
    }
  }

  async #store(request: JobRequest, owner: JobOwner, { params, assets: named }: AdmittedRequest) {
    const { book, assets, drawJobId, refuseWhenStopping } = this.#parts;
    refuseWhenStopping();
    this.#order += 1;
    const job: Job = {
      job_id: drawJobId(),
      task: request.task,
      params,
      state: "queued",
      client: owner.name,
      client_version: owner.version,
      ...(owner.user === undefined ? {} : { user: owner.user }),
      ...(request.project === undefined ? {} : { project: request.project }),
      ...(request.shot === undefined ? {} : { shot: request.shot }),
      ...(request.prompt_privacy ? { prompt_privacy: true } : {}),
      ...(request.idempotency_key === undefined ? {} : { idempotency_key: request.idempotency_key }),
      priority: request.priority,
      order: this.#order,
      attempts: 0,
      created: book.now(),
      outputs: [],
      last_sequence: 0,
    };
    const position = book.positionIfAdded(job);
    try {
      await book.commit(
        [job],
        () => ({ type: "queued", position }),
        (batch) => {
          void assets.retain(job.job_id, named, batch);
          if (job.idempotency_key !== undefined) {
            const digest = requestDigest(request);
            book.jobs.addRequest(batch, job.client, job.idempotency_key, { job_id: job.job_id, digest });
          }
        },
      );
    } catch (error) {
      await assets.release(job.job_id).catch(() => "the disk is full; memory was released");
      throw error;
    }
    book.queue.add(job);
    return { job_id: job.job_id, position, duplicate: false };
  }
}
