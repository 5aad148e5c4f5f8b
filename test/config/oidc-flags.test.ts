import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { takeOidcFlags } from '../../src/config/oidc-flags.ts'

describe('takeOidcFlags()', () => {
  const issuer = { name: 'oidc-issuer-url', value: 'https://a' }
  const cases: readonly (readonly [readonly string[], readonly object[], readonly string[]])[] = [
    [[], [], []],
    [['--config', 'x'], [], ['--config', 'x']],
    [['--oidc-issuer-url', 'https://a'], [issuer], []],
    [['--oidc-issuer-url=https://a', '--config', 'x'], [issuer], ['--config', 'x']],
    [['--oidc_issuer_url=https://a'], [issuer], []],
    [['--oidc-issuer_url', 'https://a'], [issuer], []],
    [['--oidc-username-prefix', '-'], [{ name: 'oidc-username-prefix', value: '-' }], []],
    [['--oidc-groups-prefix', '--x'], [{ name: 'oidc-groups-prefix', value: '--x' }], []],
    [['--oidc-groups-prefix='], [{ name: 'oidc-groups-prefix', value: '' }], []],
    [['--oidc-groups-prefix', ''], [{ name: 'oidc-groups-prefix', value: '' }], []],
    [
      ['--oidc-required-claim', 'a=b=c', '--oidc-required-claim=d=e'],
      [
        { name: 'oidc-required-claim', value: 'a=b=c' },
        { name: 'oidc-required-claim', value: 'd=e' },
      ],
      [],
    ],
    [['--', '--oidc-client-id', 'x'], [], ['--', '--oidc-client-id', 'x']],
    [['-oidc-client-id', 'x'], [], ['-oidc-client-id', 'x']],
    [['--header', 'x', '--oidc'], [], ['--header', 'x', '--oidc']],
  ]
  for (const [args, flags, rest] of cases) {
    it(`reads ${JSON.stringify(args)}`, () => {
      assert.deepEqual(takeOidcFlags(args), { flags, rest })
    })
  }

  const bad = [
    [['--oidc-client-id'], /^Cannot use "--oidc-client-id": it needs a value$/],
    [['--oidc-scopes', 'x'], /^Cannot use "--oidc-scopes": no such flag$/],
    [['--oidc-'], /^Cannot use "--oidc-": no such flag$/],
    [['--OIDC-client-id=x', '--oidc-Client-id=x'], /"--oidc-Client-id": no such flag$/],
  ] as const
  for (const [args, message] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      assert.throws(() => takeOidcFlags(args), { name: 'SyntaxError', message })
    })
  }
})
