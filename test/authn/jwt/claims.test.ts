import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mapClaims } from '../../../src/authn/jwt/claims.ts'
import type { IssuerConfig } from '../../../src/config/types.ts'
import { issuerConfig } from '../issuer/issuer-fixtures.ts'

type Mappings = IssuerConfig['claimMappings']

function config(mappings: Partial<Mappings>, required: Record<string, string> = {}): IssuerConfig {
  const { claimMappings } = issuerConfig()
  return issuerConfig({
    claimMappings: { ...claimMappings, ...mappings },
    claimValidationRules: Object.entries(required).map(([claim, requiredValue]) => ({
      claim,
      requiredValue,
    })),
  })
}

describe('mapClaims()', () => {
  it('makes a user of every mapping', () => {
    const mapped = mapClaims(
      { name: 'alice', roles: ['a', 'b'], id: 'u1', jti: 'J', sub: 'x', email: 'a@example.com' },
      config({
        username: { claim: 'name', prefix: 'oidc:' },
        groups: { claim: 'roles', prefix: 'g:' },
        uid: { claim: 'id' },
      }),
    )
    assert.deepEqual(mapped, {
      kind: 'mapped',
      email: 'a@example.com',
      user: {
        name: 'oidc:alice',
        uid: 'u1',
        groups: ['g:a', 'g:b'],
        extra: new Map([['authentication.kubernetes.io/credential-id', ['JTI=J']]]),
      },
    })
  })

  const names = [
    { claims: { sub: '' }, name: 'p:' },
    { claims: { sub: null }, name: 'p:' },
    { claims: { sub: ' a\n' }, name: 'p: a\n' },
    { claims: { sub: 'system:admin' }, name: 'p:system:admin' },
  ]
  for (const { claims, name } of names) {
    it(`names ${JSON.stringify(claims)} ${JSON.stringify(name)}, as kube-apiserver does`, () => {
      const mapped = mapClaims(claims, config({ username: { claim: 'sub', prefix: 'p:' } }))
      assert.partialDeepStrictEqual(mapped, { kind: 'mapped', user: { name } })
    })
  }

  const groups = [
    { value: null, groups: [] },
    { value: 'a,b', groups: ['p:a,b'] },
    { value: '', groups: ['p:'] },
    { value: [], groups: [] },
    { value: ['b', null, '', 'b'], groups: ['p:b', 'p:', 'p:', 'p:b'] },
  ]
  for (const { value, groups: expected } of groups) {
    it(`maps groups ${JSON.stringify(value)} to ${JSON.stringify(expected)}`, () => {
      const prefixed = config({ groups: { claim: 'groups', prefix: 'p:' } })
      const mapped = mapClaims({ sub: 'a', groups: value }, prefixed)
      assert.deepEqual(mapped.kind === 'mapped' ? mapped.user.groups : mapped, expected)
    })
  }

  it('maps no groups without a mapping', () => {
    const mapped = mapClaims({ sub: 'a', groups: 7 }, config({ groups: undefined }))
    assert.partialDeepStrictEqual(mapped, { kind: 'mapped', user: { groups: [] } })
  })

  for (const jti of [undefined, null, '', 1, ['J']]) {
    it(`gives no credential-id for a "jti" of ${JSON.stringify(jti)}`, () => {
      const mapped = mapClaims({ sub: 'a', jti }, config({}))
      assert.partialDeepStrictEqual(mapped, { kind: 'mapped', user: { extra: new Map() } })
    })
  }

  const refused = [
    { claims: {}, mappings: {}, detail: 'claim "sub" is absent' },
    { claims: { sub: 1 }, mappings: {}, detail: 'claim "sub" is no string' },
    { claims: { sub: ['a'] }, mappings: {}, detail: 'claim "sub" is no string' },
    {
      claims: {},
      mappings: { username: { claim: 'constructor', prefix: '' } },
      detail: 'claim "constructor" is absent',
    },
    {
      claims: { a: { b: 'x' } },
      mappings: { username: { claim: 'a.b', prefix: '' } },
      detail: 'claim "a.b" is absent',
    },
    {
      claims: { sub: 'a', groups: 1 },
      mappings: {},
      detail: 'claim "groups" is no list of strings',
    },
    {
      claims: { sub: 'a', groups: {} },
      mappings: {},
      detail: 'claim "groups" is no list of strings',
    },
    {
      claims: { sub: 'a', groups: [['b']] },
      mappings: {},
      detail: 'claim "groups" is no list of strings',
    },
    { claims: { sub: 'a' }, mappings: { uid: { claim: 'id' } }, detail: 'claim "id" is absent' },
    {
      claims: { sub: 'a', id: 1 },
      mappings: { uid: { claim: 'id' } },
      detail: 'claim "id" is no string',
    },
  ]
  for (const { claims, mappings, detail } of refused) {
    it(`refuses ${JSON.stringify(claims)}: ${detail}`, () => {
      const outcome = mapClaims(claims, config(mappings))
      assert.deepEqual(outcome, { kind: 'rejected', reason: 'credential-invalid', detail })
    })
  }

  const required = [
    { value: 'yes', requiredValue: 'yes', kind: 'mapped' },
    { value: 'no', requiredValue: 'yes', kind: 'rejected' },
    { value: ['yes'], requiredValue: 'yes', kind: 'rejected' },
    { value: null, requiredValue: '', kind: 'mapped' },
    { value: null, requiredValue: 'yes', kind: 'rejected' },
    { value: '', requiredValue: '', kind: 'mapped' },
  ]
  for (const { value, requiredValue, kind } of required) {
    it(`is ${kind} when "${requiredValue}" is required and ${JSON.stringify(value)} there`, () => {
      const outcome = mapClaims({ sub: 'a', hd: value }, config({}, { hd: requiredValue }))
      assert.equal(outcome.kind, kind)
    })
  }
  it('refuses when a required claim is absent, even if it must be empty', () => {
    assert.equal(mapClaims({ sub: 'a' }, config({}, { hd: '' })).kind, 'rejected')
  })
})

describe('mapClaims() with an email', () => {
  const byEmail = config({ username: { claim: 'email', prefix: '' } })
  const cases = [
    { claims: {}, email: 'a@example.com' },
    { claims: { email_verified: true }, email: 'a@example.com' },
    { claims: { Email_Verified: false }, email: 'a@example.com' },
    { claims: { email_verified: false }, email: undefined },
    { claims: { email_verified: null }, email: undefined },
    { claims: { email_verified: 'true' }, email: undefined },
    { claims: { email_verified: 1 }, email: undefined },
  ]
  for (const { claims, email } of cases) {
    const all = { sub: 'a', email: 'a@example.com', ...claims }
    it(`tells ${email} of ${JSON.stringify(claims)}`, () => {
      const mapped = mapClaims(all, config({}))
      assert.equal(mapped.kind === 'mapped' ? mapped.email : mapped, email)
    })
    it(`${email === undefined ? 'refuses' : 'takes'} it as a name with ${JSON.stringify(claims)}`, () => {
      assert.equal(mapClaims(all, byEmail).kind, email === undefined ? 'rejected' : 'mapped')
    })
  }
  for (const email of [['a@example.com'], 1, null, {}]) {
    it(`tells none of ${JSON.stringify(email)}`, () => {
      const mapped = mapClaims({ sub: 'a', email }, config({}))
      assert.equal(mapped.kind === 'mapped' ? mapped.email : mapped, undefined)
    })
  }
})
