import type { RequestListener } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { publicJwk, type TestKey } from '../../../authn/jwt/signed-token.ts'
import type { TokenCase } from '../compare-tokens.ts'
import { keys, type MintOptions, mint, nowSeconds as now, published } from '../mint.ts'
import { fileOf, type IssuerPages, text, type World } from '../world.ts'

const discoveryPath = '/.well-known/openid-configuration'
const padding = 'x'.repeat(2 ** 21)
const keysText = JSON.stringify({ keys: published })

function claimsOf(iss: string, more: object = {}): object {
  return { iss, aud: 'me', exp: now + 3600, sub: 'alice', ...more }
}

function many(count: number): IssuerPages {
  return {
    jwks: Array.from({ length: count }, (_, index) => ({
      ...publicJwk(keys.rsa),
      kid: `r${index + 1}`,
    })),
  }
}

/** The same server at another origin. */
function far(url: string): string {
  return url.replace('127.0.0.1', 'localhost')
}

function late(listener: RequestListener): RequestListener {
  return (request, response) => {
    void pause(6_000).then(() => listener(request, response))
  }
}

/** The discovery document of the issuer whose path stands before the suffix. */
function documentAt(suffix: string, { url }: World): RequestListener {
  return (request, response) => {
    const issuer = `${url}${(request.url ?? '').replace(suffix, '')}`
    text(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }))(request, response)
  }
}

/** Sends on to where the function says, at another origin. */
function away(target: (path: string) => string): RequestListener {
  return (request, response) =>
    response.writeHead(302, { location: far(target(request.url ?? '')) }).end()
}

/** Where Attaché bounds what others can cost it and kube-apiserver does not, and what is just within. */
export function boundCases(world: World): TokenCase[] {
  const one = (
    name: string,
    pages: IssuerPages,
    { claims = {}, minted = {} }: { claims?: object; minted?: MintOptions } = {},
  ): TokenCase => {
    const url = world.issuer({ jwks: published, ...pages })
    return {
      name,
      file: fileOf([{ issuer: { url } }]),
      token: mint(claimsOf(url, claims), minted),
      attempts: 15,
      waitMs: 12_000,
    }
  }
  const there: string = world.issuer({
    jwks: published,
    pages: { '/groups': (request, response) => text(mint(groups))(request, response) },
  })
  const groups = claimsOf(there, { groups: ['from', 'there'] })
  const source = (
    name: string,
    endpoint: (url: string) => string,
    answer: RequestListener,
  ): TokenCase => {
    const at = world.issuer({ pages: { '/groups': answer } })
    return one(
      name,
      {},
      {
        claims: {
          _claim_names: { groups: 's' },
          _claim_sources: { s: { endpoint: endpoint(`${at}/groups`) } },
        },
      },
    )
  }

  return [
    one('a token of 60,000 characters', {}, { claims: { padding: padding.slice(0, 43_000) } }),
    one('a token of 70,000 characters', {}, { claims: { padding: padding.slice(0, 52_000) } }),
    one('a set of 100 keys', many(100)),
    one('a set of 101 keys', many(101)),
    one('a set of 101 keys, a token without kid', many(101), {
      minted: { header: { kid: undefined } },
    }),
    one('a key set of 900 kB', {
      jwks: JSON.stringify({ keys: published, padding: padding.slice(0, 900_000) }),
    }),
    one('a key set of 2 MB', { jwks: JSON.stringify({ keys: published, padding }) }),
    one('a discovery document of 2 MB', { discovery: { padding } }),
    source(
      'groups elsewhere, in an answer of 2 MB',
      (url) => url,
      text(mint({ ...groups, padding })),
    ),
    one('a key set that is always compressed', {
      pages: { '/jwks': text(gzipSync(keysText), 200, { 'content-encoding': 'gzip' }) },
    }),
    one('discovery that answers after six seconds', {
      pages: { [discoveryPath]: late(documentAt(discoveryPath, world)) },
    }),
    one('a key set that comes after six seconds', { pages: { '/jwks': late(text(keysText)) } }),
    one('a key set that is redirected to another private address', {
      pages: { '/jwks': away(() => `${there}/jwks`) },
    }),
    one('discovery that is redirected to another private address', {
      pages: {
        [discoveryPath]: away((path) => `${world.url}${path.replace(discoveryPath, '/moved')}`),
        '/moved': documentAt('/moved', world),
      },
    }),
    source(
      'groups elsewhere, redirected to another private address',
      (url) => url,
      away(() => `${there}/groups`),
    ),
    source('groups elsewhere at another private address', far, text(mint(groups))),
  ]
}

/** What happens when an issuer's keys change; one after the other. */
export function rotationCases(world: World): TokenCase[] {
  return [
    ...rotation(world, 'keys that come one after the other', {}),
    ...rotation(world, 'keys that may be kept for an hour', { 'cache-control': 'max-age=3600' }),
    ...withdrawal(world),
  ]
}

function rotation(world: World, about: string, headers: Record<string, string>): TokenCase[] {
  const served = { keys: [keys.rsa] as TestKey[] }
  const url = world.issuer({
    pages: {
      '/jwks': (request, response) => text(jwksText(served.keys), 200, headers)(request, response),
    },
  })
  const step = (
    name: string,
    by: readonly [alg: string, key: TestKey],
    publish: TestKey[],
  ): TokenCase => ({
    name: `${about}: ${name}`,
    file: fileOf([{ issuer: { url } }]),
    token: mint(
      { iss: url, aud: 'me', exp: now + 3600, sub: 'alice', name },
      { alg: by[0], key: by[1] },
    ),
    before: () => {
      served.keys = publish
    },
  })
  const all = [keys.rsa, keys.p256, keys.p384, keys.p521]
  return [
    step('the first', ['RS256', keys.rsa], all.slice(0, 1)),
    step('a new one', ['ES256', keys.p256], all.slice(0, 2)),
    step('one that nobody published', ['RS256', keys.other], all.slice(0, 2)),
    step('a second new one within a minute', ['ES384', keys.p384], all.slice(0, 3)),
    step('the first again', ['RS512', keys.rsa], all.slice(0, 3)),
  ]
}

function withdrawal(world: World): TokenCase[] {
  const served = { keys: [keys.rsa, keys.p256] as TestKey[] }
  const url = world.issuer({
    pages: { '/jwks': (request, response) => text(jwksText(served.keys))(request, response) },
  })
  const file = fileOf([{ issuer: { url } }])
  const token = (jti: string, options: MintOptions = {}): string =>
    mint({ iss: url, aud: 'me', exp: now + 3600, sub: 'alice', jti }, options)
  return [
    { name: 'withdrawal: a key that is published', file, token: token('1') },
    {
      name: 'withdrawal: a key that was withdrawn four minutes ago',
      file,
      token: token('2'),
      before: async (passTime) => {
        served.keys = [keys.p256]
        await passTime()
      },
    },
    {
      name: 'withdrawal: the key that stays',
      file,
      token: token('3', { alg: 'ES256', key: keys.p256 }),
    },
  ]
}

function jwksText(all: readonly TestKey[]): string {
  return JSON.stringify({ keys: all.map(publicJwk) })
}
