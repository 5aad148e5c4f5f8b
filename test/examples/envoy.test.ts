import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { exampleConfig } from '../support/example-envoy.ts'

interface Filter {
  readonly name: string
  readonly typed_config: { readonly default_source_code?: { readonly inline_string: string } }
}

interface Bootstrap {
  readonly static_resources: { readonly listeners: readonly [Listener] }
}

interface Listener {
  readonly filter_chains: readonly [{ readonly filters: readonly [NetworkFilter] }]
}

interface NetworkFilter {
  readonly typed_config: { readonly http_filters: readonly Filter[] }
}

const root = new URL('../..', import.meta.url)

/** The HTTP filters of an example, in their order. */
async function filtersOf(transport: 'grpc' | 'http'): Promise<readonly Filter[]> {
  const read: (text: string) => Bootstrap = parse
  const { listeners } = read(await exampleConfig(transport)).static_resources
  return listeners[0].filter_chains[0].filters[0].typed_config.http_filters
}

const expected = {
  grpc: [
    'no-request-trailers',
    'attache-pre-filter',
    'envoy.filters.http.ext_authz',
    'attache-appender',
    'envoy.filters.http.router',
  ],
  http: [
    'no-request-trailers',
    'attache-pre-filter',
    'envoy.filters.http.ext_authz',
    'no-attache-headers',
    'envoy.filters.http.router',
  ],
}

describe('examples/envoy-*', () => {
  for (const transport of ['grpc', 'http'] as const) {
    it(`have the filters in the order that the rules need (${transport})`, async () => {
      const filters = await filtersOf(transport)
      assert.deepEqual(
        filters.map(({ name }) => name),
        expected[transport],
      )
    })

    it(`hold the Lua of istio/ word for word (${transport})`, async () => {
      const inline = (await filtersOf(transport)).flatMap(({ name, typed_config: config }) =>
        config.default_source_code === undefined
          ? []
          : [{ name, text: config.default_source_code.inline_string.trim() }],
      )
      assert.ok(inline.length > 0)
      for (const { name, text } of inline) {
        const file = new URL(`istio/${name.replace('attache-', '')}.lua`, root)
        assert.equal(text, (await readFile(file, 'utf8')).trim())
      }
    })

    it(`have a configuration of Attaché that loads (${transport})`, () => {
      const file = fileURLToPath(new URL(`examples/envoy-${transport}/attache.yaml`, root))
      const { config } = loadConfig(file, {})
      assert.equal(config.routes.length, 3)
    })
  }
})
