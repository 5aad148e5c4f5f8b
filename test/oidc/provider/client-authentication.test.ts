import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { compactVerify, decodeJwt } from 'jose'
import type { ClientAuthentication } from '../../../src/config/browser-types.ts'
import { clientAuthentication } from '../../../src/oidc/provider/client-authentication.ts'

const issuer = 'https://issuer.example.com'
const metadata = {
  issuer,
  jwks_uri: `${issuer}/jwks`,
  token_endpoint: 'https://evil.example/token',
}

/** What a request to the token endpoint gets. */
async function shown(own: ClientAuthentication, more: Readonly<Record<string, unknown>> = {}) {
  const body = new URLSearchParams()
  const headers = new Headers()
  const authenticate = clientAuthentication(own, { ...metadata, ...more })
  // The types say that nothing is to be waited for; a signature is.
  const ready: unknown = authenticate(metadata, { client_id: 'attache' }, body, headers)
  await ready
  return { body: Object.fromEntries(body), authorization: headers.get('authorization') }
}

const clientSecret = 'secret: %+&ü'
const basic = `Basic ${Buffer.from('attache:secret%3A+%25%2B%26%C3%BC').toString('base64')}`

describe('clientAuthentication()', () => {
  it('is the name alone of a client without a secret', async () => {
    assert.deepEqual(await shown({ method: 'none' }), {
      body: { client_id: 'attache' },
      authorization: null,
    })
  })

  const methods: readonly (readonly [
    method: 'auto' | 'client_secret_basic' | 'client_secret_post',
    known: unknown,
    isBasic: boolean,
  ])[] = [
    ['client_secret_basic', ['client_secret_post'], true],
    ['client_secret_post', ['client_secret_basic'], false],
    ['auto', undefined, true],
    ['auto', ['client_secret_post', 'client_secret_basic'], true],
    ['auto', ['client_secret_post'], false],
    ['auto', ['private_key_jwt'], true],
    ['auto', [], true],
    ['auto', 'client_secret_post', true],
    ['auto', [1, 'client_secret_post'], false],
  ]
  for (const [method, known, isBasic] of methods) {
    it(`sends the secret in the ${isBasic ? 'header' : 'body'}: ${method}, ${JSON.stringify(known)}`, async () => {
      const more = { token_endpoint_auth_methods_supported: known }
      const { body, authorization } = await shown({ method, clientSecret }, more)
      assert.equal(authorization, isBasic ? basic : null)
      assert.deepEqual(body, isBasic ? {} : { client_id: 'attache', client_secret: clientSecret })
    })
  }
})

const pairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed: generateKeyPairSync('ed25519'),
}

function privateKeyJwt(key: KeyObject, keyID?: string): ClientAuthentication {
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { method: 'private_key_jwt', key: { pem, keyID } }
}

describe('private_key_jwt', () => {
  const algorithms: readonly (readonly [key: keyof typeof pairs, known: unknown, alg: string])[] = [
    ['rsa', undefined, 'RS256'],
    ['rsa', ['PS256', 'RS256'], 'RS256'],
    ['rsa', ['PS256', 'ES256'], 'PS256'],
    ['rsa', 'PS256', 'RS256'],
    ['p256', undefined, 'ES256'],
    ['p384', undefined, 'ES384'],
    ['p521', ['RS256'], 'ES512'],
    ['ed', undefined, 'EdDSA'],
    ['ed', ['EdDSA'], 'EdDSA'],
    ['ed', ['EdDSA', 'Ed25519'], 'Ed25519'],
  ]
  for (const [name, known, alg] of algorithms) {
    it(`signs with ${alg}: ${name}, ${JSON.stringify(known)}`, async () => {
      const { privateKey, publicKey } = pairs[name]
      const more = { token_endpoint_auth_signing_alg_values_supported: known }
      const { body, authorization } = await shown(privateKeyJwt(privateKey, 'k1'), more)
      assert.equal(authorization, null)
      const verified = await compactVerify(body['client_assertion'] ?? '', publicKey)
      assert.deepEqual(verified.protectedHeader, { alg, kid: 'k1' })
    })
  }

  it('is for the issuer alone, whatever address the token endpoint has, and for a minute', async () => {
    const { client_assertion: assertion = '', ...body } = (
      await shown(privateKeyJwt(pairs.p256.privateKey))
    ).body
    assert.deepEqual(body, {
      client_id: 'attache',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    const { jti = '', iat = 0, nbf = 0, exp = 0, ...claims } = decodeJwt(assertion)
    assert.deepEqual(claims, { iss: 'attache', sub: 'attache', aud: issuer })
    assert.ok(jti.length >= 20 && nbf === iat && exp === iat + 60)
  })

  it('is never the same twice, and names no key without a name', async () => {
    const own = privateKeyJwt(pairs.p256.privateKey)
    const [first, second] = [await shown(own), await shown(own)]
    assert.notEqual(first.body['client_assertion'], second.body['client_assertion'])
    const { protectedHeader } = await compactVerify(
      first.body['client_assertion'] ?? '',
      pairs.p256.publicKey,
    )
    assert.deepEqual(protectedHeader, { alg: 'ES256' })
  })
})
