import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseJwks } from '../../../src/authn/issuer/jwks.ts'
import { ecKey, publicJwk, rsaKey } from '../jwt/signed-token.ts'

const good = JSON.stringify(publicJwk(rsaKey('a')))
const other = JSON.stringify(publicJwk(ecKey('b')))

function kids(text: string) {
  const keys = parseJwks(text)
  return typeof keys === 'string' ? keys : keys.map(({ kid }) => kid)
}

describe('parseJwks()', () => {
  const read = [
    { text: `{"keys":[${good},${other}]}`, found: ['a', 'b'] },
    { text: `{"KEYS":[${good}]}`, found: ['a'] },
    { text: `{"\u212aeys":[${good}]}`, found: ['a'] },
    { text: `{"keys":[${good}],"keys":[${other}]}`, found: ['b'] },
    { text: `{"keys":[${good}],"keys":null}`, found: [] },
    { text: `{"keys":[${good},${good}]}`, found: ['a'] },
    { text: `{"keys":[${good},{"kty":"oct","k":"AA"}]}`, found: ['a'] },
    { text: '{"keys":[]}', found: [] },
    { text: '{}', found: [] },
    { text: 'null', found: [] },
  ]
  for (const { text, found } of read) {
    it(`finds ${found.length} keys in ${text.slice(0, 40)}…`, () => {
      assert.deepEqual(kids(text), found)
    })
  }

  const spoilt = [
    { text: `{"keys":[${good},{"kty":"AKP"}]}`, fault: 'key 1 has an unknown "kty"' },
    { text: `{"keys":[{}],"keys":[${good}]}`, fault: 'key 0 has an unknown "kty"' },
    { text: '{"keys":{}}', fault: '"keys" is no list' },
    { text: '[]', fault: 'it is no JSON object' },
    { text: '<html>', fault: 'it is no JSON object' },
    { text: '', fault: 'it is no JSON object' },
    { text: `{"keys":[${good}]} x`, fault: 'it is no JSON object' },
    { text: `{"keys":[${`${good},`.repeat(100)}${good}]}`, fault: 'it has more than 100 keys' },
  ]
  for (const { text, fault } of spoilt) {
    it(`says "${fault}"`, () => {
      assert.equal(kids(text), fault)
    })
  }
})
