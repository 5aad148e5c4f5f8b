import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { pino } from 'pino'
import type { Answer } from '../../src/answer.ts'
import { countedCall } from '../../src/outgoing-call.ts'
import { createTracing, type Tracing } from '../../src/tracing/tracing.ts'
import { checkInput } from '../support/check-input.ts'
import type { ReceivedSpan } from '../support/otlp.ts'
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.ts'
import { tracingConfig } from '../support/tracing.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const envoySpan = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${envoySpan}-01`

const allowed: Answer = {
  decision: {
    kind: 'allow',
    id: 'id',
    upstream: { set: [], append: [], remove: [] },
    downstream: [],
  },
  event: { kind: 'allowed', id: 'id', user: undefined, route: 'routes[0]' },
}
const unavailable: Answer = {
  decision: { kind: 'reply', id: 'id', status: 503, headers: [], body: '' },
  event: {
    kind: 'denied',
    id: 'id',
    reason: 'unavailable',
    detail: 'secret',
    user: undefined,
    route: undefined,
  },
}
const url = new URL('https://api.example.com:6443/')

describe('createTracing()', () => {
  let collector: TraceCollector
  let tracing: Tracing
  let lines: string[]
  let calls: string[]

  before(async () => {
    collector = await startTraceCollector()
  })
  after(async () => collector.stop())
  beforeEach(() => {
    lines = []
    calls = []
    const log = pino({}, { write: (line: string) => lines.push(line) })
    tracing = createTracing({ log, onCall: (result) => calls.push(result) })
    collector.answer({ status: 200 })
  })
  afterEach(async () => tracing.close(0))

  /** One check that asks the API server as long as it runs. */
  async function check({
    answer = allowed,
    headers = {},
    callHeaders,
    work = async () => call('200'),
  }: {
    readonly answer?: Answer
    readonly headers?: Readonly<Record<string, string>>
    readonly callHeaders?: Readonly<Record<string, string>>
    readonly work?: () => Promise<unknown>
  } = {}): Promise<void> {
    const callHeader = callHeaders && ((name: string) => callHeaders[name])
    const span = tracing.startCheck(checkInput({ headers, path: '/x?secret' }), callHeader)
    await (span === undefined ? work() : span.run(work))
    span?.end(answer)
  }

  async function call(result: string): Promise<void> {
    await countedCall(
      async () => ({ status: Number(result) }),
      (status, details) => tracing.called('kubernetes', status, details),
      { method: 'POST', url, path: '/apis/x' },
    )
  }

  /** The spans that the check and its call leave, the check first. */
  async function spansOf(run: () => Promise<unknown>): Promise<readonly ReceivedSpan[]> {
    const earlier = collector.spans().length
    await run()
    const all = await collector.until((spans) => spans.length >= earlier + 2)
    return all.slice(earlier).toSorted((a, b) => a.kind - b.kind)
  }

  it('does nothing until it is told to', async () => {
    assert.equal(tracing.startCheck(checkInput(), undefined), undefined)
    await call('200')
    await tracing.close(1000)
    assert.deepEqual([lines, calls], [[], []])
  })

  it('tells a check, and below it what it waits for', async () => {
    await tracing.use(tracingConfig(collector))
    const [span, below] = await spansOf(check)
    assert.equal(span?.name, 'check')
    assert.equal(span.service, 'attache')
    assert.equal(span.kind, 2)
    assert.equal(span.parentSpanId, '')
    assert.equal(span.attributes['url.path'], '/x')
    assert.equal(span.attributes['attache.verdict'], 'allowed')
    assert.equal(span.statusCode, 0)
    assert.ok(span.endMs >= span.startMs && Math.abs(span.endMs - Date.now()) < 60_000)
    assert.equal(below?.name, 'POST /apis/x')
    assert.equal(below.kind, 3)
    assert.equal(below.traceId, span.traceId)
    assert.equal(below.parentSpanId, span.spanId)
    assert.ok(below.startMs >= span.startMs - 1 && below.endMs <= span.endMs + 1)
    await tracing.close(1000)
    assert.deepEqual([...new Set(calls)], ['200'])
  })

  it('speaks protobuf just as well', async () => {
    const config = tracingConfig(collector)
    const exporter = { ...config.exporter, encoding: 'http/protobuf' } as const
    await tracing.use({ ...config, exporter })
    const [span, below] = await spansOf(check)
    assert.equal(span?.attributes['server.address'], 'app.example.com')
    assert.equal(span.service, 'attache')
    assert.equal(below?.parentSpanId, span.spanId)
    assert.equal(below.attributes['server.port'], 6443)
    assert.equal(below.attributes['http.response.status_code'], 200)
  })

  it('tells failures as such', async () => {
    await tracing.use(tracingConfig(collector))
    const [span, below] = await spansOf(async () =>
      check({ answer: unavailable, work: async () => call('503') }),
    )
    assert.deepEqual([span?.statusCode, below?.statusCode], [2, 2])
    assert.doesNotMatch(JSON.stringify(span), /secret/)
  })

  describe('whose parent is', () => {
    const metadata = { traceparent, tracestate: 'a=b' }
    const other = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`

    it('what Envoy says in its call', async () => {
      await tracing.use(tracingConfig(collector))
      const headers = { traceparent: other, tracestate: 'c=d' }
      const [span] = await spansOf(async () => check({ headers, callHeaders: metadata }))
      assert.deepEqual(
        [span?.traceId, span?.parentSpanId, span?.traceState],
        [traceId, envoySpan, 'a=b'],
      )
    })

    for (const callHeaders of [undefined, { tracestate: 'c=d' }]) {
      it(`among the headers, with ${JSON.stringify(callHeaders)} in the call`, async () => {
        await tracing.use(tracingConfig(collector))
        const given = callHeaders === undefined ? {} : { callHeaders }
        const [span] = await spansOf(async () => check({ headers: metadata, ...given }))
        assert.deepEqual(
          [span?.traceId, span?.parentSpanId, span?.traceState],
          [traceId, envoySpan, 'a=b'],
        )
      })
    }

    it('ignored where it makes no sense', async () => {
      await tracing.use(tracingConfig(collector))
      for (const nonsense of [`${traceparent},${traceparent}`, 'x', `00-${'0'.repeat(32)}-`]) {
        const [span] = await spansOf(async () => check({ headers: { traceparent: nonsense } }))
        assert.deepEqual([span?.parentSpanId, span?.traceId === traceId], ['', false])
      }
    })

    for (const tracestate of ['a=b,'.repeat(2500), '=', ',,,', '\u0000', 'ü=ü']) {
      it(`taken without a tracestate such as ${JSON.stringify(tracestate.slice(0, 8))}`, async () => {
        await tracing.use(tracingConfig(collector))
        const headers = { traceparent, tracestate }
        const [span] = await spansOf(async () => check({ headers }))
        assert.deepEqual([span?.parentSpanId, span?.traceState], [envoySpan, ''])
      })
    }

    it('not asked where the format is left out', async () => {
      await tracing.use(tracingConfig(collector, { joinsTraces: false }))
      const [span] = await spansOf(async () => check({ callHeaders: metadata }))
      assert.equal(span?.parentSpanId, '')
    })

    it('the one who decides about sampling, if it is asked', async () => {
      await tracing.use(tracingConfig(collector))
      const headers = { traceparent: traceparent.replace(/01$/, '00') }
      const earlier = collector.spans().length
      await check({ headers })
      const [span] = await spansOf(check)
      assert.equal(span?.parentSpanId, '')
      assert.equal(collector.spans().length, earlier + 2)
      await tracing.use(tracingConfig(collector, { sampling: { ratio: 1, isParentBased: false } }))
      const [sampled] = await spansOf(async () => check({ headers }))
      assert.equal(sampled?.parentSpanId, envoySpan)
    })
  })

  it('tells what happens outside of checks in traces of its own', async () => {
    await tracing.use(tracingConfig(collector))
    let later: (() => void) | undefined
    const isTime = new Promise<void>((resolve) => {
      later = resolve
    })
    let inBackground: Promise<void> | undefined
    await check({
      work: async () => {
        // As a timer that a check has set: it runs in the check's context, after its end.
        inBackground = isTime.then(async () => call('200'))
      },
    })
    const earlier = collector.spans().filter(({ kind }) => kind === 3).length
    later?.()
    await inBackground
    const spans = await collector.until(
      (all) => all.filter(({ kind }) => kind === 3).length > earlier,
    )
    assert.equal(spans.findLast(({ kind }) => kind === 3)?.parentSpanId, '')
  })

  it('takes another configuration, and none', async () => {
    await tracing.use(tracingConfig(collector))
    await check()
    await tracing.use(tracingConfig(collector, { resource: { 'service.name': 'renamed' } }))
    await check()
    await collector.until((spans) => spans.some(({ service }) => service === 'renamed'))
    await tracing.use(undefined)
    assert.equal(tracing.startCheck(checkInput(), undefined), undefined)
    assert.deepEqual(lines, [])
  })

  it('ends where two configurations come at once with the later one', async () => {
    const first = tracing.use(tracingConfig(collector))
    const second = tracing.use(undefined)
    await Promise.all([first, second])
    assert.equal(tracing.startCheck(checkInput(), undefined), undefined)
  })

  it('lets no check wait for a collector, keeps no more than the queue, and says so once', async () => {
    const held: ServerResponse[] = []
    collector.answer((response) => void held.push(response))
    await tracing.use(tracingConfig(collector, { batch: { queue: 20, size: 10, delayMs: 1 } }))
    const earlier = collector.requests.length
    await check()
    while (held.length === 0) await new Promise(setImmediate)
    for (let count = 0; count < 200; count += 1) await check()
    collector.answer({ status: 200 })
    for (const response of held) response.writeHead(400).end()
    while (lines.length < 2) await new Promise(setImmediate)
    assert.match(lines[0] ?? '', /"msg":"traces are lost: they cannot be sent"/)
    assert.match(lines[0] ?? '', /\/v1\/traces"/)
    assert.match(lines[1] ?? '', /"msg":"traces are sent again"/)
    // 402 spans came; what waited is the queue, and the batches that were on their way.
    await tracing.close(2000)
    const sent = collector.requests
      .slice(earlier)
      .map(({ body }) => body.toString().split('spanId'))
    assert.ok(sent.every(({ length }) => length <= 11))
    assert.ok(sent.length <= 6, String(sent.length))
  })

  it('waits for a batch that is on its way when it is closed', async () => {
    await tracing.use(tracingConfig(collector))
    const arrived = new Promise<void>((resolve) => {
      collector.answer((response) => {
        resolve()
        setTimeout(() => response.writeHead(200).end(), 100)
      })
    })
    await check()
    await arrived
    await tracing.close(5000)
    assert.deepEqual([calls, lines], [['200'], []])
  })

  it('sends what waits when it is closed', async () => {
    const batch = { queue: 2048, size: 512, delayMs: 600_000 }
    await tracing.use(tracingConfig(collector, { batch }))
    await check()
    const earlier = collector.spans().length
    await tracing.close(5000)
    assert.equal(collector.spans().length, earlier + 2)
    await tracing.close(5000)
  })

  it('closes in time though the collector is silent', async () => {
    collector.answer(() => {})
    const batch = { queue: 2048, size: 512, delayMs: 600_000 }
    await tracing.use(tracingConfig(collector, { batch }))
    await check()
    const startMs = performance.now()
    await tracing.close(100)
    const tookMs = performance.now() - startMs
    // Whoever waits for the collector waits for the ten seconds of the exporter.
    assert.ok(tookMs >= 99 && tookMs < 8000, String(tookMs))
    assert.match(lines.join(''), /traces are lost/)
  })
})
