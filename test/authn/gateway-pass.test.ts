import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { gatewayPass } from '../../src/authn/gateway-pass.ts'
import { createGatewayPasses } from '../../src/gateway-pass/gateway-passes.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated, userInfo } from '../support/user.ts'

const startMs = Date.UTC(2030, 0)
const reviewed = [{ verb: 'get', resource: 'inferenceservices', namespace: 'team-a', name: 'm' }]
const alice = authenticated({
  user: userInfo({ groups: ['ml'] }),
  email: 'alice@example.com',
})

const passesAt = (nowMs: number) =>
  createGatewayPasses({
    config: { keys: [Buffer.alloc(32, 1)] },
    now: () => nowMs,
    random: randomBytes,
  })
const sealed = passesAt(startMs).seal(alice, reviewed)
assert.ok(typeof sealed === 'string')
const pass = sealed

/** What becomes of a request with this `Authorization`, `laterMs` after the pass was made. */
async function outcomeOf(authorization: string | undefined, laterMs = 0) {
  const headers = authorization === undefined ? {} : { authorization }
  const now = () => startMs + laterMs
  return gatewayPass({ passes: passesAt(now()), now })(checkInput({ headers }))
}

describe('gatewayPass()', () => {
  it('says who it is of, what it is good for and until when', async () => {
    assert.deepEqual(await outcomeOf(`AttachePass ${pass}`), {
      kind: 'authenticated',
      user: alice.user,
      authenticator: 'gateway-pass',
      email: 'alice@example.com',
      idToken: undefined,
      expiresAtMs: startMs + 60_000,
      goodFor: reviewed,
    })
  })

  for (const authorization of [
    `attachepass ${pass}`,
    `ATTACHEPASS ${pass}`,
    `AttachePass   ${pass}`,
    ` AttachePass ${pass} `,
  ]) {
    it(`takes ${JSON.stringify(authorization.replace(pass, 'PASS'))}`, async () => {
      assert.equal((await outcomeOf(authorization)).kind, 'authenticated')
    })
  }

  for (const authorization of [
    undefined,
    '',
    `Bearer ${pass}`,
    `Basic ${pass}`,
    pass,
    `AttachePasses ${pass}`,
    `X-AttachePass ${pass}`,
  ]) {
    const shown = authorization?.replace(pass, 'PASS')
    it(`leaves ${JSON.stringify(shown)} to others`, async () => {
      assert.equal((await outcomeOf(authorization)).kind, 'no-credential')
    })
  }

  for (const [authorization, reason] of [
    ['AttachePass', 'credential-malformed'],
    ['AttachePass ', 'credential-malformed'],
    [`AttachePass\t${pass}`, 'credential-malformed'],
    [`AttachePass ${pass} ${pass}`, 'credential-malformed'],
    [`AttachePass ${pass},AttachePass ${pass}`, 'credential-malformed'],
    [`AttachePass ${pass}=`, 'credential-malformed'],
    ['AttachePass x', 'credential-invalid'],
    [`AttachePass ${pass.slice(0, -1)}`, 'credential-invalid'],
    [`AttachePass ${pass}.`, 'credential-invalid'],
  ] as const) {
    it(`refuses ${JSON.stringify(authorization.replaceAll(pass, 'PASS'))}`, async () => {
      const outcome = await outcomeOf(authorization)
      assert.ok(outcome.kind === 'rejected')
      assert.equal(outcome.reason, reason)
      assert.ok(!outcome.detail.includes(pass))
    })
  }

  it('refuses one that has ended', async () => {
    const outcome = await outcomeOf(`AttachePass ${pass}`, 60_000)
    assert.deepEqual(outcome, {
      kind: 'rejected',
      reason: 'credential-expired',
      detail: 'the gateway pass has ended',
    })
  })

  it('remembers one until it ends, and no longer', async () => {
    const clock = { nowMs: startMs }
    const now = () => clock.nowMs
    const keys = [Buffer.alloc(32, 1)]
    const passes = createGatewayPasses({ config: { keys }, now, random: randomBytes })
    const authenticate = gatewayPass({ passes, now })
    const ask = async () =>
      authenticate(checkInput({ headers: { authorization: `AttachePass ${pass}` } }))
    const first = await ask()
    clock.nowMs += 59_999
    assert.equal(await ask(), first)
    clock.nowMs += 1
    const { kind } = await ask()
    assert.equal(kind, 'rejected')
  })
})
