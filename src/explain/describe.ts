import type { Authenticated } from '../authn/authenticator.ts'
import { readUnverified } from '../authn/jwt/prove-jwt.ts'
import { describeAction } from '../authz/route-review.ts'
import type { CheckEvent } from '../check-log.ts'
import type { Config } from '../config/types.ts'
import type { Decision } from '../decision.ts'
import type { HeaderLine } from '../headers/changes.ts'
import type { TraceStep } from '../trace.ts'

/** Names of headers whose values are credentials, ours or the caller's. */
function secretNames({ headers }: Config): ReadonlySet<string> {
  return new Set(['authorization', 'cookie', 'set-cookie', ...[headers.idToken ?? []].flat()])
}

/** What a token says of itself, before anything of it is believed; nothing of it is secret. */
export function describeToken(token: string, nowMs: number): string {
  const jwt = readUnverified(token)
  if (jwt === undefined) return 'is no JWT'
  const { value } = jwt.claims
  const parts = [
    `iss ${JSON.stringify(jwt.issuer)}`,
    `aud ${JSON.stringify(value['aud']) ?? 'absent'}`,
    `exp ${describeTime(value['exp'], nowMs)}`,
  ]
  if (Object.hasOwn(value, 'nbf')) parts.push(`nbf ${describeTime(value['nbf'], nowMs)}`)
  const header = parseHeader(jwt.jws.header)
  parts.push(`alg ${JSON.stringify(header['alg']) ?? 'absent'}`)
  parts.push(`kid ${JSON.stringify(header['kid']) ?? 'absent'}`)
  return `says ${parts.join(', ')}`
}

/** The user as upstreams see them, and what a gateway pass is good for. */
export function describeUser({ user, authenticator, goodFor }: Authenticated): string {
  const { name, uid, groups, extra } = user
  const extras = Object.fromEntries(extra)
  return [
    `${JSON.stringify(name)} by ${authenticator}`,
    `uid ${JSON.stringify(uid)}`,
    `groups ${JSON.stringify(groups)}`,
    `extra ${JSON.stringify(extras)}`,
    ...(goodFor === undefined
      ? []
      : [`good only to ${goodFor.map(describeAction).join(', or to ')}`]),
  ].join(', ')
}

/** The verdict, and each header that goes on; values that are credentials are left out. */
export function describeDecision(
  decision: Decision,
  { event, config }: { readonly event: CheckEvent; readonly config: Config },
): readonly TraceStep[] {
  const secret = secretNames(config)
  const shownLine = ([name, value]: HeaderLine): string =>
    `${name}: ${secret.has(name) ? '(not shown)' : value}`
  if (decision.kind === 'allow') {
    const { set, append, remove } = decision.upstream
    return [
      { part: 'answer', text: 'allowed' },
      ...set.map((line) => ({ part: 'set', text: shownLine(line) })),
      ...append.map((line) => ({ part: 'append', text: shownLine(line) })),
      { part: 'remove', text: remove.join(', ') },
    ]
  }
  const { status, headers } = decision
  const why = event.kind === 'denied' ? `${event.reason}: ${event.detail}` : detailOf(event)
  const steps = [{ part: 'answer', text: `${status}, ${why}` }]
  const cause = event.kind === 'denied' && event.cause instanceof Error ? event.cause : undefined
  if (cause !== undefined) steps.push({ part: 'cause', text: causesOf(cause).join(': ') })
  return [...steps, ...headers.map((line) => ({ part: 'header', text: shownLine(line) }))]
}

function detailOf(event: CheckEvent): string {
  return event.kind === 'sign-in' ? `sign-in: ${event.detail}` : ''
}

function causesOf(error: Error): readonly string[] {
  return error.cause instanceof Error ? [error.message, ...causesOf(error.cause)] : [error.message]
}

function describeTime(claim: unknown, nowMs: number): string {
  const seconds = Number(claim)
  const date = new Date(seconds * 1000)
  if (typeof claim !== 'number' || Number.isNaN(date.getTime())) {
    return JSON.stringify(claim) ?? 'absent'
  }
  const away = Math.round(seconds - nowMs / 1000)
  return `${date.toISOString()} (${away < 0 ? `${-away} s ago` : `in ${away} s`})`
}

function parseHeader(part: string): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof header === 'object' && header !== null ? { ...header } : {}
  } catch {
    return {}
  }
}
