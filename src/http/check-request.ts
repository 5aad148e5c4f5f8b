import { type ByteString, textOf } from '../byte-string.ts'
import type { CheckInput } from '../check-input.ts'
import { isRequestPath, receiveLine } from '../headers/received.ts'

/** An HTTP check as Node received it. */
export interface RawCheck {
  readonly method: string
  /** Request target, as received. */
  readonly url: ByteString
  /** Name, value, name, value …, as received. */
  readonly rawHeaders: readonly ByteString[]
}

/** What an HTTP check says, or why it says nothing. */
export type ReadCheckRequest = {
  /** Value of `x-attache-caller`, which Envoy adds. */
  readonly caller: string | undefined
  /** What Envoy's deadline leaves, in milliseconds; undefined when it names none. */
  readonly timeoutMs: number | undefined
} & (
  | { readonly kind: 'request'; readonly input: CheckInput }
  | { readonly kind: 'malformed'; readonly detail: string }
)

/** What the check itself says, by field; several lines of one are joined with commas. */
interface Own {
  caller: string | undefined
  source: string | undefined
  connection: string | undefined
  upgrade: string | undefined
  timeout: string | undefined
  host: string | undefined
}

/** Fields that belong to the check itself; `none` says nothing of the request that it is about. */
const ownFields: ReadonlyMap<string, keyof Own | 'none'> = new Map([
  ['x-attache-caller', 'caller'],
  ['x-attache-source', 'source'],
  ['x-attache-connection', 'connection'],
  ['x-attache-upgrade', 'upgrade'],
  ['x-envoy-expected-rq-timeout-ms', 'timeout'],
  ['host', 'host'],
  ['x-envoy-internal', 'none'],
  ['connection', 'none'],
  ['content-length', 'none'],
  ['keep-alive', 'none'],
  ['transfer-encoding', 'none'],
  ['upgrade', 'none'],
])

/**
 * Reads an HTTP check: the request that it is about has the same method, the same path behind
 * `pathPrefix`, and the headers that Envoy was told to show. Never throws.
 */
export function readCheckRequest(check: RawCheck, pathPrefix: string): ReadCheckRequest {
  const { headers, own } = readHeaders(check.rawHeaders)
  const envelope = { caller: own.caller, timeoutMs: parseTimeout(own.timeout) }
  const path = pathBehind(pathPrefix, textOf(check.url))
  if (path === undefined) {
    return { ...envelope, kind: 'malformed', detail: 'the path is not under checkPathPrefix' }
  }
  return {
    ...envelope,
    kind: 'request',
    input: {
      transport: 'http',
      method: check.method,
      host: own.host ?? '',
      path,
      headers,
      source: parseSource(own.source),
      // Over HTTP Envoy has it in x-forwarded-client-cert alone.
      certificate: undefined,
    },
  }
}

function readHeaders(rawHeaders: readonly ByteString[]): {
  readonly headers: Map<string, string>
  readonly own: Own
} {
  const headers = new Map<string, string>()
  const own: Own = {
    caller: undefined,
    source: undefined,
    connection: undefined,
    upgrade: undefined,
    timeout: undefined,
    host: undefined,
  }
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? ''
    const value = textOf(rawHeaders[at + 1] ?? '')
    const field = ownFields.get(name)
    if (field === undefined) receiveLine(headers, [name, value])
    else if (field !== 'none') {
      const before = own[field]
      own[field] = before === undefined ? value : `${before},${value}`
    }
  }
  // Envoy's own connection to us has such fields too; those of the client come under other names.
  if (own.connection !== undefined) headers.set('connection', own.connection)
  if (own.upgrade !== undefined) headers.set('upgrade', own.upgrade)
  return { headers, own }
}

/** Envoy puts the prefix before the whole path: what follows it begins with a slash, as every path. */
function pathBehind(prefix: string, url: string): string | undefined {
  if (!url.startsWith(prefix)) return undefined
  const path = url.slice(prefix.length)
  return isRequestPath(path) ? path : undefined
}

/** Milliseconds; 0 is how Envoy says that there is no limit. */
function parseTimeout(value: string | undefined): number | undefined {
  if (value === undefined || !/^[1-9][0-9]{0,8}$/.test(value)) return undefined
  return Number(value)
}

/** One address. Two lines mean that Envoy added its own to a client's, and neither can be believed. */
function parseSource(value: string | undefined): string | undefined {
  return value === undefined || value === '' || value.includes(',') ? undefined : value
}
