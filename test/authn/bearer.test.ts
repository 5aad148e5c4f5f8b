import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/authn/authenticator.ts'
import { noCredential } from '../../src/authn/authenticator.ts'
import { bearer } from '../../src/authn/bearer.ts'
import { rejected } from '../../src/authn/rejected.ts'
import type { CheckInput } from '../../src/check-input.ts'

function request(headers: Record<string, string>, path = '/'): CheckInput {
  return {
    transport: 'grpc',
    method: 'GET',
    host: 'example.com',
    path,
    headers: new Map(Object.entries(headers)),
    source: undefined,
    certificate: undefined,
  }
}

async function authenticate(input: CheckInput, answer: Outcome = noCredential) {
  const tokens: string[] = []
  const outcome = await bearer(async (token) => {
    tokens.push(token)
    return answer
  })(input)
  return { tokens, outcome }
}

describe('bearer()', () => {
  const found = [
    { authorization: 'Bearer a.b.c', token: 'a.b.c' },
    { authorization: 'bEaReR a.b.c', token: 'a.b.c' },
    { authorization: ' \tBearer a.b.c \u00a0', token: 'a.b.c' },
    { authorization: 'Bearer a.b.c junk after it', token: 'a.b.c' },
    { authorization: 'Bearer \ta', token: '\ta' },
    { authorization: 'Bearer a\tb', token: 'a\tb' },
  ]
  for (const { authorization, token } of found) {
    it(`finds ${JSON.stringify(token)} in ${JSON.stringify(authorization)}`, async () => {
      const { tokens, outcome } = await authenticate(request({ authorization }))
      assert.deepEqual(tokens, [token])
      assert.partialDeepStrictEqual(outcome, { reason: 'credential-untrusted' })
    })
  }

  for (const authorization of [
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Bearer  a.b.c',
    'Bearer\ta.b.c',
    'Bearer\u00a0a.b.c',
    'Basic YTpi',
    'Bearer: a.b.c',
    'xBearer a.b.c',
    'a.b.c',
  ]) {
    it(`finds no credential in ${JSON.stringify(authorization)}`, async () => {
      const { tokens, outcome } = await authenticate(request({ authorization }))
      assert.deepEqual(tokens, [])
      assert.deepEqual(outcome, noCredential)
    })
  }

  it('finds no credential without the header, whatever the query says', async () => {
    const { tokens, outcome } = await authenticate(request({}, '/?token=a.b.c&access_token=a.b.c'))
    assert.deepEqual(tokens, [])
    assert.deepEqual(outcome, noCredential)
  })

  it('refuses two lines that Envoy joined', async () => {
    const authorization = 'Bearer a.b.c,Bearer d.e.f'
    const { tokens, outcome } = await authenticate(request({ authorization }))
    assert.deepEqual(tokens, [])
    assert.partialDeepStrictEqual(outcome, { reason: 'credential-malformed' })
  })

  it('passes on what the tokens are worth', async () => {
    const refusal = rejected('credential-expired', 'long ago')
    const { outcome } = await authenticate(request({ authorization: 'Bearer a' }), refusal)
    assert.equal(outcome, refusal)
  })

  it('takes linear time for a header of blanks', async () => {
    const authorization = `Bearer${' '.repeat(1_000_000)}x`
    const { outcome } = await authenticate(request({ authorization }))
    assert.deepEqual(outcome, noCredential)
  })
})
