/** What is told of a request to a peer besides its result. */
export interface CallDetails {
  /** When it began, by `performance.now()`. */
  readonly startedMs: number
  /** Absent where the protocol is not HTTP. */
  readonly http?: HttpCall | undefined
}

export interface HttpCall {
  readonly method: string
  /** Its host and port are told, the rest never is: it may hold what a provider or a token chose. */
  readonly url: URL
  /** The path, where Attaché itself has chosen it. */
  readonly path?: string
}

/** Told what came of one request to a peer: the status of its answer, `timeout` or `error`. */
export type CountCall = (result: string, details?: CallDetails) => void

/** The same for all peers; the peer is a name that the configuration chose. */
export type CountCallTo = (peer: string, result: string, details?: CallDetails) => void

/** Makes the call, and counts it once, whatever comes of it. */
export async function countedCall<T extends { readonly status: number }>(
  call: () => Promise<T>,
  count: CountCall,
  http: HttpCall,
): Promise<T> {
  const details = { startedMs: performance.now(), http }
  try {
    const answer = await call()
    count(String(answer.status), details)
    return answer
  } catch (error) {
    count(isTimeout(error) ? 'timeout' : 'error', details)
    throw error
  }
}

/** `AbortSignal.timeout` and each of undici's own timeouts call themselves that. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name.endsWith('TimeoutError')
}
