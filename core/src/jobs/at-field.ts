import { CoreError, toCoreError } from "../protocol/errors.ts";

/** Does something with a request's asset, and names the field in what it throws. @throws CoreError with `data.field` */
export async function atField<T>(field: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (thrown) {
    const { code, message, remedy, data } = toCoreError(thrown);
    // A check that looks at several fields names them itself.
    const named = message.startsWith("params.") ? message : `${field}: ${message}`;
    throw new CoreError(code, named, {
      ...(remedy === undefined ? {} : { remedy }),
      data: { ...data, field },
      cause: thrown,
    });
  }
}
