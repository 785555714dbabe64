import { test } from "vitest";
import { expectConnectsHarmless } from "../server/many-connects.ts";

test("10 000 connects leave clients unharmed and let new ones in", async () => {
  await expectConnectsHarmless(10_000);
});
