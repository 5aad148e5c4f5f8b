/** Told what came of one request to a peer: the status of its answer, `timeout` or `error`. */
export type CountCall = (result: string) => void

/** The same for all peers; the peer is a name that the configuration chose. */
export type CountCallTo = (peer: string, result: string) => void

/** Makes the call, and counts it once, whatever comes of it. */
export async function countedCall<T extends { readonly status: number }>(
  call: () => Promise<T>,
  count: CountCall,
): Promise<T> {
  try {
    const answer = await call()
    count(String(answer.status))
    return answer
  } catch (error) {
    count(isTimeout(error) ? 'timeout' : 'error')
    throw error
  }
}

/** `AbortSignal.timeout` and each of undici's own timeouts call themselves that. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name.endsWith('TimeoutError')
}
