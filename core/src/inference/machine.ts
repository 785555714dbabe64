import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from "node:os";

/** What inference must know of this machine. */
export interface MachineFacts {
  /** `linux x64`. */
  platform: string;
  /** As the machine names its processor. */
  cpu: string;
  /** Changes when the processor's instruction sets do. */
  cpu_fingerprint: string;
  /** Cores that inference gains from; two hardware threads of one core count once. */
  cores: number;
  /** Bytes that this process may use: the machine's memory, or a container's limit. */
  memory_total: number;
  memory_free: number;
}

/** Reads the machine's facts. */
export function machineFacts(): MachineFacts {
  const cpuinfo = readText("/proc/cpuinfo");
  const model = cpus()[0]?.model.trim();
  const cpu = model === undefined || model === "" || model === "unknown" ? `${arch()} processor` : model;
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? "";
  return {
    platform: `${platform()} ${arch()}`,
    cpu,
    cpu_fingerprint: createHash("sha256").update(`${arch()} ${cpu} ${flags}`).digest("hex").slice(0, 16),
    cores: physicalCores(cpuinfo),
    ...memoryFacts(),
  };
}

/** Gives total and free memory, a container's limit taken into account. */
export function memoryFacts(): Pick<MachineFacts, "memory_total" | "memory_free"> {
  const limit = process.constrainedMemory();
  const memory_total = limit > 0 && limit < totalmem() ? limit : totalmem();
  // MemAvailable counts what the system can reclaim; freemem() alone is near zero on any machine that was up for a while.
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(readText("/proc/meminfo"))?.[1];
  const machine_free = available === undefined ? freemem() : Number(available) * 1024;
  return { memory_total, memory_free: Math.min(memory_total, machine_free) };
}

function physicalCores(cpuinfo: string): number {
  const logical = availableParallelism();
  const ids = new Set(
    cpuinfo.split("\n\n").flatMap((block) => {
      const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
      const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
      return core === undefined ? [] : [`${socket} ${core}`];
    }),
  );
  return ids.size === 0 ? logical : Math.max(1, Math.min(ids.size, logical));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
