/** The floor of HTTP checks: Fastify answering every request with the same yes. */
import { fastify } from 'fastify'

const server = fastify({ logger: false, http: { maxHeaderSize: 2 ** 17 } })
server.all('/*', (_request, reply) => {
  reply.header('kubeflow-userid', 'alice@example.com').send()
})
const url = await server.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ port: Number(new URL(url).port) })

// Nobody is left to answer.
process.on('disconnect', () => process.exit())
