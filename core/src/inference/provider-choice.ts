import { CoreError } from "../protocol/errors.ts";

/** Execution providers, best first: the order that `auto` tries. */
export const PROVIDERS = ["cuda", "directml", "coreml", "webgpu", "cpu"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** What came of trying a provider. */
export interface ProviderTrial {
  provider: ProviderName;
  usable: boolean;
  /** Why it is not usable. */
  reason?: string;
}

/** The provider that inference runs on, and how it was found. */
export interface ProviderChoice {
  provider: ProviderName;
  /** One line for the log. */
  line: string;
  trials: ProviderTrial[];
}

const PLATFORMS: Record<ProviderName, readonly string[]> = {
  cpu: ["linux", "win32", "darwin"],
  cuda: ["linux", "win32"],
  directml: ["win32"],
  coreml: ["darwin"],
  webgpu: ["linux", "win32", "darwin"],
};

/**
 * Chooses the execution provider: for `auto` the best that works, else the one asked for.
 *
 * @param attempt - tries a provider for real; never called for one that the platform does not have
 * @throws CoreError PROVIDER_UNAVAILABLE if the provider that was asked for does not work
 */
export async function chooseProvider(
  asked: ProviderName | "auto",
  platform: string,
  attempt: (provider: ProviderName) => Promise<ProviderTrial>,
): Promise<ProviderChoice> {
  const trials: ProviderTrial[] = [];
  for (const provider of asked === "auto" ? PROVIDERS : [asked]) {
    const trial = PLATFORMS[provider].includes(platform)
      ? await attempt(provider)
      : { provider, usable: false, reason: `not made for ${platform}` };
    trials.push(trial);
    if (!trial.usable) continue;
    const passed = trials
      .filter(({ usable, provider: other }) => !usable && PLATFORMS[other].includes(platform))
      .map(({ provider: other, reason }) => `${other}: ${reason}`);
    const why = passed.length === 0 ? "" : ` (not usable: ${passed.join("; ")})`;
    return { provider, line: `inference runs on ${provider}${why}`, trials };
  }
  const reasons = trials.map(({ provider, reason }) => `${provider}: ${reason}`).join("; ");
  throw new CoreError("PROVIDER_UNAVAILABLE", `The execution provider "${asked}" cannot be used: ${reasons}.`, {
    remedy: 'Set the provider to "auto" or "cpu"; `genga doctor` shows what this machine has.',
    data: { provider: asked, trials },
  });
}
