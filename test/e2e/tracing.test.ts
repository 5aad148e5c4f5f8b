/** Envoy's spans and Attaché's in one trace, with Envoy's own OpenTelemetry tracer and a collector. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import type { Edit } from '../support/example-envoy.ts'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
} from '../support/gateway-browser.ts'
import type { ReceivedSpan } from '../support/otlp.ts'
import { envoy } from '../support/parts.ts'
import { http1Request } from '../support/raw-client.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { redisServer } from '../support/redis-server.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.ts'
import { hosts, platformWithSignIn, who } from './platform.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`
type HeaderPair = readonly [name: string, value: string]

interface Trace {
  readonly check: ReceivedSpan
  /** Undefined where it has none, or where the collector was away. */
  readonly parent: ReceivedSpan | undefined
  readonly below: readonly ReceivedSpan[]
  readonly all: readonly ReceivedSpan[]
}

const mark = () => `canary${randomBytes(6).toString('hex')}`

const binary = await part('Envoy', async () => envoy())
const redisBinary = await part('Redis', redisServer)
const skip = binary.skip || redisBinary.skip

for (const transport of ['grpc', 'http'] as const) {
  describe(`traces over ${transport}`, { skip }, () => {
    const secrets = new Set<string>()
    const client = mark()
    const session = randomBytes(32).toString('base64')
    let collector: TraceCollector
    let redis: Redis
    let service: Service
    let gateway: Gateway
    let browser: GatewayBrowser
    let token: string

    before(async () => {
      collector = await startTraceCollector()
      redis = await startRedis({ server: redisBinary.get() })
      const { config, files, issuer } = platformWithSignIn({ client, session })
      service = await startService({
        config: (url) => ({
          ...config(url),
          session: { store: 'redis', redis: { urlFile: 'redis-url' }, keysFile: 'session-keys' },
          tracing: {},
          shutdown: { graceSeconds: 2 },
        }),
        files: { ...files, 'redis-url': redis.url },
        issuer,
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_EXPORTER_OTLP_HEADERS: `x-key=${client}`,
          OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
          OTEL_BSP_SCHEDULE_DELAY: '50',
        },
      })
      gateway = await startGateway({
        transport,
        checkPorts: service.attache.ports,
        binary: binary.get(),
        edits: tracingEdits(collector.port),
      })
      browser = createGatewayBrowser(gateway.port, hosts.other)
      token = await service.issuer.mint(who.alice.claims)
      for (const secret of [client, session, token]) secrets.add(secret)
    })
    after(async () => {
      await gateway.stop()
      await service.stop()
      await redis.stop()
      await collector.stop()
    })

    /** The span of the check of the one request with this path, and those of its trace. */
    async function traceOf(path: string): Promise<Trace> {
      const find = (spans: readonly ReceivedSpan[]): Trace | undefined => {
        const check = spans.find((span) => span.attributes['url.path'] === path)
        if (check === undefined) return undefined
        const { traceId: id, spanId, parentSpanId } = check
        return {
          check,
          parent: spans.find((span) => span.spanId === parentSpanId),
          below: spans.filter((span) => span.parentSpanId === spanId),
          all: spans.filter((span) => span.traceId === id),
        }
      }
      const found = find(
        await collector.until((spans) => {
          const trace = find(spans)
          return trace?.check.parentSpanId === '' || trace?.parent !== undefined
        }),
      )
      if (found === undefined) throw new TypeError(`Cannot find the check of "${path}" any more`)
      return found
    }

    let paths = 0
    const newPath = () => `/x/${(paths += 1)}`

    async function request(path: string, headers: readonly HeaderPair[] = []) {
      return http1Request(gateway.port, { host: hosts.other, path: `${path}?q=1`, headers })
    }

    async function requestAsAlice(path: string, headers: readonly HeaderPair[] = []) {
      return request(path, [...headers, ['Authorization', `Bearer ${token}`]])
    }

    it('have Attaché below the call that Envoy made to it', async () => {
      const path = newPath()
      assert.equal((await requestAsAlice(path)).status, 200)
      const { check, parent } = await traceOf(path)
      assert.equal(parent?.service, 'gateway')
      assert.match(parent.name, /async .* egress/)
      assert.equal(check.service, 'attache')
      const { 'attache.decision_id': id, ...attributes } = check.attributes
      assert.match(String(id), /^[\w-]{22}$/)
      assert.deepEqual(attributes, {
        'attache.transport': transport,
        'http.request.method': 'GET',
        'server.address': hosts.other,
        'url.path': path,
        'attache.verdict': 'allowed',
        'attache.route': 'routes[4]',
        'attache.authenticator': 'jwt',
      })
      assert.ok(service.attache.logLines().some(({ decision }) => decision === id))
    })

    it('go on from where the client is', async () => {
      const path = newPath()
      await request(path, [
        ['traceparent', traceparent],
        ['tracestate', 'a=b'],
      ])
      const { check, all } = await traceOf(path)
      assert.equal(check.traceId, traceId)
      assert.equal(check.traceState, 'a=b')
      assert.equal(check.attributes['attache.reason'], 'no-credential')
      assert.equal(check.attributes['http.response.status_code'], 401)
      assert.ok(all.filter(({ service: name }) => name === 'gateway').length > 0)
    })

    it('leave the trace of the request itself to Envoy', async () => {
      const path = newPath()
      await requestAsAlice(path, [['traceparent', traceparent]])
      const { check } = await traceOf(path)
      const seen = gateway.upstream.seen.findLast((request_) => request_.path === `${path}?q=1`)
      const sent = seen?.lines.filter((line) => line.startsWith('traceparent: ')) ?? []
      assert.equal(sent.length, 1)
      assert.match(sent[0] ?? '', new RegExp(`-${traceId}-`))
      assert.ok(!sent[0]?.includes(check.spanId))
    })

    const hostile: readonly (readonly HeaderPair[])[] = [
      [['traceparent', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`]],
      [['traceparent', `${traceparent}-more`]],
      [
        ['traceparent', traceparent],
        ['traceparent', traceparent.replace('0af', '1af')],
      ],
      [
        ['traceparent', traceparent],
        ['tracestate', 'a=b,'.repeat(2500)],
      ],
      [['tracestate', 'x'.repeat(10_000)]],
    ]
    for (const headers of hostile) {
      it(`are no matter to a check with ${JSON.stringify(headers).slice(0, 70)}`, async () => {
        const path = newPath()
        assert.equal((await requestAsAlice(path, headers)).status, 200)
        const { check } = await traceOf(path)
        assert.equal(check.attributes['attache.verdict'], 'allowed')
        assert.ok(check.traceState.length <= 512)
      })
    }

    it('show what a sign-in and a session wait for', async () => {
      const asked = await browser.navigate('/app')
      const back = await service.issuer.signIn(locationOf(asked), 'alice')
      for (const [name, value] of back.searchParams) if (name !== 'iss') secrets.add(value)
      await browser.navigate(back.pathname + back.search)
      const signIn = await traceOf('/oauth2/callback')
      assert.equal(signIn.check.attributes['attache.verdict'], 'signed-in')
      const calls = signIn.below.filter(({ name }) => name !== 'redis')
      assert.deepEqual(
        calls.map(({ name, attributes }) => [name, attributes['attache.peer']]),
        [['POST', service.issuer.url]],
      )
      assert.ok(signIn.below.some(({ name }) => name === 'redis'))
      // For half a second the session is remembered.
      const uses: Trace[] = []
      while (uses.every(({ below }) => below.length === 0) && uses.length < 100) {
        const path = newPath()
        await browser.fetch(path)
        uses.push(await traceOf(path))
      }
      const names = uses.map(({ check }) => check.attributes['attache.authenticator'])
      assert.deepEqual(new Set(names), new Set(['session']))
      assert.deepEqual(new Set(uses.at(-1)?.below.map(({ name }) => name)), new Set(['redis']))
      for (const cookie of browser.jar().values()) secrets.add(cookie)
    })

    it('hold no secret, and nobody', () => {
      const mine = collector.spans().filter(({ service: name }) => name === 'attache')
      assert.ok(mine.length > 10)
      const text = JSON.stringify(mine)
      for (const secret of [...secrets, 'alice', 'q=1', '?']) {
        assert.ok(!text.includes(secret), secret.slice(0, 12))
      }
      const log = service.attache.output()
      assert.ok(!log.includes(client))
    })

    it('are lost where the collector is away, and nothing else is', async () => {
      collector.answer(() => {})
      const all = await Promise.all(
        Array.from({ length: 50 }, async () => requestAsAlice(newPath())),
      )
      assert.ok(all.every(({ status }) => status === 200))
      await logged('traces are lost: they cannot be sent', 1)
      collector.answer({ status: 200 })
      const path = newPath()
      await request(path)
      await traceOf(path)
      await logged('traces are sent again', 1)
      assert.equal(timesLogged('traces are lost: they cannot be sent'), 1)
    })

    it('end and begin with a reload', async () => {
      await reload({ tracing: undefined })
      await logged('configuration reloaded', 1)
      const untraced = newPath()
      assert.equal((await requestAsAlice(untraced)).status, 200)
      await reload({ tracing: {} })
      await logged('configuration reloaded', 2)
      const traced = newPath()
      await requestAsAlice(traced)
      await traceOf(traced)
      assert.ok(collector.spans().every(({ attributes }) => attributes['url.path'] !== untraced))
    })

    it('are sent before the service ends', async () => {
      const path = newPath()
      await request(path)
      const { code } = await service.attache.stop()
      assert.equal(code, 0)
      assert.ok(collector.spans().some(({ attributes }) => attributes['url.path'] === path))
    })

    async function reload(change: Readonly<Record<string, unknown>>): Promise<void> {
      const file = join(service.attache.folder, 'attache.yaml')
      const read: (text: string) => Record<string, unknown> = parse
      await writeFile(file, stringify({ ...read(await readFile(file, 'utf8')), ...change }))
    }

    function timesLogged(message: string): number {
      return service.attache.logLines().filter(({ msg }) => msg === message).length
    }

    async function logged(message: string, times: number): Promise<void> {
      const giveUpAt = Date.now() + 60_000
      while (timesLogged(message) < times) {
        assert.ok(Date.now() < giveUpAt, `"${message}" was not logged`)
        await delay(20)
      }
    }
  })
}

/** Envoy's tracer, which sends each span by itself. */
function tracingEdits(port: number): readonly Edit[] {
  const tracing = {
    random_sampling: { value: 100 },
    provider: {
      name: 'envoy.tracers.opentelemetry',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig',
        service_name: 'gateway',
        http_service: {
          http_uri: {
            uri: `http://127.0.0.1:${port}/v1/traces`,
            cluster: 'collector',
            timeout: '2s',
          },
        },
      },
    },
  }
  const endpoint = { address: { socket_address: { address: '127.0.0.1', port_value: port } } }
  const cluster = {
    name: 'collector',
    load_assignment: { cluster_name: 'collector', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  }
  const manager = '          stat_prefix: gateway\n'
  const upstream = '  - name: upstream\n'
  const runtime = 'static_layer: { '
  return [
    [manager, `${manager}          tracing: ${JSON.stringify(tracing)}\n`],
    [upstream, `  - ${JSON.stringify(cluster)}\n${upstream}`],
    [runtime, `${runtime}tracing.opentelemetry.min_flush_spans: 1, `],
  ]
}
