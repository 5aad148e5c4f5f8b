/** Logins with passwords, and those who guess. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { hashSync } from 'bcryptjs'
import { envoy } from '../support/parts.ts'
import { http1Request, type RequestLine, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { values } from '../support/wire.ts'
import { credential, hosts, identityOf, platform } from './platform.ts'

const basic = (login: string, password: string): RequestLine => [
  'Authorization',
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`,
]

const binary = await part('Envoy', async () => envoy())

for (const transport of ['grpc', 'http'] as const) {
  describe(`passwords over ${transport}`, { skip: binary.skip }, () => {
    let service: Service
    let gateway: Gateway
    before(async () => {
      const { config, files } = platform({ clientHeaders: 'refuse' })
      service = await startService({
        config: { ...config, basic: { htpasswdFile: 'htpasswd', usersFile: 'users.yaml' } },
        files: {
          ...files,
          htpasswd: ['alice', 'bob', 'carol']
            .map((who) => `${who}:${hashSync(`pass:${who}`, 4)}\n`)
            .join(''),
          'users.yaml': 'bob: { name: bob@example.com, uid: "7", groups: [dev, "a,b"] }\n',
        },
      })
      const checkPorts = service.attache.ports
      gateway = await startGateway({ transport, checkPorts, binary: binary.get() })
    })
    after(async () => {
      await gateway.stop()
      await service.stop()
    })

    const ask = async (line: RequestLine, host: string = hosts.other) =>
      http1Request(gateway.port, { host, headers: [line] })

    it('name the user of the login', async () => {
      const seen = seenBy(await ask(basic('alice', 'pass:alice')))
      assert.deepEqual(identityOf(seen), ['x-forwarded-user: alice'])
      const bob = seenBy(await ask(basic('bob', 'pass:bob'), hosts.kubernetes))
      assert.deepEqual(identityOf(bob), [
        credential,
        'impersonate-group: a,b',
        'impersonate-group: dev',
        'impersonate-uid: 7',
        'impersonate-user: bob@example.com',
      ])
    })

    const refused: readonly (readonly [what: string, line: RequestLine, status: number])[] = [
      ['a wrong one', basic('alice', 'pass:bob'), 401],
      ['an unknown login', basic('mallory', 'pass:alice'), 401],
      ['nothing', ['Authorization', 'Basic'], 401],
      ['no base64', ['Authorization', 'Basic !'], 401],
      ['no colon', ['Authorization', 'Basic YWxpY2U='], 401],
      ['more than bcrypt takes', basic('alice', `pass:alice${'x'.repeat(80)}`), 401],
      [
        'two',
        ['Authorization', `${basic('alice', 'pass:alice')[1]}, ${basic('bob', 'pass:bob')[1]}`],
        400,
      ],
    ]
    for (const [what, line, status] of refused) {
      it(`are refused: ${what}`, async () => assert.equal((await ask(line)).status, status))
    }

    it('ask for a bearer token, so that no browser opens a dialog', async () => {
      const { lines } = await ask(basic('alice', 'wrong'))
      assert.deepEqual(values(lines, 'www-authenticate'), [
        'Bearer realm="attache", error="invalid_token"',
      ])
    })

    it('are not looked at after too many wrong ones', async () => {
      const statuses: number[] = []
      for (let n = 0; n < 12; n++) statuses.push((await ask(basic('carol', `${n}`))).status)
      assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 401), 429, 429])
      const { lines, status } = await ask(basic('carol', 'pass:carol'), hosts.kubernetes)
      assert.equal(status, 429)
      assert.deepEqual(values(lines, 'retry-after'), ['60'])
      assert.equal((await ask(basic('alice', 'pass:alice'))).status, 200)
    })

    it('stay out of the log', () => {
      const output = service.attache.output()
      assert.ok(output.includes('wrong login or password'))
      assert.doesNotMatch(output, /pass:|cGFzcz/)
    })
  })
}
