/** The application behind Envoy: it shows the header lines that reached it, as a page or as text. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { html } from '../../src/pages/html.ts'
import { demoPage } from './page.ts'

/** A running server on the loopback address. */
export interface Upstream {
  readonly port: number
  readonly stop: () => Promise<void>
}

type Line = readonly [name: string, value: string]

/** Headers that say who the request is for, and that nobody but Attaché may set. */
const identityHeader = /^(impersonate-|kubeflow-|x-forwarded-(user|groups|email)$|authorization$)/i

/** Starts it on any free port. */
export async function startUpstream(): Promise<Upstream> {
  const server = createServer((request, response) => {
    const lines = linesOf(request)
    const wantsPage = request.headers.accept?.includes('text/html') === true
    response.setHeader('content-type', wantsPage ? 'text/html; charset=utf-8' : 'text/plain')
    response.setHeader('cache-control', 'no-store')
    response.end(wantsPage ? pageOf(request, lines) : textOf(request, lines))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Cannot listen on a port')
  return {
    port: address.port,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** One entry for each line as received: Node would join or drop repeated ones in `headers`. */
function linesOf({ rawHeaders }: IncomingMessage): readonly Line[] {
  return rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1) return []
    // Node hands header bytes on as latin1; names of groups are UTF-8.
    const value = Buffer.from(rawHeaders[index + 1] ?? '', 'latin1').toString('utf8')
    return [[name, value] as const]
  })
}

function textOf({ method, url }: IncomingMessage, lines: readonly Line[]): string {
  return [`${method} ${url}`, ...lines.map(([name, value]) => `${name}: ${value}`), ''].join('\n')
}

function pageOf({ method, url }: IncomingMessage, lines: readonly Line[]): string {
  const rows = (wanted: boolean) =>
    lines
      .filter(([name]) => identityHeader.test(name) === wanted)
      .map(([name, value]) => {
        const row = html`<td>${name}</td><td>${value}</td>`
        return wanted ? html`<tr class="identity">${row}</tr>` : html`<tr>${row}</tr>`
      })
  const identity = rows(true)
  return demoPage('What the application sees', {
    wide: true,
    content: html`<p><code>${method} ${url}</code> reached the application with these headers.</p>
<h2>Who it is</h2>
${identity.length === 0 ? html`<p>Nobody: this path is public.</p>` : html`<table>${identity}</table>`}
<h2>Everything else</h2>
<table>${rows(false)}</table>
<p class="actions"><a class="main" href="/">Kubeflow headers</a> <a href="/kubernetes/api/v1/pods">Impersonation headers</a>
<a href="/public/">A public path</a> <a href="/oauth2/userinfo">My session</a> <a href="/logout">Sign out</a></p>`,
  })
}
