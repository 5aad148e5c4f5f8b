/**
 * What spans say: OpenTelemetry's semantic conventions where they have a name for it, `attache.…`
 * elsewhere. Never a credential, a query, a session, and nothing that names a person: traces are read
 * by more people than logs, and often elsewhere.
 */
import type { Attributes } from '@opentelemetry/api'
import type { Answer } from '../answer.ts'
import type { CheckInput } from '../check-input.ts'
import type { CallDetails } from '../outgoing-call.ts'
import { routeHost } from '../routes/host.ts'

/** @see {@link https://opentelemetry.io/docs/specs/semconv/registry/attributes/http/#http-request-method http.request.method} */
const methods: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

const maxPathLength = 1024

/** The request that a check is about. */
export function requestAttributes({ transport, method, host, path }: CheckInput): Attributes {
  const serverAddress = routeHost(host.slice(0, 300))
  return {
    'attache.transport': transport,
    'http.request.method': knownMethod(method),
    'url.path': barePath(path),
    ...(serverAddress === undefined ? {} : { 'server.address': serverAddress }),
  }
}

/** What came of the check. */
export function answerAttributes({ decision, event }: Answer): Attributes {
  const status = decision.kind === 'reply' ? { 'http.response.status_code': decision.status } : {}
  const common = { 'attache.decision_id': event.id, ...status }
  if (event.kind === 'sign-in') {
    return { ...common, 'attache.verdict': event.outcome?.name ?? 'sign-in' }
  }
  const { route, user } = event
  return {
    ...common,
    'attache.verdict': event.kind,
    ...(route === undefined ? {} : { 'attache.route': route }),
    ...(user === undefined ? {} : { 'attache.authenticator': user.authenticator }),
    ...(event.kind === 'denied' ? { 'attache.reason': event.reason } : {}),
    // The service's own fault, unlike every other denial.
    ...(isFailure({ event }) ? { 'error.type': 'unavailable' } : {}),
  }
}

/** Whether Attaché could not do its work; a denial is work done. */
export function isFailure({ event }: Pick<Answer, 'event'>): boolean {
  return event.kind === 'denied' && event.reason === 'unavailable'
}

/** A request to `peer`. */
export function callAttributes(
  peer: string,
  { result, http }: Pick<CallDetails, 'http'> & { readonly result: string },
): Attributes {
  const status = /^[1-5][0-9]{2}$/.test(result) ? Number(result) : undefined
  const failure = isFailedCall(result) ? { 'error.type': result } : {}
  if (http === undefined) return { 'db.system.name': peer, ...failure }
  const { hostname, port, protocol } = http.url
  return {
    'attache.peer': peer,
    'http.request.method': knownMethod(http.method),
    'server.address': hostname,
    'server.port': port === '' ? defaultPort(protocol) : Number(port),
    ...(http.path === undefined ? {} : { 'url.template': http.path }),
    ...(status === undefined ? {} : { 'http.response.status_code': status }),
    ...failure,
  }
}

/** For who calls, 4xx is a failure too. */
export function isFailedCall(result: string): boolean {
  return !/^([123][0-9]{2}|ok)$/.test(result)
}

/** A client may write anything there, and each would be a kind of its own. */
function knownMethod(method: string): string {
  return methods.has(method) ? method : '_OTHER'
}

/** Some servers keep a session id behind a semicolon; each of the three may come encoded. */
function barePath(path: string): string {
  const end = path.search(/[?#;]|%(?:3[bBfF]|23)/)
  return (end === -1 ? path : path.slice(0, end)).slice(0, maxPathLength)
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80
}
