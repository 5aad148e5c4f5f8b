/** What stands before a real API server and gives the answers that no test can make it give. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Agent, request as send } from 'undici'
import { firstAuthority } from '../support/authorities.ts'
import type { JsonObject, KubeApiserver } from '../support/kube-apiserver.ts'

/**
 * `pass`: as the API server answers. `silent`: never. `away`: the connection ends. A number: that status, as a
 * `Status` object.
 */
export type Behaviour = 'pass' | 'silent' | 'away' | 401 | 429 | 500

/** It has the API server's own certificate and address, but for the port. */
export interface ApiFront {
  readonly url: URL
  /** From now on. */
  behaviour: Behaviour
  /** How long the tokens of TokenRequest live, as the answer says. Default: as the API server says. */
  tokenSeconds: number | undefined
  /** What it makes of the API server's answers, by their path. Default: nothing. */
  rewrite: ((path: string, text: string) => string) | undefined
  /** Requests without an answer at one time, at most. */
  readonly mostAtOnce: () => number
  readonly stop: () => Promise<void>
}

/** Starts it before that API server. */
export async function startApiFront(api: KubeApiserver): Promise<ApiFront> {
  const agent = new Agent({ connect: { ca: api.ca } })
  let atOnce = 0
  let most = 0
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (front.behaviour === 'silent') return
    if (front.behaviour === 'away') {
      request.socket.destroy()
      return
    }
    if (front.behaviour !== 'pass') {
      response.writeHead(front.behaviour, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code: front.behaviour }))
      return
    }
    const { statusCode, body } = await send(new URL(request.url ?? '/', api.url), {
      dispatcher: agent,
      method: request.method ?? 'GET',
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': 'application/json',
      },
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    })
    const text = await body.text()
    response.writeHead(statusCode, { 'content-type': 'application/json' })
    const rewritten = front.rewrite?.(request.url ?? '/', text) ?? text
    response.end(withLifetime(rewritten, front.tokenSeconds))
  }
  const server = createServer(firstAuthority.server, (request, response) => {
    atOnce += 1
    most = Math.max(most, atOnce)
    response.on('close', () => {
      atOnce -= 1
    })
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const front: ApiFront = {
    url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`),
    behaviour: 'pass',
    tokenSeconds: undefined,
    rewrite: undefined,
    mostAtOnce: () => most,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await agent.destroy()
    },
  }
  return front
}

/** kube-apiserver makes no token that lives less than ten minutes. */
function withLifetime(text: string, seconds: number | undefined): string {
  if (seconds === undefined || !text.includes('"kind":"TokenRequest"')) return text
  const read: (json: string) => {
    readonly metadata: { readonly creationTimestamp: string }
    readonly status: JsonObject
  } = JSON.parse
  const answer = read(text)
  const endsAtMs = Date.parse(answer.metadata.creationTimestamp) + seconds * 1000
  const expirationTimestamp = new Date(endsAtMs).toISOString().replace(/\.\d+/, '')
  return JSON.stringify({ ...answer, status: { ...answer.status, expirationTimestamp } })
}
