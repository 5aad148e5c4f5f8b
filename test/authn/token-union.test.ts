import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noCredential } from '../../src/authn/authenticator.ts'
import { rejected } from '../../src/authn/rejected.ts'
import { maxTokenLength, tokenUnion } from '../../src/authn/token-union.ts'
import { encode } from './jwt/signed-token.ts'

const refusal = rejected('credential-invalid', 'verified by the right one')
const other = rejected('credential-invalid', 'verified by the wrong one')
const verify = tokenUnion(
  new Map([
    ['https://a.example', async () => refusal],
    ['https://accounts.google.com', async () => refusal],
    ['https://b.example', async () => other],
  ]),
)

function token(payload: string): string {
  return `${encode({ alg: 'RS256' })}.${encode(payload)}.AA`
}

describe('tokenUnion()', () => {
  for (const payload of [
    '{"iss":"https://a.example"}',
    '{"iss":"accounts.google.com"}',
    '{"iss":"https://b.example","ISS":"https://a.example"}',
  ]) {
    it(`asks the issuer of ${payload}`, async () => {
      assert.equal(await verify(token(payload)), refusal)
    })
  }
  for (const payload of [
    '{"iss":"https://a.example/"}',
    '{"iss":"http://a.example"}',
    '{"iss":"HTTPS://A.EXAMPLE"}',
    '{"iss":["https://a.example"]}',
    '{"iss":"http://169.254.169.254"}',
    '{}',
    'null',
    'https://a.example',
  ]) {
    it(`steps aside for ${payload}`, async () => {
      assert.equal(await verify(token(payload)), noCredential)
    })
  }

  it('refuses a token that is too long, without looking into it', async () => {
    assert.partialDeepStrictEqual(await verify('a'.repeat(maxTokenLength + 1)), {
      reason: 'credential-malformed',
    })
  })
  it('looks into a token of the greatest length', async () => {
    const start = token('{"iss":"https://a.example"}')
    assert.equal(await verify(start.padEnd(maxTokenLength, 'A')), refusal)
  })
})
