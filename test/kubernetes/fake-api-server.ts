import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubernetesConfig } from '../../src/config/types.ts'
import { firstAuthority } from '../support/authorities.ts'

/** What stands in for an API server whose answers no real one would give. */
export interface FakeApiServer {
  readonly url: string
  /** How Attaché is told to reach it; the files are those below. */
  readonly config: KubernetesConfig
  readonly tokenFile: string
  readonly caFile: string
  /** Every request so far. */
  readonly seen: readonly SeenRequest[]
  /** What it answers from now on. */
  answer: RequestListener
  readonly close: () => Promise<void>
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
}

/** The token in the file at the start. */
export const ownToken = 'own-token-of-attache'

/** An HTTPS server on loopback, with a CA of its own, that keeps what it was asked. */
export async function startFakeApiServer(answer: RequestListener): Promise<FakeApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-fake-api-'))
  const tokenFile = join(folder, 'token')
  const caFile = join(folder, 'ca.crt')
  await writeFile(tokenFile, `${ownToken}\n`)
  await writeFile(caFile, firstAuthority.ca)
  const seen: SeenRequest[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    seen.push({
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: Buffer.concat(chunks).toString('utf8'),
    })
    fake.answer(request, response)
  }
  const server = createServer(firstAuthority.server, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const fake: FakeApiServer = {
    url,
    config: { server: new URL(url), certificateAuthorityFile: caFile, tokenFile },
    tokenFile,
    caFile,
    seen,
    answer,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
  return fake
}

/** Answers with a status and a body, which is JSON unless it is a text. */
export function respond(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestListener {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return (_request, response) => response.writeHead(status, headers).end(text)
}

/** Answers that wait. */
export interface HeldAnswers {
  /** Resolves when so many requests wait. */
  readonly arrived: (count: number) => Promise<void>
  /** Answers them, and whoever comes from now on. */
  readonly free: () => void
}

/** Lets every request wait for its answer until the test says so. */
export function holdAnswers(api: FakeApiServer, answer: RequestListener): HeldAnswers {
  const held: (() => void)[] = []
  const watchers = new Set<() => void>()
  api.answer = (request, response) => {
    held.push(() => answer(request, response))
    for (const look of watchers) look()
  }
  return {
    arrived: async (count) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const look = () => {
        if (held.length >= count) resolve()
      }
      watchers.add(look)
      look()
      return promise
    },
    free: () => {
      api.answer = answer
      for (const release of held.splice(0)) release()
    },
  }
}
