/** A value that JSON can hold. */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Encodes a value as canonical JSON (RFC 8785): keys sorted by UTF-16 code units, no white space, numbers as ECMAScript writes
 * them. Fields that are undefined are left out.
 *
 * @throws TypeError for a value that JSON cannot hold (NaN, Infinity, bigint, function)
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`Canonical JSON cannot hold ${value}.`);
      return value;
    case "object": {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(sorted);
      const entries = Object.entries(value).filter(([, field]) => field !== undefined);
      entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      // No prototype: a key "__proto__" must stay a plain field.
      const out: { [key: string]: Json } = Object.create(null);
      for (const [key, field] of entries) out[key] = sorted(field);
      return out;
    }
    default:
      throw new TypeError(`Canonical JSON cannot hold a ${typeof value}.`);
  }
}
