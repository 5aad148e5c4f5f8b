/**
 * Threats L34: a header list of the HTTP provider misses one name. What `attache manifests --check` says that it
 * causes is what it causes, at a real gateway.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import { findingsOf } from '../../src/manifests/check/check.ts'
import { readObjects } from '../../src/manifests/check/documents.ts'
import { kindsOfInterest } from '../../src/manifests/check/installation.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import { kubeflowConfig } from '../support/istio-folders.ts'
import { meshPrograms } from '../support/istio-mesh.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { http1Request, openTunnel, type RawResponse, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { values } from '../support/wire.ts'
import { createKubeflowBrowser, type KubeflowBrowser, kubeflowHost } from './istio-browser.ts'
import { installation } from './istio-installation.ts'
import { type Kubeflow, startKubeflow } from './istio-kubeflow.ts'

const programs = await part('Istio', meshPrograms)

type List =
  | 'includeRequestHeadersInCheck'
  | 'includeAdditionalHeadersInCheck'
  | 'headersToUpstreamOnAllow'
  | 'headersToDownstreamOnDeny'

/** What a test meets: somebody who has signed in, and the gateway. */
interface Scene {
  readonly person: KubeflowBrowser
  readonly port: number
  readonly bearer: string
}

interface Case {
  readonly list: List
  readonly name: string
  /** Missing besides. */
  readonly also?: string
  /** In the words of the check. */
  readonly causes: RegExp
  /** Something that it changes, in one word or number. */
  readonly probe: (scene: Scene) => Promise<unknown>
  readonly complete: unknown
  readonly without: unknown
}

const get = async (port: number, path: string, headers: readonly string[]): Promise<RawResponse> =>
  http1Request(port, { host: kubeflowHost, path, headers })

const upgrade = async (
  port: number,
  more: readonly string[],
  connection = 'Upgrade',
): Promise<number> => {
  const headers = [
    `Connection: ${connection}`,
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...more,
  ]
  const tunnel = await openTunnel(port, { host: kubeflowHost, path: '/jupyter/', headers })
  tunnel.close()
  return tunnel.response.status
}

const cookieLine = (person: KubeflowBrowser): string =>
  `Cookie: ${cookieHeader(person.jar()) ?? ''}`

const cases: readonly Case[] = [
  {
    list: 'includeRequestHeadersInCheck',
    name: 'cookie',
    causes: /sent to sign in again, for ever/,
    probe: async ({ person }) => (await person.navigate('/')).status,
    complete: 200,
    without: 302,
  },
  {
    list: 'includeRequestHeadersInCheck',
    name: 'accept',
    causes: /people read an error in the place of the sign-in page/,
    probe: async ({ port }) => (await get(port, '/', ['accept: text/html'])).status,
    complete: 302,
    without: 403,
  },
  {
    list: 'includeRequestHeadersInCheck',
    name: 'sec-fetch-*',
    causes:
      /scripts are redirected to the sign-in page, and requests of one's own pages are refused/,
    probe: async ({ port, person }) => [
      (await get(port, '/', ['accept: text/html', 'sec-fetch-mode: cors'])).status,
      (await person.fetch('/', { method: 'POST' })).status,
    ],
    complete: [403, 200],
    without: [302, 403],
  },
  {
    list: 'includeRequestHeadersInCheck',
    name: 'x-requested-with',
    causes: /answered by a redirect to the sign-in page/,
    probe: async ({ port }) =>
      (await get(port, '/', ['accept: text/html', 'x-requested-with: XMLHttpRequest'])).status,
    complete: 403,
    without: 302,
  },
  {
    list: 'includeAdditionalHeadersInCheck',
    name: 'x-attache-connection',
    causes: /cannot refuse an upgrade that names identity headers in Connection/,
    probe: async ({ port, person }) => {
      const own = [cookieLine(person), `Origin: http://${kubeflowHost}`]
      return (await upgrade(port, own, 'Upgrade, kubeflow-userid')) === 400
    },
    complete: true,
    without: false,
  },
  {
    list: 'includeAdditionalHeadersInCheck',
    name: 'x-attache-upgrade',
    causes: /tokens in WebSocket subprotocols are not read/,
    probe: async ({ port, bearer }) => {
      const token = Buffer.from(bearer.replace(/^.*Bearer /, '')).toString('base64url')
      const subprotocol = `base64url.bearer.authorization.k8s.io.${token}, app`
      return upgrade(port, [`Sec-WebSocket-Protocol: ${subprotocol}`])
    },
    complete: 200,
    without: 403,
  },
  {
    list: 'includeAdditionalHeadersInCheck',
    name: 'x-attache-connection',
    also: 'x-attache-upgrade',
    causes: /cannot refuse an upgrade/,
    // On plain http a browser sends no Fetch Metadata.
    probe: async ({ port, person }) =>
      upgrade(port, [cookieLine(person), 'Origin: https://evil.example']),
    complete: 403,
    without: 200,
  },
  {
    list: 'headersToUpstreamOnAllow',
    name: 'cookie',
    causes: /Attaché's session cookie stays on the request/,
    probe: async ({ person }) => {
      const { lines } = seenBy(await person.fetch('/notebook/team-a/nb/'))
      return values(lines, 'cookie').join().includes('oauth2_proxy_kubeflow')
    },
    complete: false,
    without: true,
  },
  {
    list: 'headersToUpstreamOnAllow',
    name: 'kubeflow-userid',
    causes: /does not learn who the user is/,
    probe: async ({ person }) => values(seenBy(await person.fetch('/')).lines, 'kubeflow-userid'),
    complete: ['alice@example.com'],
    without: [],
  },
  {
    list: 'headersToUpstreamOnAllow',
    name: 'authorization',
    causes:
      /the client's own token .* or none; a RequestAuthentication answers such a token with 401/,
    probe: async ({ port, person, bearer }) => {
      const token = await get(port, '/jupyter/', [bearer])
      const session = seenBy(await person.fetch('/'))
      return [token.status, token.body.slice(0, 3), values(session.lines, 'authorization').length]
    },
    complete: [200, '{"m', 1],
    without: [401, 'Jwt', 0],
  },
  {
    list: 'headersToDownstreamOnDeny',
    name: 'set-cookie',
    causes: /nobody can sign in or out/,
    probe: async ({ port }) =>
      values((await get(port, '/', ['accept: text/html'])).lines, 'set-cookie').length,
    complete: 1,
    without: 0,
  },
  {
    list: 'headersToDownstreamOnDeny',
    name: 'content-type',
    causes: /programs cannot read the error/,
    probe: async ({ port }) => values((await get(port, '/api/x', [])).lines, 'content-type').join(),
    complete: 'application/problem+json',
    without: 'text/plain',
  },
]

describe('a header list that misses a name', { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  let objects: readonly KubeObject[]
  let scene: Scene

  before(async () => {
    kubeflow = await startKubeflow({ programs: programs.get() })
    await kubeflow.use('http')
    const built = await installation(programs.get().kubernetes.kubectl, { transport: 'http' })
    objects = built.objects
    const { port } = kubeflow.mesh.ingress
    const person = createKubeflowBrowser(port)
    await person.signIn('alice')
    const bearer = await kubeflow.bearer('team-a', 'default-editor')
    scene = { person, port, bearer }
  })
  after(async () => kubeflow.stop())

  it('is not what we ship', () => {
    assert.deepEqual(faults(objects), [])
  })

  for (const { list, name, also, causes, probe, complete, without } of cases) {
    const names = also === undefined ? [name] : [name, also]
    it(`L34: "${names.join('" and "')}" in ${list} causes what --check says`, async () => {
      assert.deepEqual(await probe(scene), complete)
      const incomplete = objects.map((object) => withoutNames(object, { list, names }))
      const found = faults(incomplete)
      assert.equal(found.length, names.length)
      for (const [index, one] of names.entries()) {
        assert.ok(found[index]?.what.includes(`${list} misses "${one}"`), found[index]?.what)
      }
      assert.match(found[0]?.effect ?? '', causes)
      await kubeflow.mesh.apply(incomplete.filter(isMesh))
      try {
        assert.deepEqual(await probe(scene), without)
      } finally {
        await kubeflow.mesh.apply(objects.filter(isMesh))
      }
    })
  }
})

function isMesh({ kind, metadata: { name } }: KubeObject): boolean {
  return kind === 'ConfigMap' && name === 'istio-attache'
}

interface MeshText {
  readonly extensionProviders: readonly {
    readonly envoyExtAuthzHttp: Record<List, string[] | Record<string, string>>
  }[]
}

/** The same object, or that of the provider without these. */
function withoutNames(
  object: KubeObject,
  { list, names }: { readonly list: List; readonly names: readonly string[] },
): KubeObject {
  if (!isMesh(object)) return object
  const mesh = parse((object['data'] as { readonly mesh: string }).mesh) as MeshText
  for (const { envoyExtAuthzHttp: provider } of mesh.extensionProviders) {
    const all = provider[list]
    if (Array.isArray(all)) provider[list] = all.filter((name) => !names.includes(name))
    else for (const name of names) delete all[name]
  }
  return { ...object, data: { mesh: stringify(mesh) } }
}

function faults(objects: readonly KubeObject[]) {
  const text = objects.map((object) => `---\n${stringify(object)}`).join('')
  const read = readObjects({ file: 'rendered.yaml', text }, kindsOfInterest)
  assert.deepEqual(read.problems, [])
  const service = { namespace: 'attache', name: 'attache' }
  const findings = findingsOf(read.objects, { config: kubeflowConfig(), service })
  return findings.filter(({ severity }) => severity === 'fault')
}
