/**
 * Upstreams that behave towards their caller as Kubeflow's do, as far as identity goes: what each one reads, whom
 * it asks, and what it answers without. Each answers 200 with what reached it ({@link Seen}).
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { type Seen, startHttp1Upstream, type Upstream } from '../support/upstream.ts'
import { values } from '../support/wire.ts'

/** One upstream. */
export interface App {
  readonly port: number
  /** Every request so far, oldest first. */
  readonly seen: readonly Seen[]
  readonly stop: () => Promise<void>
}

/** By the name of their Service. */
export interface Apps {
  readonly centraldashboard: App
  readonly 'jupyter-web-app-service': App
  readonly 'volumes-web-app-service': App
  readonly 'ml-pipeline-ui': App
  /** Pods of tenants: they tell whoever runs them all that reaches them. */
  readonly notebook: Upstream
  readonly predictor: Upstream
}

/** What an application says besides 200. */
interface Said {
  readonly status: number
  readonly error?: string
  readonly setCookie?: string
}

type Behaviour = (seen: Seen) => Promise<Said>
type Allowed = (user: string, resource: Resource) => Promise<boolean>

interface Resource {
  readonly group: string
  readonly resource: string
  readonly verb: string
  readonly namespace: string
}

const ok: Said = { status: 200 }

/** Starts them all; they ask that API server what a user may. */
export async function startApps(api: KubeApiserver): Promise<Apps> {
  const allowed = reviewer(api)
  return {
    centraldashboard: await startApp(async () => ok),
    'jupyter-web-app-service': await startApp(crudWebApp(allowed, 'notebooks', 'kubeflow.org')),
    'volumes-web-app-service': await startApp(volumesWebApp(allowed)),
    'ml-pipeline-ui': await startApp(pipelines(allowed)),
    notebook: await startHttp1Upstream(),
    predictor: await startHttp1Upstream(),
  }
}

/** Stops them all. */
export async function stopApps(apps: Apps): Promise<void> {
  for (const app of Object.values(apps) as readonly App[]) await app.stop()
}

/** `/…/api/namespaces/{namespace}/{plural}`: the user of the header must be allowed, whoever that is. */
function crudWebApp(allowed: Allowed, resource: string, group: string): Behaviour {
  return async (seen) => {
    const [user] = values(seen.lines, 'kubeflow-userid')
    if (user === undefined) return { status: 401, error: 'No user detected' }
    const namespace = /\/api\/namespaces\/([^/]+)\//.exec(seen.path)?.[1]
    if (namespace === undefined) return ok
    const verb = seen.method === 'GET' ? 'list' : 'create'
    const may = await allowed(user, { group, resource, verb, namespace })
    return may ? ok : { status: 403, error: `User ${user} is not authorized` }
  }
}

/** Double submit: whatever changes something must show the cookie of the page in a header, too. */
function volumesWebApp(allowed: Allowed): Behaviour {
  const crud = crudWebApp(allowed, 'persistentvolumeclaims', '')
  const name = 'XSRF-TOKEN'
  return async (seen) => {
    if (seen.method === 'GET') {
      const token = randomBytes(16).toString('base64url')
      return {
        ...(await crud(seen)),
        setCookie: `${name}=${token}; SameSite=Strict; Path=/volumes/`,
      }
    }
    const cookies = values(seen.lines, 'cookie').flatMap((line) => line.split('; '))
    const [header] = values(seen.lines, 'x-xsrf-token')
    const isFromPage = header !== undefined && cookies.includes(`${name}=${header}`)
    return isFromPage ? crud(seen) : { status: 403, error: 'Could not find CSRF cookie' }
  }
}

/** Exactly one user must be named. */
function pipelines(allowed: Allowed): Behaviour {
  return async (seen) => {
    const [user, ...more] = values(seen.lines, 'kubeflow-userid')
    if (user === undefined || more.length > 0) return { status: 400, error: 'bad user header' }
    const namespace = new URL(seen.path, 'http://app.test').searchParams.get('namespace')
    if (namespace === null) return ok
    const runs = { group: 'pipelines.kubeflow.org', resource: 'runs', verb: 'list', namespace }
    return (await allowed(user, runs)) ? ok : { status: 403, error: 'Permission denied' }
  }
}

/** Asks by the user's name alone, as these applications do. */
function reviewer(api: KubeApiserver): Allowed {
  return async (user, resourceAttributes) => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
    const { body } = await api.request('POST', path, {
      body: { spec: { user, resourceAttributes } },
    })
    return (body['status'] as { readonly allowed: boolean }).allowed
  }
}

async function startApp(behaviour: Behaviour): Promise<App> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const answer = async () => {
      const one = await seenIn(request)
      seen.push(one)
      const { status, error, setCookie } = await behaviour(one)
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(setCookie === undefined ? {} : { 'set-cookie': setCookie }),
      })
      response.end(JSON.stringify(error === undefined ? one : { error }))
    }
    answer().catch(() => response.destroy())
  })
  return { ...(await listenOnLoopback(server)), seen }
}

async function seenIn(request: IncomingMessage): Promise<Seen> {
  let bodyBytes = 0
  for await (const chunk of request) bodyBytes += (chunk as Buffer).length
  const { method = '', url: path = '', rawHeaders } = request
  const lines = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1] ?? ''}`] : [],
  )
  return { method, path, lines, trailers: [], bodyBytes }
}
