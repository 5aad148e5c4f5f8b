import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCookieReader } from '../../src/session/cookie-header.ts'
import { applySetCookies, cookieHeader } from '../support/cookie-jar.ts'
import { userInfo } from '../support/user.ts'
import { firstSession } from './scripted-provider.ts'
import { hourMs, minuteMs, outcome, type SessionsBed, sessionsBed } from './sessions-bed.ts'

const name = '__Host-attache'
const idle = { config: { idleLifetimeMs: hourMs } }
const unrefreshed = firstSession({ refreshToken: undefined })

const request = (bed: SessionsBed, jar = bed.jar()) => ({
  cookieHeader: cookieHeader(jar),
  hostname: 'app.example.com',
  nowMs: bed.time.now(),
})

/** A request whose answer brings a new cookie and is still under way: what it will set. */
async function slowAnswer(bed: SessionsBed) {
  await bed.time.pass(10 * minuteMs)
  const lookup = await bed.ask()
  assert.ok(lookup.kind === 'found' && lookup.setCookies.length > 0)
  return lookup.setCookies
}

describe('a renewed cookie that arrives after the sign-out', () => {
  it('is no session, on the replica that knows of neither, until it would have ended anyway', async () => {
    const bed = await sessionsBed(idle)
    await bed.signIn(unrefreshed)
    const late = await slowAnswer(bed)
    const other = bed.replica({ isApart: true })
    bed.setJar(applySetCookies(bed.jar(), (await other.end(request(bed))).setCookies))
    assert.equal(outcome(await bed.ask(other)), 'none')
    bed.setJar(applySetCookies(bed.jar(), late))
    for (const replica of [bed.sessions, other, bed.replica({ isApart: true })]) {
      assert.equal(outcome(await bed.ask(replica)), 'credential-invalid')
    }
  })

  it('is none after somebody else has signed in, either', async () => {
    const bed = await sessionsBed(idle)
    await bed.signIn(unrefreshed)
    const late = await slowAnswer(bed)
    const other = bed.replica({ isApart: true })
    const mallory = firstSession({ user: userInfo({ name: 'mallory', groups: ['new'] }) })
    const saved = await other.save(mallory, request(bed))
    assert.ok(saved.kind === 'saved')
    bed.setJar(applySetCookies(bed.jar(), saved.setCookies))
    assert.equal(outcome(await bed.ask(bed.replica({ isApart: true }))), 'new')
    bed.setJar(applySetCookies(bed.jar(), late))
    assert.equal(outcome(await bed.ask(bed.replica({ isApart: true }))), 'credential-invalid')
  })

  it('does not keep anybody from signing in again, many times', async () => {
    const bed = await sessionsBed(idle)
    for (let round = 0; round < 20; round += 1) {
      await bed.signIn(unrefreshed)
      assert.equal(outcome(await bed.ask(bed.replica({ isApart: true }))), 'before')
      bed.setJar(applySetCookies(bed.jar(), (await bed.sessions.end(request(bed))).setCookies))
      const [marker = ''] = [...bed.jar().values()]
      assert.deepEqual([...bed.jar().keys()], [`${name}-e`])
      assert.ok(marker.length <= 5 * 23)
    }
  })

  it('is told to nobody who had no session', async () => {
    const bed = await sessionsBed(idle)
    assert.deepEqual((await bed.sessions.end(request(bed, new Map()))).setCookies, [])
    const junk = new Map([[name, 'junk']])
    const lines = await bed.sessions.end(request(bed, junk))
    assert.deepEqual(applySetCookies(junk, lines.setCookies), new Map())
  })

  // With a long one the answer to a sign-out would be one that browsers drop, or proxies before us.
  const planted = [
    '',
    '.',
    'a.b',
    '..',
    'A'.repeat(22),
    'x.'.repeat(20_000),
    'x'.repeat(4_000),
    '"é,=',
  ]
  for (const value of planted) {
    it(`cannot be made up by whoever does not know the session: "${value.slice(0, 10)}"`, async () => {
      const bed = await sessionsBed(idle)
      bed.setJar(new Map([...bed.jar(), [`${name}-e`, value]]))
      assert.equal(outcome(await bed.ask()), 'before')
      const { setCookies } = await bed.sessions.end(request(bed))
      const length = setCookies.reduce((sum, [, line]) => sum + line.length, 0)
      assert.ok(length < 1_000)
      const left = applySetCookies(bed.jar(), setCookies).get(`${name}-e`) ?? ''
      assert.match(left, /^[\w-]{22}(?:\.A{22})?$/)
    })
  }

  it('is none where no cookie is ever renewed, and then nothing is left in the browser', async () => {
    const bed = await sessionsBed({ cookie: { refresh: false } })
    const { setCookies } = await bed.sessions.end(request(bed))
    assert.deepEqual(applySetCookies(bed.jar(), setCookies), new Map())
  })

  it('never reaches an upstream', () => {
    const { strip } = createCookieReader(name)
    assert.equal(strip(`a=1; ${name}-e=x.y; b=2`), 'a=1; b=2')
    assert.equal(strip(`a=1,${name}-e=x.y,b=2`), 'a=1; b=2')
    assert.equal(strip(`${name}-ee=x`), undefined)
  })
})
