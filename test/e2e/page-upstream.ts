/** A web application as its users see it: pages, a JSON interface, an event stream and a WebSocket. */
import { hash } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { listenOnLoopback } from '../support/loopback.ts'

/** A request as the application got it. */
export interface PageRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly bodyBytes: number
}

export interface PageUpstream {
  readonly port: number
  /** Every request so far but those for an icon, oldest first. */
  readonly seen: readonly PageRequest[]
  readonly stop: () => Promise<void>
}

/**
 * `/events` is a stream that says `hello`, an upgrade is a WebSocket that says it. Every other address is
 * a page for whoever wants HTML, and the same as JSON ({@link Shown}) for everybody else. Browsers may keep
 * none but `/forgetful`.
 */
export async function startPageUpstream(): Promise<PageUpstream> {
  const seen: PageRequest[] = []
  const note = (request: IncomingMessage, bodyBytes: number) => {
    const { method = '', url: path = '', headers } = request
    if (path !== '/favicon.ico') seen.push({ method, path, headers, bodyBytes })
  }
  const server = createServer((request, response) => {
    let bodyBytes = 0
    request.on('data', (chunk: Buffer) => (bodyBytes += chunk.length))
    request.on('end', () => {
      note(request, bodyBytes)
      answer(request, response)
    })
  })
  server.on('upgrade', (request, socket) => {
    note(request, 0)
    const key = request.headers['sec-websocket-key'] ?? ''
    const accept = hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
    const lines = ['upgrade: websocket', 'connection: upgrade', `sec-websocket-accept: ${accept}`]
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
    // One unmasked text frame (RFC 6455 §5.2).
    socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]))
  })
  return { seen, ...(await listenOnLoopback(server)) }
}

/** What the application says of a request: who it is from, in the words of its headers. */
export interface Shown {
  readonly method: string
  readonly path: string
  readonly user: string | null
  readonly groups: string | null
  readonly authorization: string | null
  readonly cookie: string | null
}

function answer({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse) {
  if (url.startsWith('/events')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: hello\n\n')
    return
  }
  const text = (name: string) => headers[name]?.toString() ?? null
  const shown: Shown = {
    method,
    path: url,
    user: text('x-forwarded-user'),
    groups: text('x-forwarded-groups'),
    authorization: text('authorization'),
    cookie: text('cookie'),
  }
  const isPage = headers.accept?.includes('text/html') === true
  response.writeHead(200, {
    'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    // As applications do that show what is one person's, and some forget to.
    ...(url === '/forgetful' ? {} : { 'cache-control': 'no-store' }),
  })
  response.end(isPage ? pageOf(shown) : JSON.stringify(shown))
}

function pageOf({ method, path, user, groups }: Shown): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>The application</title>
<h1>${escaped(method)} ${escaped(path)}</h1>
<p id="user">${escaped(user ?? 'nobody')}</p><p id="groups">${escaped(groups ?? '')}</p>
<a id="sign-out" href="/oauth2/sign_out">Sign out</a>
</html>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
