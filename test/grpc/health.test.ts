import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { Client, credentials, status } from '@grpc/grpc-js'
import { formatAddress } from '../../src/config/address.ts'
import { createHealth, type Health } from '../../src/grpc/health.ts'
import { startHttp2Server } from '../../src/grpc/http2-server.ts'
import { tagOf, textField, toBuffer } from '../../src/grpc/wire.ts'
import { startServer } from './client.ts'

/** `HealthCheckResponse.ServingStatus`. */
const serving = 1
const notServing = 2
const serviceUnknown = 3

const closing: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

interface HealthClient {
  /** Rejects with grpc-js's error when the call ends in an RPC error. */
  readonly check: (service: string) => Promise<number>
  /** The statuses that a watch brings, one at each call; undefined at its end. */
  readonly watch: (service: string) => () => Promise<number | undefined>
}

/** A `HealthCheckRequest`. */
function serialize(service: string): Buffer {
  return toBuffer(textField(tagOf(1), service))
}

/** The status of a `HealthCheckResponse`, its only field. */
function deserialize(bytes: Buffer): number {
  return bytes[1] ?? 0
}

function connectTo(target: string): HealthClient {
  const client = new Client(target, credentials.createInsecure())
  closing.push(() => client.close())
  return {
    check: (service) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const path = '/grpc.health.v1.Health/Check'
      client.makeUnaryRequest(path, serialize, deserialize, service, (error, value) => {
        if (error === null && value !== undefined) resolve(value)
        else reject(error ?? new TypeError('no answer'))
      })
      return promise
    },
    watch: (service) => {
      const path = '/grpc.health.v1.Health/Watch'
      const stream = client.makeServerStreamRequest(path, serialize, deserialize, service)
      stream.on('error', () => undefined)
      const values = stream[Symbol.asyncIterator]() as AsyncIterator<number, undefined>
      return async () => (await values.next()).value
    },
  }
}

/** Serves the health service alone, so that a test says when it looks at readiness. */
async function serve(isReady: () => boolean): Promise<{ health: Health; client: HealthClient }> {
  const health = createHealth(isReady, { services: ['a.Service'] })
  const listen = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const
  const server = await startHttp2Server({ listen, tls: undefined, methods: health.methods })
  closing.push(() => server.close(0))
  return { health, client: connectTo(formatAddress(server.address)) }
}

describe('grpc.health.v1.Health/Check', () => {
  for (const service of ['', 'a.Service']) {
    it(`says of "${service}" whether it is ready`, async () => {
      let ready = false
      const { client } = await serve(() => ready)
      assert.equal(await client.check(service), notServing)
      ready = true
      assert.equal(await client.check(service), serving)
    })
  }

  it('does not know another service', async () => {
    const { client } = await serve(() => true)
    await assert.rejects(client.check('b.Service'), { code: status.NOT_FOUND })
  })
})

describe('grpc.health.v1.Health/Watch', () => {
  it('says the status at once, and again when it changes', async () => {
    let ready = false
    const { health, client } = await serve(() => ready)
    const next = client.watch('')
    assert.equal(await next(), notServing)
    health.refresh()
    ready = true
    health.refresh()
    assert.equal(await next(), serving)
  })

  it('goes on watching a service that it does not know', async () => {
    const { client } = await serve(() => true)
    assert.equal(await client.watch('b.Service')(), serviceUnknown)
  })

  it('says NOT_SERVING and ends when the server stops', async () => {
    const { health, client } = await serve(() => true)
    const next = client.watch('')
    assert.equal(await next(), serving)
    health.stop()
    assert.equal(await next(), notServing)
    assert.equal(await next(), undefined)
    const late = client.watch('')
    assert.equal(await late(), notServing)
    assert.equal(await late(), undefined)
  })
})

describe('startGrpcServer()', () => {
  it('answers health checks, by the name that Envoy may ask for', async () => {
    const server = await startServer()
    closing.push(() => server.close(0))
    const client = connectTo(formatAddress(server.address))
    assert.equal(await client.check('envoy.service.auth.v3.Authorization'), serving)
  })

  it('does not wait for a watch to end when it closes', async () => {
    const server = await startServer()
    const next = connectTo(formatAddress(server.address)).watch('')
    assert.equal(await next(), serving)
    await server.close(60_000)
    assert.equal(await next(), notServing)
  })
})
