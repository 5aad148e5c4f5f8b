import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noCredential, type Outcome } from '../../src/authn/authenticator.ts'
import { webSocketBearer } from '../../src/authn/websocket-bearer.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated } from '../support/user.ts'

const prefix = 'base64url.bearer.authorization.k8s.io.'
const encode = (token: string | Buffer) => `${prefix}${Buffer.from(token).toString('base64url')}`

/** What a request with these subprotocols is, when the token `good` is somebody's. */
async function outcomeOf(
  protocols: string | undefined,
  upgrade: string | undefined = 'websocket',
): Promise<string> {
  const headers = {
    ...(upgrade === undefined ? {} : { upgrade }),
    ...(protocols === undefined ? {} : { 'sec-websocket-protocol': protocols }),
  }
  const authenticate = webSocketBearer(
    async (token): Promise<Outcome> => (token === 'good' ? authenticated() : noCredential),
  )
  const outcome = await authenticate(checkInput({ headers }))
  return outcome.kind === 'rejected' ? outcome.reason : outcome.kind
}

describe('webSocketBearer()', () => {
  const cases: readonly (readonly [protocols: string | undefined, is: string])[] = [
    [`v5.channel.k8s.io, ${encode('good')}`, 'authenticated'],
    [`${encode('good')},v5.channel.k8s.io`, 'authenticated'],
    [`v5.channel.k8s.io, ${encode('other')}`, 'credential-untrusted'],
    [encode('good'), 'credential-malformed'],
    [`${encode('good')}, `, 'credential-malformed'],
    [`x, ${encode('good')}, ${encode('good')}`, 'credential-malformed'],
    [`x, ${encode('good')}=`, 'credential-malformed'],
    [`x, ${encode('good')}!`, 'credential-malformed'],
    [`x, ${encode(Buffer.from([0xff, 0xfe]))}`, 'credential-malformed'],
    [`x, ${prefix}`, 'no-credential'],
    ['v5.channel.k8s.io', 'no-credential'],
    ['', 'no-credential'],
    [undefined, 'no-credential'],
  ]
  for (const [protocols, is] of cases) {
    it(`answers "${is}" to ${JSON.stringify(protocols)}`, async () => {
      assert.equal(await outcomeOf(protocols), is)
    })
  }

  it('looks at WebSocket requests alone', async () => {
    const protocols = `x, ${encode('good')}`
    assert.equal(await outcomeOf(protocols, 'WebSocket'), 'authenticated')
    assert.equal(await outcomeOf(protocols, 'SPDY/3.1'), 'no-credential')
    assert.equal(await outcomeOf(protocols, ''), 'no-credential')
  })
})
