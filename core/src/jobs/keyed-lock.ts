/** Lets one action at a time change a thing with a name; actions on other names go on beside it. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs an action while nothing else changes any of the named things. */
  run<T>(keys: readonly string[], action: () => Promise<T>): Promise<T> {
    const names = [...new Set(keys)];
    // All are queued for in one turn, so two actions can never wait for each other.
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    const run = Promise.all(before).then(action);
    const done = run.catch(() => "its caller was told");
    for (const name of names) this.#last.set(name, done);
    void done.then(() => {
      for (const name of names) if (this.#last.get(name) === done) this.#last.delete(name);
    });
    return run;
  }

  /** Resolves once everything that was begun has ended. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
