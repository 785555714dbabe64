import { expect, test } from "vitest";
import { chooseProvider, type ProviderName } from "../../core/src/inference/provider-choice.ts";

const attempts = (usable: readonly ProviderName[]) => {
  const tried: ProviderName[] = [];
  const attempt = async (provider: ProviderName) => {
    tried.push(provider);
    return usable.includes(provider) ? { provider, usable: true } : { provider, usable: false, reason: "no driver" };
  };
  return { tried, attempt };
};

test.each([
  ["linux", ["cuda", "webgpu", "cpu"]],
  ["win32", ["cuda", "directml", "webgpu", "cpu"]],
  ["darwin", ["coreml", "webgpu", "cpu"]],
])("auto on %s tries %s in this order", async (platform, order) => {
  const { tried, attempt } = attempts(["cpu"]);
  const choice = await chooseProvider("auto", platform, attempt);
  expect(tried).toEqual(order);
  expect(choice.provider).toBe("cpu");
  expect(choice.line).toMatch(/^inference runs on cpu \(not usable: .*no driver.*\)$/);
});

test("auto stops at the first that works", async () => {
  const { tried, attempt } = attempts(["cuda", "cpu"]);
  expect(await chooseProvider("auto", "linux", attempt)).toMatchObject({
    provider: "cuda",
    line: "inference runs on cuda",
  });
  expect(tried).toEqual(["cuda"]);
});

test("a provider asked for by name has no substitute", async () => {
  const { tried, attempt } = attempts(["cpu"]);
  await expect(chooseProvider("cuda", "linux", attempt)).rejects.toMatchObject({
    code: "PROVIDER_UNAVAILABLE",
    message: expect.stringContaining("no driver"),
    remedy: expect.stringContaining("cpu"),
  });
  expect(tried).toEqual(["cuda"]);
  await expect(chooseProvider("directml", "linux", attempt)).rejects.toMatchObject({
    code: "PROVIDER_UNAVAILABLE",
    message: expect.stringContaining("not made for linux"),
  });
});
