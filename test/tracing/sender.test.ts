import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { TracingExporterConfig } from '../../src/config/tracing-exporter.ts'
import { createSender, type Sender } from '../../src/tracing/sender.ts'
import { firstAuthority, secondAuthority } from '../support/authorities.ts'
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.ts'
import { exporterConfig } from '../support/tracing.ts'

const message = '{"resourceSpans":[]}'

describe('createSender()', () => {
  let collector: TraceCollector
  let calls: string[]
  let told: (string | undefined)[]
  let sender: Sender | undefined

  before(async () => {
    collector = await startTraceCollector()
  })
  after(async () => collector.stop())
  beforeEach(async () => {
    await sender?.abort()
    calls = []
    told = []
    collector.answer({ status: 200 })
  })

  function create(overrides: Partial<TracingExporterConfig> = {}, to = collector): Sender {
    sender = createSender(exporterConfig(to, overrides), {
      serialize: () => Buffer.from(message),
      onCall: (result) => calls.push(result),
      onSent: (fault) => told.push(fault),
      pauseMs: 1,
    })
    return sender
  }

  it('posts what was serialized', async () => {
    const headers = { 'x-tenant': 'a', 'content-type': 'text/plain' }
    assert.equal(await create({ headers }).send([]), true)
    const request = collector.requests.at(-1)
    assert.equal(request?.path, '/v1/traces')
    assert.equal(request.body.toString(), message)
    assert.equal(request.headers['content-type'], 'application/json')
    assert.equal(request.headers['x-tenant'], 'a')
    assert.equal(request.headers['user-agent'], 'attache')
    assert.deepEqual([calls, told], [['200'], [undefined]])
  })

  it('says which encoding it is', async () => {
    collector.answer({ status: 202 })
    await create({ encoding: 'http/protobuf' }).send([])
    assert.equal(collector.requests.at(-1)?.headers['content-type'], 'application/x-protobuf')
  })

  it('compresses', async () => {
    assert.equal(await create({ isCompressed: true }).send([]), true)
    assert.equal(collector.requests.at(-1)?.headers['content-encoding'], 'gzip')
    assert.equal(collector.requests.at(-1)?.body.toString(), message)
  })

  for (const status of [429, 502, 503, 504]) {
    it(`tries again after ${status}`, async () => {
      let isFirst = true
      collector.answer((response) => {
        response.writeHead(isFirst ? status : 200).end()
        isFirst = false
      })
      assert.equal(await create().send([]), true)
      assert.deepEqual([calls, told], [[String(status), '200'], [undefined]])
    })
  }

  for (const status of [301, 400, 401, 404, 413, 500, 501]) {
    it(`drops the batch after ${status}`, async () => {
      collector.answer({ status, headers: { location: '/elsewhere' } })
      assert.equal(await create().send([]), false)
      assert.deepEqual([calls, told], [[String(status)], [`the collector answered ${status}`]])
    })
  }

  it('tries again where a connection breaks', async () => {
    let isFirst = true
    collector.answer((response) => {
      if (isFirst) response.destroy()
      else response.writeHead(200).end()
      isFirst = false
    })
    assert.equal(await create().send([]), true)
    assert.deepEqual(calls, ['error', '200'])
  })

  it('waits as long as the collector asks, and no longer than the batch may take', async () => {
    collector.answer({ status: 503, headers: { 'retry-after': '3600' } })
    assert.equal(await create({ timeoutMs: 2000 }).send([]), false)
    assert.deepEqual([calls, told], [['503'], ['the collector answered 503']])
  })

  it('gives up on a collector that says nothing', async () => {
    collector.answer(() => {})
    assert.equal(await create({ timeoutMs: 50 }).send([]), false)
    assert.deepEqual(calls, ['timeout'])
  })

  it('takes the status for the answer', async () => {
    collector.answer((response) => void response.writeHead(200).write('x'))
    assert.equal(await create({ timeoutMs: 2000 }).send([]), true)
  })

  it('reads no endless answer', async () => {
    collector.answer((response) => {
      response.writeHead(200)
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
      }
      response.on('drain', write)
      response.on('error', () => {})
      write()
    })
    assert.equal(await create().send([]), true)
  })

  it('drops what cannot be serialized', async () => {
    const broken = createSender(exporterConfig(collector), {
      serialize: () => {
        throw new RangeError('Cannot write it')
      },
      onCall: (result) => calls.push(result),
      onSent: (fault) => told.push(fault),
    })
    assert.equal(await broken.send([]), false)
    assert.deepEqual([calls, told], [[], ['Cannot write it']])
    await broken.abort()
  })

  it('speaks TLS, with a root and a certificate of its own', async () => {
    const { ca, server, client } = firstAuthority
    const tls = { ...server, ca, requestCert: true, rejectUnauthorized: true }
    const secure = await startTraceCollector(tls)
    const trusting = { certificateAuthority: ca, clientCertificate: client }
    assert.equal(await create(trusting, secure).send([]), true)
    for (const wrong of [
      { certificateAuthority: secondAuthority.ca },
      { clientCertificate: undefined },
      { clientCertificate: secondAuthority.client },
    ]) {
      assert.equal(await create({ ...trusting, ...wrong, timeoutMs: 300 }, secure).send([]), false)
    }
    assert.equal(secure.requests.length, 1)
    await secure.stop()
  })

  it('gives up everything when it is stopped', async () => {
    collector.answer(() => {})
    const stopped = create()
    const earlier = collector.requests.length
    const sending = [stopped.send([]), stopped.send([])]
    while (collector.requests.length === earlier) await new Promise(setImmediate)
    await stopped.abort()
    assert.deepEqual(await Promise.all(sending), [false, false])
    assert.equal(await stopped.send([]), false)
  })
})
