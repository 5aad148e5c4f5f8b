/**
 * Two credentials and more in one request: every combination has an answer, and it is the one that
 * docs/authentication.md gives.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { hashSync } from 'bcryptjs'
import type { Authenticator, Outcome } from '../../src/authn/authenticator.ts'
import { noCredential } from '../../src/authn/authenticator.ts'
import { bearer } from '../../src/authn/bearer.ts'
import { clientCertificate } from '../../src/authn/certificate/client-certificate.ts'
import { frontProxy } from '../../src/authn/certificate/front-proxy.ts'
import { basic } from '../../src/authn/password/basic.ts'
import { rejected } from '../../src/authn/rejected.ts'
import { union } from '../../src/authn/union.ts'
import { DependencyError } from '../../src/errors.ts'
import { authority, certificate, cn, type Issued, percentEncoded } from '../support/certificates.ts'
import { checkInput } from '../support/check-input.ts'

const now = () => Date.parse('2026-06-01')

const user = (name: string): Outcome => ({
  kind: 'authenticated',
  user: { name, uid: '', groups: [], extra: new Map() },
  authenticator: 'jwt',
  email: undefined,
  idToken: undefined,
  expiresAtMs: Number.POSITIVE_INFINITY,
})

const kinds = ['front proxy', 'certificate', 'bearer', 'basic', 'session'] as const
type Kind = (typeof kinds)[number]
const states = ['none', 'good', 'bad', 'down'] as const
type State = (typeof states)[number]

/** The rule in other words than union.ts has it. */
function expected(found: Readonly<Record<Kind, State>>): string {
  const ofRequest = kinds.filter((kind) => kind !== 'session')
  const first = (state: State) => ofRequest.find((kind) => found[kind] === state)
  const good = first('good')
  if (good !== undefined) return `user of ${good}`
  if (first('down') !== undefined) return 'unavailable'
  const bad = first('bad')
  if (bad !== undefined) return `refused: ${bad}`
  switch (found.session) {
    case 'good':
      return 'user of session'
    case 'bad':
      return 'refused: session'
    case 'down':
      return 'unavailable'
    case 'none':
      return 'nobody'
  }
}

function said(kind: Kind, state: State): Authenticator {
  return async () => {
    switch (state) {
      case 'none':
        return noCredential
      case 'good':
        return user(`user of ${kind}`)
      case 'bad':
        return rejected('credential-invalid', `refused: ${kind}`)
      case 'down':
        throw new DependencyError('issuer', kind)
    }
  }
}

async function answerOf(authenticate: Authenticator, input = checkInput()): Promise<string> {
  try {
    const outcome = await authenticate(input)
    if (outcome.kind === 'authenticated') return outcome.user.name
    return outcome.kind === 'rejected' ? outcome.detail : 'nobody'
  } catch (error) {
    assert.ok(error instanceof DependencyError)
    return 'unavailable'
  }
}

describe('union() of every combination of five credentials', () => {
  const combinations = kinds.reduce<readonly Partial<Record<Kind, State>>[]>(
    (before, kind) => before.flatMap((one) => states.map((state) => ({ ...one, [kind]: state }))),
    [{}],
  )

  it('answers as the documentation says', async () => {
    assert.equal(combinations.length, 1024)
    for (const one of combinations) {
      const found = { ...one } as Record<Kind, State>
      const authenticate = union({
        credentials: kinds
          .filter((kind) => kind !== 'session')
          .map((kind) => said(kind, found[kind])),
        session: said('session', found.session),
      })
      assert.equal(await answerOf(authenticate), expected(found), JSON.stringify(found))
    }
  })
})

const clients = authority('clients')
const proxies = authority('proxies')
const alice = certificate({ name: [[cn, 'alice']], issuer: clients })
const proxy = certificate({ name: [[cn, 'proxy']], issuer: proxies })
const stranger = certificate({ name: [[cn, 'alice']], issuer: authority('strangers') })
const nameless = certificate({ name: [], issuer: clients })

const config = { source: 'checkRequest', crl: undefined } as const
const logins = basic(
  { hashes: new Map([['carol', hashSync('secret', 4)]]), users: new Map() },
  { now, random: randomBytes, trustedHops: 0 },
)
after(() => logins.close())

const authenticate = union({
  credentials: [
    frontProxy(
      {
        ...config,
        clientCA: proxies.pem,
        allowedNames: ['proxy'],
        usernameHeaders: ['x-remote-user'],
        uidHeaders: [],
        groupHeaders: [],
        extraHeaderPrefixes: [],
      },
      { now },
    ),
    clientCertificate({ ...config, clientCA: clients.pem }, { now }),
    bearer(async (token) =>
      token === 'good' ? user('bob') : rejected('credential-invalid', 'bad token'),
    ),
    logins.authenticate,
  ],
  session: async ({ headers }) => (headers.has('cookie') ? user('the browser') : noCredential),
})

interface Request {
  readonly client?: Issued
  readonly named?: string
  readonly authorization?: string
  readonly cookie?: true
}

function request({ client, named, authorization, cookie }: Request) {
  return checkInput({
    certificate: client && percentEncoded(client.pem),
    headers: {
      ...(named !== undefined && { 'x-attache-requested-x-remote-user': named }),
      ...(authorization !== undefined && { authorization }),
      ...(cookie && { cookie: 'a=b' }),
    },
  })
}

const carol = `Basic ${Buffer.from('carol:secret').toString('base64')}`
const guess = `Basic ${Buffer.from('carol:guess').toString('base64')}`
const noChain = 'no chain of certificates leads to a trusted CA'

describe('two credentials at once', () => {
  const cases: readonly (readonly [what: string, request: Request, answer: string])[] = [
    ['nothing', {}, 'nobody'],
    ['a session', { cookie: true }, 'the browser'],
    ['a certificate and a session', { client: alice, cookie: true }, 'alice'],
    ['a certificate and a token', { client: alice, authorization: 'Bearer good' }, 'alice'],
    ['a certificate and a bad token', { client: alice, authorization: 'Bearer bad' }, 'alice'],
    ['a certificate and a password', { client: alice, authorization: carol }, 'alice'],
    ['a certificate and the headers of a proxy', { client: alice, named: 'dave' }, 'alice'],
    ['a proxy and a user', { client: proxy, named: 'dave' }, 'dave'],
    [
      'a proxy, a user and a token',
      { client: proxy, named: 'dave', authorization: 'Bearer good' },
      'dave',
    ],
    [
      'a proxy that names nobody, and a token',
      { client: proxy, authorization: 'Bearer good' },
      'bob',
    ],
    ['a proxy that names nobody', { client: proxy }, noChain],
    ['a proxy that names nobody, and a session', { client: proxy, cookie: true }, noChain],
    ['the headers of a proxy without its certificate', { named: 'dave' }, 'nobody'],
    ['headers of a proxy and a session', { named: 'dave', cookie: true }, 'the browser'],
    ['a certificate of a stranger', { client: stranger }, noChain],
    ['a stranger and a session', { client: stranger, cookie: true }, noChain],
    ['a stranger and the headers of a proxy', { client: stranger, named: 'dave' }, noChain],
    ['a stranger and a token', { client: stranger, authorization: 'Bearer good' }, 'bob'],
    ['a stranger and a password', { client: stranger, authorization: carol }, 'carol'],
    ['a stranger and a bad token', { client: stranger, authorization: 'Bearer bad' }, noChain],
    [
      'a certificate without a name, and a token',
      { client: nameless, authorization: 'Bearer good' },
      'bob',
    ],
    ['a token and a session', { authorization: 'Bearer good', cookie: true }, 'bob'],
    ['a bad token and a session', { authorization: 'Bearer bad', cookie: true }, 'bad token'],
    ['a password and a session', { authorization: carol, cookie: true }, 'carol'],
    [
      'a wrong password and a session',
      { authorization: guess, cookie: true },
      'wrong login or password',
    ],
    [
      'a scheme of somebody else and a session',
      { authorization: 'Digest x', cookie: true },
      'the browser',
    ],
  ]
  for (const [what, found, answer] of cases) {
    it(`${what}: ${answer}`, async () => {
      assert.equal(await answerOf(authenticate, request(found)), answer)
    })
  }

  it('says of a refusal what the first of them was', async () => {
    const outcome = await authenticate(request({ client: stranger, authorization: 'Bearer bad' }))
    assert.deepEqual(outcome, rejected('credential-untrusted', noChain))
  })
})
