/** `admin/` is for the kubelet and for Prometheus; it decides nothing. */
import Fastify from 'fastify'
import type { Address } from '../config/types.ts'
import type { RunningServer } from '../serving/listen.ts'
import { listenHttp } from '../serving/listen-http.ts'

/** What keeps a pod from being ready. */
export interface Readiness {
  readonly ready: boolean
  /** In words, such as `keys of "https://dex.example.com"`; a ready pod may miss something too. */
  readonly missing: readonly string[]
}

/** What the admin server tells. */
export interface AdminServerOptions {
  readonly listen: Address
  /** False when only a restart can help. */
  readonly live: () => boolean
  readonly ready: () => Readiness
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>
}

/** Listens for `/livez`, `/readyz` and `/metrics`, and for nothing else. */
export function startAdminServer(options: AdminServerOptions): Promise<RunningServer> {
  const app = Fastify()
  app.get('/livez', (_request, reply) => {
    const isLive = options.live()
    return reply.code(isLive ? 200 : 503).send(isLive ? 'ok\n' : 'not live\n')
  })
  app.get('/readyz', (_request, reply) => {
    const { ready, missing } = options.ready()
    return reply.code(ready ? 200 : 503).send({ ready, missing })
  })
  app.get('/metrics', async (_request, reply) => {
    const text = await options.metrics()
    return reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(text)
  })
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send('error\n'))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send('not found\n'))
  return listenHttp(app, options.listen)
}
