/**
 * A stand-in for the modules of Kubernetes Dashboard 7 (api 1.13, auth 1.3, web 1.7), with the arguments of
 * examples/kubernetes-dashboard/values.yaml, as read in its `modules/common/client`, `modules/api` and `modules/auth`:
 *
 * - Whatever needs the API server needs `Authorization: Bearer …` of the request, else it is 401. A client is made of that
 *   token and the address of `--apiserver-host`; no other header goes on but, where there is Impersonate-User, that one with
 *   Impersonate-Group and Impersonate-Extra-*, line by line.
 * - `POST /api/v1/login` and `GET /api/v1/me` ask for `/version` with the token, and nothing else.
 * - A shell is an exec over SPDY, opened by the module.
 * - The web module reads its settings with its own credential, which is none.
 *
 * Errors of the API server come as they are; the real module answers a list that is forbidden with an empty one, beside
 * the error, and other errors with 500.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  type Call,
  callGateway,
  type DashboardServer,
  type GatewayAddress,
  type Line,
  linesOf,
  relay,
  serveDashboard,
} from './dashboard-call.ts'

export interface KubernetesDashboardOptions {
  readonly gateway: GatewayAddress
  /** Sent by the module where the request has none, as a dashboard that uses its own account would. */
  readonly ownToken?: () => string
}

/** All three modules on one port. */
export async function startKubernetesDashboard(
  options: KubernetesDashboardOptions,
): Promise<DashboardServer> {
  return serveDashboard((request, response) => {
    answer(request, response, options).catch(() => response.destroy())
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { gateway, ownToken }: KubernetesDashboardOptions,
): Promise<void> {
  const { url = '/' } = request
  const send = (call: Call) => {
    const sent = callGateway(gateway, call)
    relay(sent, response)
    sent.end()
  }
  if (url === '/settings') {
    const name = 'kubernetes-dashboard-settings'
    const path = `/api/v1/namespaces/kubernetes-dashboard/configmaps/${name}`
    return send({ method: 'GET', path, lines: [] })
  }
  if (!url.startsWith('/api/')) return void response.end('the page of the dashboard')
  if (url === '/api/v1/login') {
    const parse: (json: string) => { readonly token: string } = JSON.parse
    const { token } = parse(await text(request))
    return send({ method: 'GET', path: '/version', lines: [bearer(token)] })
  }
  const { authorization = ownToken === undefined ? '' : `Bearer ${ownToken()}` } = request.headers
  const [, token = ''] = /^Bearer (.+)$/.exec(authorization) ?? []
  if (token === '') return void response.writeHead(401).end('MSG_LOGIN_UNAUTHORIZED_ERROR')
  const lines = [bearer(token), ...impersonation(request)]
  if (url === '/api/v1/me') return send({ method: 'GET', path: '/version', lines })
  const [, namespace = '', pod] =
    /^\/api\/v1\/(?:configmap|pod)\/([^/]+)(?:\/([^/]+)\/shell)?$/.exec(url) ?? []
  if (pod === undefined) {
    return send({ method: 'GET', path: `/api/v1/namespaces/${namespace}/configmaps`, lines })
  }
  const exec = 'exec?command=sh&stdin=true&stdout=true&tty=true'
  return send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/${exec}`,
    lines: [
      ...lines,
      ['Connection', 'Upgrade'],
      ['Upgrade', 'SPDY/3.1'],
      ['X-Stream-Protocol-Version', 'v4.channel.k8s.io'],
    ],
  })
}

function bearer(token: string): Line {
  return ['Authorization', `Bearer ${token}`]
}

function impersonation(request: IncomingMessage): readonly Line[] {
  if (request.headers['impersonate-user'] === undefined) return []
  return linesOf(request).filter(([name]) => /^impersonate-(?:user|group|extra-.*)$/i.test(name))
}
