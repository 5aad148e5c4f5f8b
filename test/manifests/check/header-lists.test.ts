import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config } from '../../../src/config/types.ts'
import { headerLists } from '../../../src/manifests/header-lists.ts'
import { kubeflowConfig } from '../../support/istio-folders.ts'
import { findingsAfter, replace, said } from './installed.ts'

const plain = kubeflowConfig()
const config: Config = {
  ...plain,
  headers: { ...plain.headers, user: 'remote-user' },
  routes: plain.routes.map((route, index) =>
    index === 0
      ? {
          ...route,
          when: {
            source: "request.headers['x-tenant'] == 'a'",
            evaluate: () => true,
            measure: () => ({ result: true, cost: 1 }),
          },
        }
      : route,
  ),
}
const given = { transport: 'http' }
const mesh = 'ConfigMap istio-attache'
const lists = headerLists(config)

/** Takes the first such entry away that follows the name of the list. */
function withoutEntry(field: string, name: string): RegExp {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<=${field}:(?:(?!:).)*?)\\\\n +- ${escaped}(?=\\\\n)`)
}

const consequences: readonly (readonly [name: string, effect: RegExp])[] = [
  ['accept', /people read an error in the place of the sign-in page/],
  ['accept-language', /in English/],
  ['access-control-request-*', /CORS preflight/],
  ['cookie', /no session is ever seen/],
  ['impersonate-*', /acts as whom it likes/],
  ['kubeflow-*', /own names of this kind reach the upstream/],
  ['origin', /as if it came from another site/],
  ['purpose', /nobody asked for/],
  ['referer', /out of a frame/],
  ['remote-user', /as its identity/],
  ['sec-fetch-*', /a page from a script/],
  ['sec-purpose', /nobody asked for/],
  ['sec-websocket-protocol', /WebSocket subprotocol is not seen/],
  ['x-attache-requested-*', /carried out as the caller/],
  ['x-attache-route', /denies every request/],
  ['x-forwarded-*', /know no client's address/],
  ['x-moz', /nobody asked for/],
  ['x-remote-*', /X-Remote-User/],
  ['x-requested-with', /background request/],
  ['x-tenant', /an expression of the configuration reads it/],
]

describe('attache manifests --check: header lists (threats L34)', () => {
  it('has a consequence for every header that a check shows', () => {
    const named = consequences.map(([name]) => name)
    const shown = lists.inCheck.filter((name) => name !== 'authorization')
    assert.deepEqual(named.toSorted(), shown.toSorted())
  })

  for (const [name, effect] of consequences) {
    it(`says what it causes that includeRequestHeadersInCheck misses ${name}`, () => {
      const change = replace(mesh, [withoutEntry('includeRequestHeadersInCheck', name), ''])
      const findings = findingsAfter(config, { given, change })
      assert.deepEqual(said(findings), [
        `fault: provider "attache-http": includeRequestHeadersInCheck misses "${name}"`,
      ])
      assert.match(findings[0]?.effect ?? '', effect)
    })
  }

  it('does not miss authorization, which Envoy always shows', () => {
    const entry = withoutEntry('includeRequestHeadersInCheck', 'authorization')
    const change = replace(mesh, [entry, ''])
    assert.deepEqual(said(findingsAfter(config, { given, change })), [])
  })

  const others = [
    ['headersToUpstreamOnAllow', lists.toUpstream],
    ['headersToDownstreamOnAllow', lists.toClientOnAllow],
    ['headersToDownstreamOnDeny', lists.toClientOnDeny],
  ] as const
  // Envoy adds these two to every list.
  const free = ['location', 'www-authenticate']
  for (const [field, names] of others) {
    for (const name of names.filter((one) => !free.includes(one))) {
      it(`says that ${field} misses ${name}`, () => {
        const change = replace(mesh, [withoutEntry(field, name), ''])
        const findings = findingsAfter(config, { given, change })
        const what = `fault: provider "attache-http": ${field} misses "${name}"`
        assert.deepEqual(said(findings), [what])
        assert.ok((findings[0]?.effect ?? '').length > 20)
      })
    }
  }

  it('takes a list of all that begins so for one of names, and no list of denials for all', () => {
    const wider = replace(mesh, ['- sec-fetch-*\\n    - sec-purpose\\n', '- sec-*\\n'])
    assert.deepEqual(said(findingsAfter(config, { given, change: wider })), [])
    const none = replace(mesh, [/\\n {4}headersToDownstreamOnDeny:(?:\\n {4}- [a-z-]+)+/, ''])
    assert.deepEqual(said(findingsAfter(config, { given, change: none })), [])
  })

  for (const name of ['x-attache-source', 'x-attache-connection', 'x-attache-upgrade']) {
    it(`says that includeAdditionalHeadersInCheck misses ${name}`, () => {
      const findings = findingsAfter(config, { given, change: replace(mesh, [name, 'x-other']) })
      assert.deepEqual(said(findings), [
        `fault: provider "attache-http": includeAdditionalHeadersInCheck misses "${name}"`,
      ])
    })
  }

  it('reads the name that the list had before', () => {
    const field = 'includeRequestHeadersInCheck'
    const change = replace(mesh, [field, 'includeHeadersInCheck'])
    assert.deepEqual(said(findingsAfter(config, { given, change })), [])
  })
})
