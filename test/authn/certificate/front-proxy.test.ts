import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { frontProxy } from '../../../src/authn/certificate/front-proxy.ts'
import type { FrontProxyConfig } from '../../../src/config/types.ts'
import {
  authority,
  certificate,
  cn,
  type Issued,
  percentEncoded,
} from '../../support/certificates.ts'
import { checkInput } from '../../support/check-input.ts'
import { frontProxyCases } from './front-proxy-cases.ts'

const ca = authority('front proxies')
const proxy = certificate({ name: [[cn, 'front-proxy']], issuer: ca })
const other = certificate({ name: [[cn, 'front-proxy']], issuer: authority('front proxies') })
const nowMs = Date.parse('2026-06-01')

function authenticator(overrides: Partial<FrontProxyConfig> = {}) {
  const config: FrontProxyConfig = {
    source: 'checkRequest',
    clientCA: ca.pem,
    allowedNames: ['front-proxy'],
    usernameHeaders: ['x-remote-user'],
    uidHeaders: ['x-remote-uid'],
    groupHeaders: ['x-remote-group'],
    extraHeaderPrefixes: ['x-remote-extra-'],
    ...overrides,
  }
  return frontProxy(config, { now: () => nowMs })
}

/** Lines as the pre-filter shows them. */
function renamed(lines: readonly (readonly [string, string])[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of lines) {
    const key = `x-attache-requested-${name.toLowerCase()}`
    const bytes = Buffer.from(value).toString('latin1')
    const encoded = bytes.replace(
      /[^A-Za-z0-9_.~:/@-]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    headers[key] = headers[key] === undefined ? encoded : `${headers[key]},${encoded}`
  }
  return headers
}

const from = (client: Issued | undefined, headers: Record<string, string>) =>
  checkInput({ certificate: client && percentEncoded(client.pem), headers })

const alice = renamed([['X-Remote-User', 'alice']])

describe('frontProxy()', () => {
  for (const { what, config, lines, answer } of frontProxyCases) {
    it(`takes ${what} as kube-apiserver does`, async () => {
      const outcome = await authenticator(config)(from(proxy, renamed(lines)))
      const user = outcome.kind === 'authenticated' ? outcome.user : undefined
      const expected = answer && {
        name: answer.name,
        uid: answer.uid ?? '',
        groups: answer.groups ?? [],
        extra: new Map(Object.entries(answer.extra ?? {})),
      }
      assert.deepEqual(user, expected)
      assert.equal(outcome.kind, answer === undefined ? 'no-credential' : 'authenticated')
    })
  }

  it('is what the user is known by, until the certificate of the proxy ends', async () => {
    assert.deepEqual(await authenticator()(from(proxy, alice)), {
      kind: 'authenticated',
      user: { name: 'alice', uid: '', groups: [], extra: new Map() },
      authenticator: 'front-proxy',
      email: undefined,
      idToken: undefined,
      expiresAtMs: Date.parse('2120-01-01'),
    })
  })

  it('does not believe a client without a certificate', async () => {
    const outcome = await authenticator()(from(undefined, alice))
    assert.deepEqual(outcome, { kind: 'no-credential' })
  })

  it('rejects a certificate of another CA, with headers and without', async () => {
    for (const headers of [alice, {}]) {
      const outcome = await authenticator()(from(other, headers))
      assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-untrusted')
    }
  })

  const names = [
    { allowedNames: [], name: 'anybody', isAllowed: true },
    { allowedNames: [], name: '', isAllowed: true },
    { allowedNames: ['a', 'b'], name: 'b', isAllowed: true },
    { allowedNames: ['a', 'b'], name: 'c', isAllowed: false },
    { allowedNames: ['a'], name: 'A', isAllowed: false },
    { allowedNames: ['a'], name: '', isAllowed: false },
    { allowedNames: [''], name: '', isAllowed: true },
  ]
  for (const { allowedNames, name, isAllowed } of names) {
    it(`${isAllowed ? 'allows' : 'rejects'} "${name}" of [${allowedNames.join()}]`, async () => {
      const client = certificate({ name: name === '' ? [] : [[cn, name]], issuer: ca })
      const outcome = await authenticator({ allowedNames })(from(client, alice))
      assert.equal(outcome.kind, isAllowed ? 'authenticated' : 'rejected')
    })
  }

  it('refuses headers that came past the pre-filter, whatever else there is', async () => {
    for (const name of ['x-remote-user', 'x-remote-group', 'x-remote-uid', 'x-remote-extra-a']) {
      const outcome = await authenticator()(from(proxy, { ...alice, [name]: 'mallory' }))
      assert.deepEqual(outcome, {
        kind: 'rejected',
        reason: 'credential-malformed',
        detail: `"${name}" came past the pre-filter: add it to the table at its top`,
      })
    }
  })

  for (const [what, headers] of [
    ['a line that the pre-filter did not write', { 'x-attache-requested-x-remote-user': 'a b' }],
    ['a name that is not UTF-8', { 'x-attache-requested-x-remote-user': 'J%FCrgen' }],
    ['a group that is not UTF-8', { ...alice, 'x-attache-requested-x-remote-group': '%FC' }],
    [
      'the key of an extra that is not UTF-8',
      { ...alice, 'x-attache-requested-x-remote-extra-%fc': 'a' },
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const outcome = await authenticator()(from(proxy, headers))
      assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-malformed')
    })
  }
})
