/**
 * `messages/` holds what pages say, a file for each language. Whole sentences, never pieces of one:
 * where a name stands in a sentence, the language says where.
 */
import type { DenyReason } from '../../decision.ts'
import type { Html } from '../html.ts'

/** A heading, and what happened and what to do in a sentence or two. */
export interface PageText {
  readonly title: string
  readonly text: string
}

/** Why a sign-in did not come to its end. */
export type SignInFailure =
  /** What came back cannot be read. */
  | 'malformed'
  /** Too old, used already, or begun elsewhere. */
  | 'stale'
  /** The browser sent no cookie at all. */
  | 'no-cookies'
  /** The person said no at the provider, or the provider did. */
  | 'declined'
  /** The provider takes the request, or the code, for a bad one. */
  | 'refused'
  /** The provider says that it cannot just now. */
  | 'provider-trouble'
  /** None of that name is on offer. */
  | 'unknown-provider'
  /** The provider's answer is not to be trusted. */
  | 'not-believed'
  /** The provider said yes, the configuration does not. */
  | 'not-accepted'
  /** The session would not fit. */
  | 'too-large'
  /** Nobody signs in under this host. */
  | 'other-host'

/** Everything that pages say in one language. A text that is missing does not compile. */
export interface Messages {
  /** Which way its script runs. */
  readonly direction: 'ltr' | 'rtl'
  /** For a logo that stands without a name. */
  readonly logo: string
  readonly actions: {
    readonly signIn: string
    readonly signInAgain: string
    readonly switchUser: string
    readonly signOut: string
    readonly staySignedIn: string
    readonly goOn: string
    readonly tryAgain: string
    readonly startPage: string
  }
  /** Beside the decision id. */
  readonly quote: string
  readonly pick: PageText & { readonly remembered: string }
  readonly signedOut: {
    readonly title: string
    /** Where the provider may still know the person. */
    readonly here: string
    /** Where the provider has ended its own session too. */
    readonly there: (provider: Html) => Html
  }
  readonly confirmSignOut: PageText
  readonly frame: PageText
  readonly signedIn: PageText
  readonly account: {
    readonly title: string
    readonly user: string
    readonly email: string
    readonly uid: string
    readonly groups: string
    readonly noGroups: string
    readonly moreGroups: (count: number) => string
    readonly provider: string
    readonly createdAt: string
    readonly refreshesAt: string
    readonly idleEndsAt: string
    readonly expiresAt: string
  }
  /** After a name that is too long to be shown whole. */
  readonly shortened: (characters: number) => string
  readonly denied: {
    /** Somebody with a session. */
    readonly signedInAs: (user: Html) => Html
    /** Somebody whom another credential names. */
    readonly knownAs: (user: Html) => Html
  }
  readonly reasons: Readonly<Record<DenyReason, PageText>>
  readonly failures: Readonly<Record<SignInFailure, PageText>>
}
