/**
 * `grpc/` answers Envoy's gRPC checks and translates, nothing else. An RPC error would leave the
 * verdict to Envoy's `failure_mode_allow`, so there is none: whatever happens is a denial.
 */
import type { handleUnaryCall, Metadata, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { type Awaitable, answerOr, continueWith } from '../awaitable.ts'
import type { Decision } from '../decision.ts'
import { type AdapterDeps, guardChecker, lastResort } from '../serving/checker-guard.ts'
import { readCheckRequest } from './check-request.ts'
import { encodeDecision } from './check-response.ts'

/** A call whose request is the message as it came. */
type CheckCall = ServerUnaryCall<Buffer, Buffer>

/** What the handler needs. */
export interface CheckHandlerOptions extends AdapterDeps {
  /** The clock of grpc-js's deadlines: milliseconds since the epoch. */
  readonly now: () => number
}

/** `envoy.service.auth.v3.Authorization/Check`. It answers and never errors. */
export function createCheckHandler(options: CheckHandlerOptions): handleUnaryCall<Buffer, Buffer> {
  const answer = createAnswerer(options)

  return (call, callback) => {
    const answered = answerOr(() => answer(call), lastResortMessage)
    void continueWith(answered, (message) => respond(message, callback))
  }
}

function respond(message: Buffer, callback: sendUnaryData<Buffer>): void {
  try {
    callback(null, message)
  } catch {
    // The stream is gone, and with it the one who asked.
  }
}

/** Turns a call into the message that answers it. */
function createAnswerer({
  checker,
  acceptsCaller,
  now,
}: CheckHandlerOptions): (call: CheckCall) => Awaitable<Buffer> {
  const guarded = guardChecker(checker)

  const decide = (call: CheckCall): Awaitable<Decision> => {
    // From the call alone: Envoy copies the client's headers into the message, and not into the call.
    if (!acceptsCaller(onlyValue(call.metadata, 'x-attache-caller'))) {
      return guarded.refuse('caller', 'the call metadata has no right "x-attache-caller"')
    }
    const read = readCheckRequest(call.request)
    if (read.kind === 'malformed') return guarded.refuse('malformed-request', read.detail)
    return guarded.check(read.input, {
      timeoutMs: remainingMs(call.getDeadline(), now()),
      callHeader: (name) => onlyValue(call.metadata, name),
    })
  }

  const encode = (decision: Decision): Buffer => {
    const encoded = encodeDecision(decision)
    if (encoded.kind === 'encoded') return encoded.message
    const refused = encodeDecision(guarded.refuse('unavailable', encoded.detail))
    return refused.kind === 'encoded' ? refused.message : lastResortMessage()
  }

  return (call) => continueWith(decide(call), encode)
}

/** What the caller says under this name, if it says it once. */
function onlyValue(metadata: Metadata, name: string): string | undefined {
  const [value, ...more] = metadata.get(name)
  return typeof value === 'string' && more.length === 0 ? value : undefined
}

/** grpc-js says infinity where the caller set no deadline. */
function remainingMs(deadline: Date | number, nowMs: number): number | undefined {
  const atMs = Number(deadline)
  return Number.isFinite(atMs) ? Math.max(0, atMs - nowMs) : undefined
}

function lastResortMessage(): Buffer {
  const encoded = encodeDecision(lastResort)
  if (encoded.kind !== 'encoded') throw new TypeError('Cannot encode the last resort')
  return encoded.message
}
