/** Identities that a real issuer signs and that headers cannot say: denied, never altered. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { envoy } from '../support/parts.ts'
import { http1Bytes, http1Request, seenBy, sendBytes } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { values } from '../support/wire.ts'
import { hosts, identityOf, platform, who } from './platform.ts'

type Claims = Readonly<Record<string, unknown>>

const email = 'alice@example.com'
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `team-${at}`)

const unsayable: readonly { readonly what: string; readonly claims: Claims; status: 401 | 403 }[] =
  [
    { what: 'an empty name', claims: { email: '' }, status: 403 },
    { what: 'a blank name', claims: { email: ' ' }, status: 403 },
    { what: 'a name with a line break', claims: { email: 'a\r\nImpersonate-Uid: 0' }, status: 403 },
    { what: 'a name with NUL', claims: { email: 'a\0b' }, status: 403 },
    { what: 'a name with a blank at its edge', claims: { email: ' root' }, status: 403 },
    { what: 'the name of the anonymous', claims: { email: 'system:anonymous' }, status: 403 },
    { what: 'a name that is no string', claims: { email: ['root'] }, status: 401 },
    { what: 'no name', claims: { sub: 'x' }, status: 401 },
    { what: 'an unverified email', claims: { email, email_verified: false }, status: 401 },
    { what: 'a group with a line break', claims: { email, groups: ['a\nb'] }, status: 403 },
    { what: 'a group with a control', claims: { email, groups: ['a\u007fb'] }, status: 403 },
    { what: 'a group with a blank at its edge', claims: { email, groups: ['a '] }, status: 403 },
    { what: 'too many groups', claims: { email, groups: numbered(600) }, status: 403 },
    { what: 'a token of 100 KB', claims: { email, groups: ['x'.repeat(75_000)] }, status: 401 },
    {
      what: 'too many bytes',
      claims: { email, groups: numbered(590).map((group) => group.padEnd(75, 'x')) },
      status: 403,
    },
  ]

const sayable: readonly { readonly what: string; readonly groups: readonly string[] }[] = [
  { what: 'no group', groups: [] },
  { what: 'one group', groups: ['dev'] },
  { what: 'an empty group', groups: ['dev', ''] },
  { what: '93 groups', groups: numbered(93) },
  { what: '500 groups', groups: numbered(500) },
  {
    what: 'groups with commas, signs and UTF-8',
    groups: ['a,b', '"q"', "it's", 'Öl', '組', 'a  b'],
  },
]

for (const version of ['1.36.4', '1.40.0'] as const) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))
  describe(`tokens of a real issuer through Envoy ${version}`, { skip: binary.skip }, () => {
    let service: Service
    let gateways: Readonly<Record<'grpc' | 'http', Gateway>>
    before(async () => {
      service = await startService(platform({ clientHeaders: 'refuse' }))
      const shared = { checkPorts: service.attache.ports, binary: binary.get() }
      gateways = {
        grpc: await startGateway({ ...shared, transport: 'grpc' }),
        http: await startGateway({ ...shared, transport: 'http' }),
      }
    })
    after(async () => {
      await gateways.grpc.stop()
      await gateways.http.stop()
      await service.stop()
    })

    for (const transport of ['grpc', 'http'] as const) {
      for (const { what, claims, status } of unsayable) {
        it(`are denied over ${transport}: ${what}`, async () => {
          const { port, upstream } = gateways[transport]
          const count = upstream.seen.length
          const headers = [`Authorization: Bearer ${await service.issuer.mint(claims)}`]
          const bytes = http1Bytes({ host: hosts.kubernetes, headers })
          assert.equal((await sendBytes(port, bytes)).status, status)
          assert.equal(upstream.seen.length, count)
        })
      }

      for (const { what, groups } of sayable) {
        it(`arrive over ${transport} with every group: ${what}`, async () => {
          const token = await service.issuer.mint({ email, groups })
          const headers = [['Authorization', `Bearer ${token}`]] as const
          const options = { host: hosts.kubernetes, headers }
          const { lines } = seenBy(await http1Request(gateways[transport].port, options))
          assert.deepEqual(values(lines, 'impersonate-group'), groups)
          assert.deepEqual(values(lines, 'impersonate-user'), [email])
        })
      }

      for (const algorithm of ['RS256', 'PS256', 'ES256'] as const) {
        it(`are believed over ${transport} when signed with ${algorithm}`, async () => {
          const token = await service.issuer.mint(who.alice.claims, { algorithm })
          const headers = [['Authorization', `Bearer ${token}`]] as const
          const options = { host: hosts.kubernetes, headers }
          const seen = seenBy(await http1Request(gateways[transport].port, options))
          assert.deepEqual(identityOf(seen), who.alice.impersonation)
        })
      }

      it(`go on to the upstream itself over ${transport} where the route forwards them`, async () => {
        const authorization = `Bearer ${await service.issuer.mint(who.alice.claims)}`
        const options = {
          host: hosts.forward,
          headers: [['Authorization', authorization]] as const,
        }
        const seen = seenBy(await http1Request(gateways[transport].port, options))
        assert.deepEqual(identityOf(seen), [`authorization: ${authorization}`])
      })

      it(`are refused over ${transport} when expired, for others, or altered`, async () => {
        const good = await service.issuer.mint(who.alice.claims)
        const tokens = [
          await service.issuer.mint(who.alice.claims, { validSeconds: -60 }),
          await service.issuer.mint(who.alice.claims, { audience: 'another' }),
          `${good.slice(0, -6)}AAAAAA`,
          good.split('.').slice(0, 2).join('.'),
          `${good}.`,
        ]
        for (const token of tokens) {
          const headers = [['Authorization', `Bearer ${token}`]] as const
          const { port } = gateways[transport]
          const response = await http1Request(port, { host: hosts.kubernetes, headers })
          assert.equal(response.status, 401)
        }
      })
    }
  })
}
