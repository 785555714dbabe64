import { readdirSync, readFileSync } from "node:fs";
import type { MachineFacts } from "../inference/machine.ts";
import type { ProviderName } from "../inference/provider-choice.ts";

const NVIDIA = "/proc/driver/nvidia/gpus";

/** Gives the device that a provider runs on, as the machine names it; the runtime itself does not tell. */
export function deviceName(provider: ProviderName, machine: MachineFacts): string {
  if (provider === "cpu") return machine.cpu;
  if (provider === "cuda") {
    try {
      const models = readdirSync(NVIDIA).flatMap(
        (gpu) => /^Model:\s*(.+)$/m.exec(readFileSync(`${NVIDIA}/${gpu}/information`, "utf8"))?.[1] ?? [],
      );
      if (models[0] !== undefined) return models[0].trim();
    } catch {
      // Another platform, or another driver.
    }
  }
  return `GPU through ${provider}`;
}
