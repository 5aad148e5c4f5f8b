import assert from 'node:assert/strict'
import type { AuditEntry } from '../../src/audit/audit-entry.ts'
import type { Authenticator } from '../../src/authn/authenticator.ts'
import { type CheckDeps, createChecker } from '../../src/check.ts'
import type { CheckEvent } from '../../src/check-log.ts'
import type { Config } from '../../src/config/types.ts'
import type { Decision, Reply } from '../../src/decision.ts'
import { createUpstreamHeaders } from '../../src/headers/upstream.ts'
import type { SignIn, SignInReply } from '../../src/oidc/sign-in.ts'
import { createShells } from '../../src/pages/shell.ts'
import { config } from './config.ts'
import { authenticated } from './user.ts'

export const signInURL = 'https://app.example.com/oauth2/sign_in'
export const page: SignInReply = {
  status: 302,
  headers: [['location', '/x']],
  body: '',
  event: undefined,
}

/** Answers each address with its name. */
export const signIn: SignIn = {
  begin: async () => page,
  handle: async (endpoint) => ({ ...page, status: 200, body: endpoint }),
}

/** What a test wants to differ. */
export interface Setup {
  readonly config?: Partial<Config>
  readonly authenticate?: Authenticator
  readonly authorize?: CheckDeps['authorize']
  readonly credentialFor?: CheckDeps['credentialFor']
  readonly audit?: CheckDeps['audit']
  readonly signIn?: SignIn
}

/** A checker, and what it has told. */
export function setUp({ authenticate = async () => authenticated(), ...rest }: Setup = {}) {
  const checked = config(rest.config)
  const events: CheckEvent[] = []
  const bugs: unknown[] = []
  const audited: AuditEntry[] = []
  let ids = 0
  const upstreamHeaders = createUpstreamHeaders({
    config: checked,
    withoutOwnCookies: () => undefined,
    onOmittedGroups: () => {},
  })
  const deps: CheckDeps = {
    policy: { config: checked, upstreamHeaders },
    authenticate,
    authorize: rest.authorize ?? ((_, user) => ({ kind: 'allowed', user, reviewed: [] })),
    credentialFor: rest.credentialFor ?? (() => undefined),
    audit: rest.audit ?? { record: (entry) => void audited.push(entry) },
    signIn: rest.signIn,
    signInURL: (host) => (host === 'app.example.com' ? signInURL : undefined),
    shellFor: createShells(checked.signIn),
    log: {
      checked: (_, event) => events.push(event),
      refused: (event) => events.push(event),
      bug: (error) => bugs.push(error),
    },
    newId: () => `id-${ids++}`,
    now: () => 0,
  }
  return { ...createChecker(deps), events, bugs, audited }
}

/** The answer that ends a request here. */
export function asReply(decision: Decision): Reply {
  assert.ok(decision.kind === 'reply')
  return decision
}
