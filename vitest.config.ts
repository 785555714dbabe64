import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most tests wait for processes and graphs of their own: one worker less than there are cores leaves half of two idle.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: ["test/full/**"],
          globalSetup: ["test/build-once.ts"],
          pool: "forks",
          // Ten times what the slowest needs on two quiet cores: a deadline tells a hang, not a busy machine.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: "full",
          include: ["test/full/**/*.test.ts"],
          globalSetup: ["test/build-once.ts"],
          pool: "forks",
          testTimeout: 600_000,
          hookTimeout: 600_000,
          expect: { poll: { timeout: 60_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
