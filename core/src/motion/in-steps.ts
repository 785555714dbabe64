/** Long work in steps: it may be left between two of them, so that a cancel is heard. Each `yield` ends a step of a few milliseconds. */
export type InSteps<Result> = Generator<undefined, Result, undefined>;

/** Does all steps of long work at once; gives its result. */
export function finishSteps<Result>(steps: InSteps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Does something for each number from 0 to `count` - 1, a step each; gives what came out. */
export function* mapInSteps<Result>(count: number, make: (index: number) => Result): InSteps<Result[]> {
  const made: Result[] = [];
  for (let index = 0; index < count; index++) {
    made.push(make(index));
    yield;
  }
  return made;
}
