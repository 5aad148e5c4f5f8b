import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf } from './folder.ts'
import { check } from './rules.ts'

describe('impersonate', () => {
  const listen = 'listen: { grpc: 127.0.0.1:1 }\n'
  const route = 'routes: [{ identity: impersonate }]\n'
  for (const [text, expected] of [
    ['', 'domain'],
    [', originalUserExtra: jetstack', 'jetstack'],
    [', originalUserExtra: off', 'off'],
  ] as const) {
    it(`names the original user: ${expected}`, () => {
      const { impersonate } = configOf(`${listen}${route}impersonate: { credential: none${text} }`)
      assert.equal(impersonate.originalUserExtra, expected)
    })
  }

  it('remembers where the token of the impersonator is, and leaves it unread', () => {
    const text = `${listen}${route}impersonate: { tokenFile: token }`
    const { impersonator } = configOf(text, { files: { token: 't' } }).impersonate
    assert.ok(impersonator?.kind === 'file')
    assert.match(impersonator.path, /^\/.*\/token$/)
  })

  check(
    [
      [
        'none with the token of somebody else',
        `${listen}${route}impersonate: { credential: none }`,
      ],
      ['attach with a tokenFile', `${listen}${route}impersonate: { tokenFile: token }`],
      [
        'append with a tokenFile',
        `${listen}${route}impersonate: { credential: append, tokenFile: token }`,
      ],
      [
        'attach without a tokenFile',
        `${listen}${route}`,
        /^2:22 routes\[0\].identity: needs a token of Attaché's own: set impersonate.serviceAccount or .tokenFile, or credential: none/,
      ],
      [
        'append without a tokenFile',
        `${listen}${route}impersonate: { credential: append }`,
        /^3:14 impersonate: needs a token/,
      ],
      [
        'append beside listen.http',
        `listen: { grpc: 127.0.0.1:1, http: 127.0.0.1:2 }\n${route}impersonate: { credential: append, tokenFile: token }`,
        /impersonate.credential: must not be append while listen.http/,
      ],
      [
        'a tokenFile that is not there',
        `${listen}${route}impersonate: { tokenFile: none }`,
        /tokenFile: .*there is no such file/,
      ],
      [
        'one token for itself and for keys of the cluster',
        `${listen}${route}kubernetes: { tokenFile: token }\nserviceAccounts: { validation: jwks }\nimpersonate: { tokenFile: token }`,
        /impersonate.tokenFile: must not be kubernetes.tokenFile/,
      ],
      [
        'one token for itself and for reviews',
        `${listen}routes: [{ identity: impersonate, allowImpersonation: true }]\nkubernetes: { tokenFile: ./token }\nimpersonate: { tokenFile: token }`,
        /impersonate.tokenFile: must not be kubernetes.tokenFile/,
      ],
      ['a ServiceAccount', `${listen}${route}impersonate: { serviceAccount: attache/imp.a-1 }`],
      [
        'a ServiceAccount beside a tokenFile',
        `${listen}${route}impersonate: { serviceAccount: a/b, tokenFile: token }`,
        /impersonate.serviceAccount: must not stand beside tokenFile/,
      ],
      ...['impersonator', 'a/b/c', 'A/b', 'a/', '/b', 'a.b/c', 'a/-b', '../x'].map(
        (name) =>
          [
            `the ServiceAccount "${name}"`,
            `${listen}${route}impersonate: { serviceAccount: "${name}" }`,
            /impersonate.serviceAccount: must be NAMESPACE\/NAME/,
          ] as const,
      ),
      [
        'forward for ServiceAccounts',
        `${listen}${route}serviceAccounts: { validation: jwks }\nimpersonate: { credential: none, serviceAccounts: forward }`,
      ],
      [
        'forward for ServiceAccounts that nobody validates',
        `${listen}${route}impersonate: { credential: none, serviceAccounts: forward }`,
        /impersonate.serviceAccounts: must not be forward while serviceAccounts.validation is off/,
      ],
      [
        'an original user in another form',
        `${listen}${route}impersonate: { credential: none, originalUserExtra: none }`,
        /originalUserExtra: must be domain, jetstack or off \(got "none"\)/,
      ],
      [
        'an original user that is off, as YAML 1.1 would not write it',
        `${listen}${route}impersonate: { credential: none, originalUserExtra: off }`,
      ],
      [
        'a limit of nothing',
        `${listen}${route}impersonate: { credential: none, maxHeaderLines: 0, maxHeaderBytes: 9999999 }`,
        /maxHeaderLines: must be at least 10/,
        /maxHeaderBytes: must be at most 1048576/,
      ],
    ],
    (text) => text,
  )
})
