/** An answer now, where it is at hand, or a promise of one. */
export type Awaitable<T> = T | Promise<T>

/**
 * Goes on with an answer: at once, where it is at hand. Most checks wait for nothing, and a promise for
 * each of their steps would cost more than the steps. It throws what is thrown at once, and rejects later.
 */
export function continueWith<T, R>(
  answer: Awaitable<T>,
  goOn: (answer: T) => Awaitable<R>,
): Awaitable<R> {
  return answer instanceof Promise ? answer.then(goOn) : goOn(answer)
}

/** The answer, or what `instead` makes of a failure, whether it was thrown or rejected. */
export function answerOr<T, R>(
  ask: () => Awaitable<T>,
  instead: (error: unknown) => R,
): Awaitable<T | R> {
  try {
    const answer = ask()
    return answer instanceof Promise ? answer.catch(instead) : answer
  } catch (error) {
    return instead(error)
  }
}
