import assert from 'node:assert/strict'
import type { Issuer, IssuerMetadata, Issuers } from '../../src/authn/issuer/issuer.ts'
import type { SessionConfig, SignInConfig } from '../../src/config/browser-types.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from './config.ts'
import { applySetCookies } from './cookie-jar.ts'
import { newSession } from './sessions.ts'
import { type Browser, createBrowser } from './sign-in-browser.ts'
import { userInfo } from './user.ts'

/** The time of these browsers. */
export const nowMs = Date.UTC(2026, 0, 1)

const url = 'https://issuer.example.com'

/** What the provider's discovery document says. */
export const metadata: IssuerMetadata = {
  issuer: url,
  jwks_uri: `${url}/jwks`,
  authorization_endpoint: `${url}/auth?tenant=1`,
  token_endpoint: `${url}/token`,
  end_session_endpoint: `${url}/end`,
}

/** What a test wants to differ. */
export interface Variant {
  readonly metadata?: () => Promise<IssuerMetadata>
  readonly config?: Partial<SignInConfig>
  readonly cookie?: Partial<SessionConfig['cookie']>
  readonly issuer?: Partial<Issuer['config']>
  /** Default: always {@link nowMs}. */
  readonly now?: () => number
}

/** One issuer, whichever is asked for, of which only the discovery document is known. */
export function knownIssuers(variant: Variant = {}): Issuers {
  const issuer: Issuer = {
    config: issuerConfig({ url, ...variant.issuer }),
    metadata: variant.metadata ?? (async () => metadata),
    fetch: () => Promise.reject(new Error('Cannot fetch: not in this test')),
  }
  return {
    verifyToken: async () => ({ kind: 'no-credential' }),
    get: () => issuer,
    missing: () => [],
    close: async () => {},
  }
}

/** A browser whose provider is known, but is never asked for anything else. */
export function browser(variant: Variant = {}): Browser {
  const issuers = knownIssuers(variant)
  const session = sessionConfig()
  const config = signInConfig({
    providers: [providerConfig({ issuer: issuerConfig({ url, ...variant.issuer }) })],
    ...variant.config,
  })
  const cookie = { ...session.cookie, ...variant.cookie }
  const now = variant.now ?? (() => nowMs)
  return createBrowser({ config, session: { ...session, cookie }, issuers }, now)
}

/** A browser of somebody who is signed in, with one foreign cookie. */
export async function signedIn(variant: Variant = {}): Promise<Browser> {
  const at = browser(variant)
  const user = userInfo({ name: 'alice', groups: ['a', 'b'] })
  const saved = await at.sessions.save(newSession({ user, idTokenExpiresAtMs: nowMs + 300_000 }), {
    cookieHeader: undefined,
    hostname: 'app.example.com',
    nowMs,
  })
  assert.ok(saved.kind === 'saved')
  at.setJar(applySetCookies(new Map([['other', '1']]), saved.setCookies))
  return at
}

/** The headers of a script that wants JSON. */
export const program = { accept: 'application/json', 'sec-fetch-mode': 'cors' }
