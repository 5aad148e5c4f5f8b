/**
 * Answers every check with one and the same yes, over the transport and with the header lines of its
 * arguments: what Attaché would answer, had it nothing to find out.
 */
import { fileURLToPath } from 'node:url'
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { fastify } from 'fastify'

/** Header lines by name, in their order. */
export interface ConstantAnswer {
  readonly set: Readonly<Record<string, string>>
  readonly append: Readonly<Record<string, readonly string[]>>
}

async function overHttp({ set, append }: ConstantAnswer): Promise<number> {
  const server = fastify({ logger: false, http: { maxHeaderSize: 2 ** 17 } })
  server.all('/*', (_request, reply) => {
    for (const [name, value] of Object.entries(set)) reply.header(name, value)
    for (const [name, values] of Object.entries(append)) reply.header(name, values)
    reply.send()
  })
  return Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port)
}

function text(value: string): object {
  return { stringValue: value }
}

async function overGrpc({ set, append }: ConstantAnswer): Promise<number> {
  const protos = fileURLToPath(new URL('../../protos', import.meta.url))
  const definition = loadSync('envoy/service/auth/v3/external_auth.proto', {
    includeDirs: [protos],
    keepCase: true,
  })
  const service = definition['envoy.service.auth.v3.Authorization'] as ServiceDefinition
  const lines = Object.entries(append).flatMap(([name, values]) =>
    values.map((value) => ({
      structValue: { fields: { name: text(name), value: text(value) } },
    })),
  )
  const answer = {
    status: { code: 0 },
    ok_response: {
      headers: Object.entries(set).map(([key, value]) => ({ header: { key, value } })),
    },
    // The appender of the example adds them, as it does for Attaché.
    dynamic_metadata: { fields: { headers_to_append: { listValue: { values: lines } } } },
  }
  const check: UntypedHandleCall = (
    _call: unknown,
    callback: (error: null, response: object) => void,
  ) => callback(null, answer)
  const server = new Server()
  server.addService(service, { Check: check })
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port)
      else reject(error)
    })
  })
}

const [, , transport, json = '{}'] = process.argv
const parse: (text: string) => ConstantAnswer = JSON.parse
const port = await (transport === 'grpc' ? overGrpc : overHttp)(parse(json))
process.send?.({ port })

// Nobody is left to answer.
process.on('disconnect', () => process.exit())
