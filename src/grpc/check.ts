/**
 * `grpc/` answers Envoy's gRPC checks and translates, nothing else. An RPC error would leave the
 * verdict to Envoy's `failure_mode_allow`, so there is none: whatever happens is a denial.
 */
import { type Awaitable, answerOr, continueWith } from '../awaitable.ts'
import type { Decision } from '../decision.ts'
import { type AdapterDeps, guardChecker, lastResort } from '../serving/checker-guard.ts'
import { type Call, finish, type Method, remainingMs } from './call.ts'
import { readCheckRequest } from './check-request.ts'
import { encodeDecision } from './check-response.ts'

/** `envoy.service.auth.v3.Authorization/Check`. It answers and never errors. */
export function createCheckMethod(deps: AdapterDeps): Method {
  const answer = createAnswerer(deps)

  return (call) => {
    const answered = answerOr(() => answer(call), lastResortMessage)
    void continueWith(answered, (message) => finish(call.stream, message))
  }
}

/** Turns a call into the message that answers it. */
function createAnswerer({
  checker,
  acceptsCaller,
}: AdapterDeps): (call: Call) => Awaitable<Buffer> {
  const guarded = guardChecker(checker)

  const decide = (call: Call): Awaitable<Decision> => {
    // From the call alone: Envoy copies the client's headers into the message, and not into the call.
    const callHeader = (name: string): string | undefined => {
      const value = call.headers[name]
      return typeof value === 'string' ? value : undefined
    }
    if (!acceptsCaller(callHeader('x-attache-caller'))) {
      return guarded.refuse('caller', 'the call metadata has no right "x-attache-caller"')
    }
    const read = readCheckRequest(call.message)
    if (read.kind === 'malformed') return guarded.refuse('malformed-request', read.detail)
    return guarded.check(read.input, { timeoutMs: remainingMs(call), callHeader })
  }

  const encode = (decision: Decision): Buffer => {
    const encoded = encodeDecision(decision)
    if (encoded.kind === 'encoded') return encoded.message
    const refused = encodeDecision(guarded.refuse('unavailable', encoded.detail))
    return refused.kind === 'encoded' ? refused.message : lastResortMessage()
  }

  return (call) => continueWith(decide(call), encode)
}

function lastResortMessage(): Buffer {
  const encoded = encodeDecision(lastResort)
  if (encoded.kind !== 'encoded') throw new TypeError('Cannot encode the last resort')
  return encoded.message
}
