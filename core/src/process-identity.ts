import { readFileSync } from "node:fs";

/** A process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Boot of the machine and start time of the process, where the system tells them (Linux). */
  started?: string;
}

/**
 * Gives the identity of a running process, or undefined if none has this pid.
 *
 * On Linux the start time comes from field 22 of /proc/<pid>/stat (proc(5)), in clock ticks since boot; elsewhere the pid alone must do.
 */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name stands in parentheses and may hold blanks; fields are counted behind it, from field 3 on.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const ticks = fields[22 - 3];
    return ticks === undefined ? { pid } : { pid, started: `${boot}/${ticks}` };
  } catch {
    return { pid };
  }
}

/** Tells whether the process of a stored identity still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = processIdentity(identity.pid);
  if (now === undefined) return false;
  return now.started === undefined || identity.started === undefined || now.started === identity.started;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, on behalf of another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
