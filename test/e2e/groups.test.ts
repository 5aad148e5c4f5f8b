import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { HeaderLine } from '../../src/headers/changes.ts'
import { type Bed, startBed } from '../support/bed.ts'
import { allow } from '../support/check-servers.ts'
import { envoy, envoyVersions } from '../support/parts.ts'
import { http1Request, http2Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { linesNamed, values } from '../support/wire.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `team-${at}`)

const cases: readonly { readonly name: string; readonly groups: readonly string[] }[] = [
  { name: 'no group', groups: [] },
  { name: 'one group', groups: ['dev'] },
  { name: 'two groups', groups: ['b', 'a'] },
  { name: '93 groups', groups: numbered(93) },
  { name: '500 groups', groups: numbered(500) },
  { name: 'commas', groups: ['a,b', 'CN=x,OU=y,DC=z', ',', 'c'] },
  { name: 'UTF-8', groups: ['Jürgen', '組', '🎟', 'Über, alles'] },
  { name: 'a group twice', groups: ['x', 'y', 'x'] },
  { name: 'an empty group', groups: ['', 'x', ''] },
  {
    name: 'signs',
    groups: ['"quoted"', "it's", 'back\\slash', '%2c', '{}', 'a  b', ';', '=', '\ta'.trim()],
  },
  {
    name: '48 KB of groups',
    groups: Array.from({ length: 75 }, (_, at) => `${at}-`.padEnd(620, 'x')),
  },
]

/** What a client tries, so that no test passes because there was nothing to replace. */
const forged = [
  ['Impersonate-User', 'root'],
  ['Impersonate-Group', 'system:masters'],
  ['IMPERSONATE-GROUP', 'system:nodes'],
  ['Impersonate-Extra-Scopes', 'forged'],
] as const

const extras: readonly HeaderLine[] = [
  ['impersonate-extra-scopes', 'a,b'],
  ['impersonate-extra-scopes', 'c'],
  ['impersonate-extra-acme.com%2fproject', 'z'],
]

for (const version of envoyVersions) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))

  for (const transport of ['grpc', 'http'] as const) {
    for (const upstreamHttp of ['HTTP/1.1', 'HTTP/2'] as const) {
      const title = `groups over ${transport} through Envoy ${version} to an ${upstreamHttp} upstream`
      describe(title, { skip: binary.skip }, () => {
        let bed: Bed
        before(async () => {
          bed = await startBed({ transport, binary: binary.get(), upstreamHttp })
        })
        after(async () => bed.stop())

        for (const { name, groups } of cases) {
          it(`arrive as one line each: ${name}`, async () => {
            bed.server.answer(() =>
              allow({
                set: [['impersonate-user', 'alice']],
                append: groups.map((group) => ['impersonate-group', group]),
                remove: groups.length === 0 ? ['impersonate-group'] : [],
              }),
            )
            for (const request of [http1Request, http2Request]) {
              const { lines } = seenBy(await request(bed.port, { headers: forged }))
              assert.deepEqual(values(lines, 'impersonate-group'), groups)
              assert.deepEqual(linesNamed(lines, /^impersonate.user/), ['impersonate-user: alice'])
              assert.deepEqual(linesNamed(lines, /extra|attache/), [])
            }
          })
        }

        it('arrive beside repeated extras', async () => {
          const append: HeaderLine[] = [['impersonate-group', 'dev'], ...extras]
          bed.server.answer(() => allow({ set: [['impersonate-user', 'alice']], append }))
          const { lines } = seenBy(await http1Request(bed.port, { headers: forged }))
          assert.deepEqual(
            linesNamed(lines, /^impersonate/).toSorted(),
            ['impersonate-user: alice', ...append.map((line) => line.join(': '))].toSorted(),
          )
          assert.deepEqual(values(lines, 'impersonate-extra-scopes'), ['a,b', 'c'])
        })
      })
    }
  }
}
