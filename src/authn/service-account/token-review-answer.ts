import { DependencyError } from '../../errors.ts'
import { parseValue } from '../../json/go-json.ts'
import { isRecord } from '../../json/record.ts'
import { anonymousName, authenticatedGroup } from '../../kubernetes/names.ts'
import type { UserInfo } from '../../user.ts'
import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'

/** What was asked, to compare the answer with. */
export interface ReviewQuestion {
  readonly token: string
  /** Undefined: those of the API server itself, which it compares. */
  readonly audiences: readonly string[] | undefined
}

/** What a TokenReview says, once everything in it is of the type that Kubernetes gives it. */
interface ReviewStatus {
  readonly authenticated: boolean
  readonly error: string
  readonly audiences: readonly string[]
  readonly user: UserInfo
}

/** Characters of the API server's own words that go to the log. */
const maxErrorLength = 200

/** Parts of a token from this length on are a secret, or as good as one. */
const minSecretLength = 8

/**
 * Reads the answer to a TokenReview
 * ({@link https://kubernetes.io/docs/reference/kubernetes-api/definitions/token-review-v1-authentication/
 * authentication.k8s.io/v1}). Only `authenticated: true` with a name, without an error and for an audience
 * that was asked for is a yes; an answer that is no TokenReview at all is none, hence a
 * {@link DependencyError}.
 */
export function readTokenReview(text: string, question: ReviewQuestion): UserInfo | Rejected {
  const status = readStatus(parseValue(text), question.token)
  if (!status.authenticated || status.error !== '') {
    const why = speakable(status.error, question.token)
    return rejected('credential-invalid', `the API server does not authenticate the token${why}`)
  }
  const { user, audiences } = status
  if (question.audiences?.some((audience) => audiences.includes(audience)) === false) {
    return rejected('credential-invalid', 'the API server names no audience that was asked for')
  }
  if (user.name === '' || user.name === anonymousName) {
    return rejected('credential-invalid', 'the API server names nobody whose token it is')
  }
  return user
}

function readStatus(answer: unknown, token: string): ReviewStatus {
  if (!isRecord(answer) || answer['kind'] !== 'TokenReview') throw noReview('is no TokenReview')
  const { spec, status } = answer
  // The answer to somebody else's question would be somebody else's identity.
  const echo = isRecord(spec) ? spec['token'] : undefined
  if (echo !== undefined && echo !== token) throw noReview('is about another token')
  if (!isRecord(status)) throw noReview('has no status')
  const user = optional(status['user'], isRecord, 'user') ?? {}
  return {
    // Go leaves out what is false or empty.
    authenticated: optional(status['authenticated'], isBoolean, 'authenticated') ?? false,
    error: optional(status['error'], isString, 'error') ?? '',
    audiences: optional(status['audiences'], isStringList, 'audiences') ?? [],
    user: {
      name: optional(user['username'], isString, 'user.username') ?? '',
      uid: optional(user['uid'], isString, 'user.uid') ?? '',
      // The API server adds that one to everybody, and does so again when the request reaches it.
      groups: (optional(user['groups'], isStringList, 'user.groups') ?? []).filter(
        (group) => group !== authenticatedGroup,
      ),
      extra: readExtra(optional(user['extra'], isRecord, 'user.extra') ?? {}),
    },
  }
}

function readExtra(extra: Readonly<Record<string, unknown>>): UserInfo['extra'] {
  return new Map(
    Object.entries(extra).map(([key, values]) => [
      key,
      optional(values, isStringList, 'user.extra') ?? [],
    ]),
  )
}

/** Undefined for what is absent or null, which are the same to Go. */
function optional<T>(
  value: unknown,
  is: (value: unknown) => value is T,
  name: string,
): T | undefined {
  if (value === undefined || value === null) return undefined
  if (is(value)) return value
  throw noReview(`has a "${name}" of the wrong type`)
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isString)
}

function noReview(state: string): DependencyError {
  return new DependencyError('kubernetes', `Cannot review a token: the answer ${state}`)
}

/** The API server's own words, unless they repeat a part of the token. */
function speakable(error: string, token: string): string {
  const parts = token.split('.').filter((part) => part.length >= minSecretLength)
  if (error === '' || parts.some((part) => error.includes(part))) return ''
  return `: ${error.slice(0, maxErrorLength)}`
}
