import type { HeaderLine } from '../headers/changes.ts'
import { failedPage } from '../pages/sign-in.ts'
import type { Addresses } from './addresses.ts'
import type { IdentifyFailure } from './identify.ts'
import { pageReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'

/** Why a callback makes no session. */
export interface CallbackFailure {
  readonly kind: IdentifyFailure['kind'] | 'malformed' | 'stale' | 'no-cookies' | 'too-large'
  /** For the log. */
  readonly detail: string
}

const stale =
  'This sign-in is too old, was already used, or began in another browser. Please sign in again. If this happens each time, allow cookies for this site.'

/** What the person reads, by what happened. */
const texts: Readonly<Record<CallbackFailure['kind'], string>> = {
  malformed: 'The answer of the identity provider cannot be read. Please sign in again.',
  stale,
  'grant-ended': stale,
  'no-cookies':
    'Your browser sent no cookie, and signing in needs one. Allow cookies for this site, then sign in again.',
  refused: 'The identity provider did not sign you in. Please try again, or ask whoever runs it.',
  declined: 'The identity provider was not allowed to sign you in here. You can sign in again.',
  'provider-trouble':
    'The identity provider has a problem at the moment. Please try again in a few minutes.',
  'not-believed':
    'The answer of the identity provider is not what was asked for. Please sign in again.',
  'not-accepted':
    'The identity provider signed you in, but your account cannot be used here. Whoever runs this service can see the reason under the decision below.',
  'too-large':
    'Your account is in more groups than a session can hold. Whoever runs this service can raise the limit (session.cookie.maxBytes).',
}

export interface FailedReplyOptions {
  readonly addresses: Addresses
  readonly setCookies?: readonly HeaderLine[]
  /** Where the person wanted to go, and goes with the next sign-in. Default: `/`. */
  readonly returnPath?: string
}

/** The page that says what happened and what to do, with the decision id. */
export function failedReply(
  { kind, detail }: CallbackFailure,
  { id }: CheckContext,
  { addresses, setCookies = [], returnPath = '/' }: FailedReplyOptions,
): SignInReply {
  const page = failedPage({
    text: texts[kind],
    decisionId: id,
    styleURL: addresses.styleURL,
    actions: [
      { href: addresses.startURL(returnPath), label: 'Sign in again' },
      { href: '/', label: 'Go to the start page' },
    ],
  })
  const event = { name: 'sign-in-failed', detail: `${kind}: ${detail}` } as const
  return pageReply(page, { status: 400, setCookies, event })
}
