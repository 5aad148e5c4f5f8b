import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Case, problemsWith } from './sign-in-parts.ts'

const redis = { store: 'redis', redis: { urlFile: 'redis' } }
const own = { id: 'dex', issuer: 'https://dex.example.com', clientID: 'kubeflow' }

/** What more than one provider, other stores and the pages can get wrong. */
const cases: readonly Case[] = [
  ['two providers', { signIn: { providers: [own, { ...own, id: 'other' }] } }],
  [
    'two providers of one id',
    { signIn: { providers: [own, { ...own, displayName: 'Other' }] } },
    /providers\[1\].id: must not be the id of two providers/,
  ],
  [
    'a second provider of nobody',
    { signIn: { providers: [own, { ...own, id: 'other', clientID: 'x' }] } },
    /providers\[1\].clientID: must be one of the audiences/,
  ],
  ['a key of its own, PEM', { provider: { clientKeyFile: 'pem' } }],
  ['a key of its own, JWK', { provider: { clientKeyFile: 'jwk' } }],
  [
    'a public key',
    { provider: { clientKeyFile: 'public' } },
    /clientKeyFile: .*must be a private key/,
  ],
  [
    'a small key',
    { provider: { clientKeyFile: 'small' } },
    /clientKeyFile: .*must be RSA from 2048 bits/,
  ],
  [
    'a private part of another key, PEM',
    { provider: { clientKeyFile: 'mixedPem' } },
    /clientKeyFile: .*it has a private part that does not belong to its public part/,
  ],
  [
    'a private part of another key, JWK',
    { provider: { clientKeyFile: 'mixedJwk' } },
    /clientKeyFile: .*it has a private part that does not belong to its public part/,
  ],
  [
    'a key and a secret',
    { provider: { clientKeyFile: 'pem', clientSecretFile: 'secret' } },
    /clientKeyFile: must not stand beside clientSecretFile/,
  ],
  [
    'the secret in the body',
    { provider: { clientSecretFile: 'secret', clientAuthentication: 'client_secret_post' } },
  ],
  [
    'no secret in the body',
    { provider: { clientAuthentication: 'client_secret_post' } },
    /clientAuthentication: has no use without clientSecretFile/,
  ],
  ['a relative redirect URI', { signIn: { externalURL: undefined, relativeRedirectURI: true } }],
  ['any 4xx', { signIn: { unauthenticated: { navigate: 404, api: 499, other: 400 } } }],
  ['a 5xx', { signIn: { unauthenticated: { other: 503 } } }, /unauthenticated.other: must be .*4/],
  ['a PNG', { signIn: { branding: { name: 'Us', logoFile: 'png' } } }],
  ['an SVG', { signIn: { branding: { logoFile: 'svg' } } }],
  [
    'a logo that is none',
    { signIn: { branding: { logoFile: 'secret' } } },
    /logoFile: .*neither SVG nor PNG/,
  ],
  [
    'a logo of 300 KB',
    { signIn: { branding: { logoFile: 'large' } } },
    /logoFile: .*larger than 256 KiB/,
  ],
  [
    'back-channel logout without a port and a store',
    { signIn: { backChannelLogout: true } },
    /backChannelLogout: needs listen.pages/,
    /backChannelLogout: needs session.store: redis/,
  ],
  ['Redis', { session: redis }],
  ['Sentinel', { session: { ...redis, redis: { urlFile: 'sentinel' } } }],
  [
    'roots',
    { session: { ...redis, redis: { urlFile: 'redis', certificateAuthorityFile: 'certificate' } } },
  ],
  [
    'a client certificate',
    { session: { ...redis, redis: { urlFile: 'redis', certFile: 'certificate', keyFile: 'key' } } },
  ],
  [
    'a client certificate without its key',
    { session: { ...redis, redis: { urlFile: 'redis', certFile: 'certificate' } } },
    /redis.certFile: needs keyFile beside it/,
  ],
  [
    'the key of another certificate',
    {
      session: {
        ...redis,
        redis: { urlFile: 'redis', certFile: 'certificate', keyFile: 'otherKey' },
      },
    },
    /keyFile: .*does not belong/,
  ],
  [
    'roots that are none',
    { session: { ...redis, redis: { urlFile: 'redis', certificateAuthorityFile: 'secret' } } },
    /certificateAuthorityFile: .*PEM certificates/,
  ],
  ['Redis that is nowhere', { session: { store: 'redis' } }, /session.store: needs session.redis/],
  [
    'Redis for nothing',
    { session: { redis: { urlFile: 'redis' } } },
    /session.redis: has no use with store: cookie/,
  ],
  [
    'an address that is none',
    { session: { ...redis, redis: { urlFile: 'secret' } } },
    /urlFile: .*must be redis:/,
  ],
  [
    'a Cluster behind Sentinel',
    { session: { ...redis, redis: { urlFile: 'sentinel', cluster: true } } },
    /urlFile: .*a Cluster has no Sentinel/,
  ],
  [
    'a refresh token in the cookie beside Redis',
    { session: redis, cookie: { refresh: true } },
    /cookie.refresh: has no use with store: redis/,
  ],
  ['short lives', { session: { idleLifetime: '1m', refreshAfter: '1m' } }],
  [
    'lives that are too short',
    { session: { idleLifetime: '59s', refreshAfter: '1s' } },
    /idleLifetime: must be 1m to 9600h/,
    /refreshAfter: must be 1m to 9600h/,
  ],
]

describe('providers, stores and pages', () => {
  for (const [what, parts, ...expected] of cases) {
    it(`${expected.length === 0 ? 'accept' : 'refuse'} ${what}`, () => {
      const problems = problemsWith(parts)
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const [index, pattern] of expected.entries())
        assert.match(problems[index] ?? '', pattern)
    })
  }
})
