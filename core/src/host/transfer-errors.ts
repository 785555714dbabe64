import { type TransferHandler, transferHandlers } from "comlink";
import { CoreError, type ErrorBody, toCoreError } from "../protocol/errors.ts";

interface Thrown {
  value: unknown;
}

/**
 * Makes comlink carry errors as CoreErrors: code, message, remedy and data arrive whole on the other side; anything else arrives as
 * what toCoreError makes of it. Call it once in each process and thread, before the first call.
 */
export function transferErrors(): void {
  const comlinkHandler = transferHandlers.get("throw");
  if (comlinkHandler === undefined) throw new Error("comlink has no handler for thrown values");
  const handler: TransferHandler<Thrown, ErrorBody> = {
    canHandle: (value): value is Thrown => comlinkHandler.canHandle(value),
    serialize: ({ value }) => [toCoreError(value).toBody(), []],
    deserialize: (body) => {
      throw CoreError.fromBody(body);
    },
  };
  transferHandlers.set("throw", handler as TransferHandler<unknown, unknown>);
}
