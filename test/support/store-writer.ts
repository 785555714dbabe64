// Writes pairs of entries until it is killed, and prints the number of each pair once its write resolved.
import { openStore } from "../../core/src/store.ts";

const store = openStore(process.argv[2] ?? "");
const left = store.table<number>("left");
const right = store.table<number>("right");
const begun = [...left.entries()].length;
for (let i = begun; ; i++) {
  await store.write((batch) => {
    left.put(batch, i, i);
    right.put(batch, i, i);
  });
  process.stdout.write(`${i}\n`);
}
