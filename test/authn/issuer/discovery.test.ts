import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { discover } from '../../../src/authn/issuer/discovery.ts'
import { issuerConfig } from './issuer-fixtures.ts'

const url = 'https://idp.example.com'

/** Answers every address with `body` and remembers which were asked for. */
function answering(body: string, status = 200) {
  const asked: string[] = []
  const fetchIt: typeof fetch = async (input) => {
    asked.push(input instanceof Request ? input.url : String(input))
    return new Response(body, { status })
  }
  return { asked, fetchIt }
}

describe('discover()', () => {
  const document = JSON.stringify({ issuer: url, jwks_uri: 'https://k.example/', scopes: ['x'] })

  const addresses = [
    { config: { url }, address: `${url}/.well-known/openid-configuration` },
    { config: { url: `${url}/a/` }, address: `${url}/a/.well-known/openid-configuration` },
    { config: { url: `${url}//` }, address: `${url}//.well-known/openid-configuration` },
    {
      config: { url, discoveryURL: 'https://d.example/x?y=z' },
      address: 'https://d.example/x?y=z',
    },
  ]
  for (const { config, address } of addresses) {
    it(`asks ${address}`, async () => {
      const { asked, fetchIt } = answering(JSON.stringify({ issuer: config.url, jwks_uri: 'k' }))
      await discover(issuerConfig(config), fetchIt)
      assert.deepEqual(asked, [address])
    })
  }

  it('gives the whole document', async () => {
    const { fetchIt } = answering(document)
    assert.deepEqual(await discover(issuerConfig({ url }), fetchIt), JSON.parse(document))
  })

  it('reads names without case, and of repeated ones the last', async () => {
    const { fetchIt } = answering(`{"issuer":"x","ISSUER":"${url}","Jwks_URI":"k"}`)
    const metadata = await discover(issuerConfig({ url }), fetchIt)
    assert.deepEqual([metadata.issuer, metadata.jwks_uri], [url, 'k'])
  })

  const refused = {
    'an issuer with a slash more': [`{"issuer":"${url}/","jwks_uri":"k"}`, /its issuer is/],
    'an issuer in capitals': [`{"issuer":"${url.toUpperCase()}","jwks_uri":"k"}`, /its issuer is/],
    'no issuer': ['{"jwks_uri":"k"}', /its issuer is/],
    'a numeric issuer': ['{"issuer":1,"jwks_uri":"k"}', /"issuer" is no string/],
    'no keys': [`{"issuer":"${url}"}`, /no "jwks_uri"/],
    'empty keys': [`{"issuer":"${url}","jwks_uri":""}`, /no "jwks_uri"/],
    'keys of null': [`{"issuer":"${url}","jwks_uri":null}`, /no "jwks_uri"/],
    'algorithms that are no list': [
      `{"issuer":"${url}","jwks_uri":"k","id_token_signing_alg_values_supported":"RS256"}`,
      /is no list/,
    ],
    'algorithms that are numbers': [
      `{"issuer":"${url}","jwks_uri":"k","id_token_signing_alg_values_supported":[1]}`,
      /is no list of strings/,
    ],
    'no object': ['[]', /no JSON object/],
    'no JSON': ['<html>', /no JSON object/],
  } as const
  for (const [what, [body, message]] of Object.entries(refused)) {
    it(`refuses a document with ${what}`, async () => {
      await assert.rejects(discover(issuerConfig({ url }), answering(body).fetchIt), message)
    })
  }

  for (const status of [201, 203, 206, 302, 404, 500]) {
    it(`refuses an answer with status ${status}`, async () => {
      const { fetchIt } = answering(document, status)
      await assert.rejects(discover(issuerConfig({ url }), fetchIt), /not 200/)
    })
  }

  it('says which address gave no answer', async () => {
    const away = new Error('connect ECONNREFUSED')
    await assert.rejects(
      discover(issuerConfig({ url }), () => Promise.reject(away)),
      {
        message: `Cannot fetch "${url}/.well-known/openid-configuration": no usable answer`,
        cause: away,
      },
    )
  })
})
