import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { HeaderLine } from '../../src/headers/changes.ts'
import { type Bed, startBed } from '../support/bed.ts'
import { allow } from '../support/check-servers.ts'
import { type Edit, exampleConfig } from '../support/example-envoy.ts'
import { currentEnvoy, envoy, envoyVersions } from '../support/parts.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { linesNamed, values } from '../support/wire.ts'

const appended = (append: readonly HeaderLine[]) => () => allow({ append })

/** A Lua filter between ext_authz and the appender, for metadata that the adapter never writes. */
async function metadataFrom(lua: string): Promise<Edit> {
  const place = '          # istio/appender.lua'
  assert.ok((await exampleConfig('grpc')).includes(place))
  const filter = {
    name: 'forge',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
      default_source_code: {
        inline_string: `function envoy_on_request(handle)
          handle:streamInfo():dynamicMetadata():set(
            "envoy.filters.http.ext_authz", "headers_to_append", ${lua})
        end`,
      },
    },
  }
  return [place, `          - ${JSON.stringify(filter)}\n${place}`]
}

for (const version of envoyVersions) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))

  describe(`appender.lua in Envoy ${version}`, { skip: binary.skip }, () => {
    let bed: Bed
    before(async () => {
      const metadata = '%DYNAMIC_METADATA(envoy.filters.http.ext_authz:headers_to_append)%'
      bed = await startBed({
        transport: 'grpc',
        binary: binary.get(),
        accessLog: `log of %RESPONSE_CODE%: ${metadata}`,
      })
    })
    after(async () => bed.stop())

    const good: readonly HeaderLine[] = [
      ['impersonate-group', 'a, b'],
      ['authorization', 'Bearer canary'],
      ["impersonate-extra-acme.com%2fproject!#$&'*+.^_`|~", 'x'],
      ['impersonate-group', 'c'],
    ]

    it('adds one line for each entry, in order', async () => {
      bed.server.answer(appended(good))
      const { lines } = seenBy(await http1Request(bed.port))
      const added = linesNamed(lines, /^(impersonate|authorization)/)
      assert.deepEqual(added.toSorted(), good.map((line) => line.join(': ')).toSorted())
      assert.deepEqual(values(lines, 'impersonate-group'), ['a, b', 'c'])
    })

    it("puts the credential in the place of the client's", async () => {
      bed.server.answer(appended([['authorization', 'Bearer ours']]))
      const headers = ['Authorization: Bearer theirs', 'AUTHORIZATION: Basic dGhlaXJz']
      const { lines } = seenBy(await http1Request(bed.port, { headers }))
      assert.deepEqual(values(lines, 'authorization'), ['Bearer ours'])
    })

    it('leaves no metadata to the access log', async (t) => {
      bed.server.answer(appended(good))
      await http1Request(bed.port)
      // Envoy writes the line after the answer.
      const lines = await t.waitFor(() => {
        const written = bed.proxy.log().split('\n')
        assert.ok(written.some((line) => line.startsWith('log of 200')))
        return written
      })
      assert.deepEqual(
        lines.filter((line) => /canary|impersonate/.test(line)),
        [],
      )
    })

    it('forwards a request that has nothing to append', async () => {
      bed.server.answer(() => allow({ set: [['impersonate-user', 'alice']] }))
      const { lines } = seenBy(await http1Request(bed.port))
      assert.deepEqual(linesNamed(lines, /^impersonate/), ['impersonate-user: alice'])
    })

    const refused: readonly HeaderLine[] = [
      ['impersonate-user', 'root'],
      ['impersonate-uid', '0'],
      ['impersonate-groups', 'x'],
      ['impersonate-extra-', 'x'],
      ['impersonate-extra-a b', 'x'],
      ['x-forwarded-user', 'root'],
      ['cookie', 'a=b'],
      ['kubeflow-userid', 'root'],
      ['Impersonate-Group', 'x'],
      ['authorization', ''],
    ]
    for (const line of refused) {
      it(`refuses the request rather than add "${line.join(': ')}"`, async () => {
        // The adapter refuses some of these by itself; what reaches the appender must end there.
        const forged = await startBed({
          transport: 'grpc',
          binary: binary.get(),
          edits: [await metadataFrom(`{ { name = "${line[0]}", value = "${line[1]}" } }`)],
        })
        const response = await http1Request(forged.port)
        await forged.stop()
        assert.equal(response.status, 500)
        assert.equal(forged.upstream.seen.length, 0)
      })
    }
  })
}

const binary = await part('Envoy', async () => envoy())
describe(`appender.lua in Envoy ${currentEnvoy}`, { skip: binary.skip }, () => {
  const malformed = [
    '"text"',
    '5',
    'true',
    '{ name = "impersonate-group", value = "x" }',
    '{ "impersonate-group" }',
    '{ { name = "impersonate-group" } }',
    '{ { name = "impersonate-group", value = 5 } }',
    '{ { name = "impersonate-group", value = { "x" } } }',
    '{ { name = "impersonate-group", value = "a\\r\\nx-evil: 1" } }',
    '{ { name = "impersonate-group", value = "a\\127b" } }',
    '{ { name = "impersonate-group", value = "good" }, { name = "host", value = "bad" } }',
    '{ { name = "authorization", value = "a" }, { name = "authorization", value = "b" } }',
  ]
  for (const lua of malformed) {
    it(`refuses the metadata ${lua}`, async () => {
      const edits = [await metadataFrom(lua)]
      const bed = await startBed({ transport: 'grpc', binary: binary.get(), edits })
      const response = await http1Request(bed.port)
      await bed.stop()
      assert.equal(response.status, 500)
      assert.deepEqual(bed.upstream.seen, [])
    })
  }

  it('takes the names of Attaché away from the upstream', async () => {
    const edit: Edit = [
      '          # istio/appender.lua',
      `          - ${JSON.stringify({
        name: 'forge',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
          default_source_code: {
            inline_string: `function envoy_on_request(handle)
                  handle:headers():add("x-attache-requested-impersonate-user", "root")
                  handle:headers():add("X_Attache_Source", "1.2.3.4")
                end`,
          },
        },
      })}\n          # istio/appender.lua`,
    ]
    const bed = await startBed({ transport: 'grpc', binary: binary.get(), edits: [edit] })
    const { lines } = seenBy(await http1Request(bed.port))
    await bed.stop()
    assert.deepEqual(linesNamed(lines, /attache/), [])
  })
})
