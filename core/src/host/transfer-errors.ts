import { type TransferHandler, transferHandlers } from "comlink";
import { CoreError, type ErrorBody, toCoreError } from "../protocol/errors.ts";

interface Thrown {
  value: unknown;
}

const comlinkHandler = transferHandlers.get("throw");

/**
 * Makes comlink carry errors as CoreErrors: code, message, remedy and data arrive whole on the other side; anything else arrives as
 * what toCoreError makes of it. To be called in each process and thread before the first call.
 */
export function transferErrors(): void {
  if (comlinkHandler === undefined) throw new Error("comlink has no handler for thrown values");
  const { canHandle } = comlinkHandler;
  const handler: TransferHandler<Thrown, ErrorBody> = {
    canHandle: (value): value is Thrown => canHandle(value),
    serialize: ({ value }) => [toCoreError(value).toBody(), []],
    deserialize: (body) => {
      throw CoreError.fromBody(body);
    },
  };
  transferHandlers.set("throw", handler as TransferHandler<unknown, unknown>);
}
