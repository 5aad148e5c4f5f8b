/**
 * A part that this machine has, or why not. `skip` goes into the options of `describe`, which prints
 * and counts the reason; `get` is for the tests themselves.
 */
export interface Part<T> {
  readonly skip: string | false
  readonly get: () => T
}

/**
 * Fetches a part. A machine that cannot have it (no network, no Python) skips the tests that need it
 * and says why; with `ATTACHE_TEST_REQUIRE=all`, which CI sets, that is a failure instead.
 */
export async function part<T>(name: string, fetchPart: () => Promise<T>): Promise<Part<T>> {
  try {
    const value = await fetchPart()
    return { skip: false, get: () => value }
  } catch (cause) {
    const reason = `Cannot have ${name}: ${firstLine(cause)}`
    if (process.env['ATTACHE_TEST_REQUIRE'] === 'all') throw new Error(reason, { cause })
    console.error(`skipped: ${reason}`)
    return {
      skip: reason,
      get: () => {
        throw new Error(reason, { cause })
      },
    }
  }
}

/** Why tests that need all of these are skipped; false where the machine has them. */
export function skipWithout(...parts: readonly Pick<Part<unknown>, 'skip'>[]): string | false {
  return parts.map(({ skip }) => skip).find((reason) => reason !== false) ?? false
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.split('\n', 1)[0] ?? text
}
