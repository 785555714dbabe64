const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * Reads JSON as Python writes it: a node that says NaN, as those that always run do, makes `/queue`, `/history` and frames hold the word
 * `NaN`, which JSON does not have; it counts as null. Gives undefined for what is no JSON otherwise.
 */
export function parseJson(text: string): unknown {
  return tryJson(text) ?? tryJson(text.replace(TEXT_OR_NUMBER, (found) => (found.startsWith('"') ? found : "null")));
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
