import type { AccessQuestion, ReviewAccess } from './access.ts'

/** The first question of a list that got a no. */
export interface Denial<Question> {
  readonly question: Question
  /** The API server's own words, for the log; often empty. */
  readonly reason: string
}

/** Questions of one request at the same time, so that a long list leaves places to other requests. */
const atOnce = 4

/**
 * Asks every question, a few at a time. Undefined is the proven yes: each of them is allowed. After a no
 * or a failure nothing more is asked; of several denials it is the first in order that counts. An empty
 * list is a RangeError.
 */
export async function firstDenied<Question extends AccessQuestion>(
  questions: readonly Question[],
  review: ReviewAccess,
): Promise<Denial<Question> | undefined> {
  // Nothing asked is nothing proven.
  if (questions.length === 0) throw new RangeError('Cannot review access: there is no question')
  let found: { readonly at: number; readonly denial: Denial<Question> } | undefined
  let isOver = false
  const left = questions.entries()

  async function work(): Promise<void> {
    while (!isOver) {
      const next = left.next()
      if (next.done === true) return
      const [at, question] = next.value
      try {
        const verdict = await review(question)
        if (verdict.kind === 'allowed') continue
        isOver = true
        if (found === undefined || at < found.at) {
          found = { at, denial: { question, reason: verdict.reason } }
        }
      } catch (error) {
        isOver = true
        throw error
      }
    }
  }

  const workers = Array.from({ length: Math.min(atOnce, questions.length) }, work)
  await Promise.allSettled(workers)
  // A no is a no, whatever became of the other questions.
  if (found === undefined) await Promise.all(workers)
  return found?.denial
}
