import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RouteConfig } from '../../src/config/types.ts'
import { compileTargets, type Target } from '../../src/routes/target.ts'
import { config, routeConfig, signInConfig } from '../support/config.ts'

function route(name: string, match: Partial<RouteConfig['match'][number]>[]): RouteConfig {
  const nothing = { paths: undefined, hosts: undefined, methods: undefined }
  return routeConfig({ name, match: match.map((part) => ({ ...nothing, ...part })) })
}

const targetOf = compileTargets(
  config({
    signIn: signInConfig(),
    routes: [
      route('public', [{ paths: ['/public/*'] }]),
      route('captured', [
        { paths: ['/serving/{namespace}/{name}/*'] },
        { hosts: ['{name}.{namespace}.models.example.com'] },
      ]),
      route('posts', [{ methods: ['POST'], paths: ['/both', '/either'] }]),
      route('other host', [{ hosts: ['other.example.com'] }]),
      route('private', [{ paths: ['/private/*', '/api/*'] }]),
    ],
  }),
)

function summary(target: Target): string {
  switch (target.kind) {
    case 'route':
      return target.route.name
    case 'sign-in':
      return `sign-in ${target.endpoint}`
    case 'malformed':
    case 'ambiguous':
    case 'none':
      return target.kind
  }
}

function waysOf(host: string, path: string) {
  const target = targetOf({ method: 'POST', host, path })
  return target.kind === 'route' ? target.captures : []
}

const cases = [
  { path: '/public/x', is: 'public' },
  { path: '/public', is: 'none' },
  { path: '/private/x?y=/public/', is: 'private' },
  { path: '/public/../private/x', is: 'ambiguous' },
  { path: '/public/..%2fprivate/x', is: 'ambiguous' },
  { path: '/public/%2e%2e/private/x', is: 'ambiguous' },
  { path: '/public\\..\\private/x', is: 'ambiguous' },
  { path: '/public/%5c..%5cprivate/x', is: 'public' },
  { path: '/public/..%5c..%5cprivate/x', is: 'ambiguous' },
  { path: '//private/x', is: 'ambiguous' },
  { path: '/%70rivate/x', is: 'ambiguous' },
  { path: '/private/./x', is: 'private' },
  { path: '/private//x', is: 'private' },
  { path: '/private/a%2fb', is: 'private' },
  { path: '/PRIVATE/x', is: 'none' },
  { path: '/private#/public', is: 'malformed' },
  { path: '/public/..;/private/x', is: 'malformed' },
  { path: '/private;v=1/x', is: 'ambiguous' },
  { path: '/;/private/x', is: 'ambiguous' },
  { path: '/private/x;v=1', is: 'private' },
  { path: '*', is: 'malformed' },
  { path: '', is: 'malformed' },
  { path: '/serving/team/model/v1', is: 'captured' },
  { path: '/serving/team/x/../model/v1', is: 'ambiguous' },
  { path: '/', host: 'm.team.models.example.com', is: 'captured' },
  { path: '/', host: 'M.Team.models.example.com.:8443', is: 'captured' },
  { path: '/', host: 'a,b', is: 'malformed' },
  { path: '/both', method: 'POST', is: 'posts' },
  { path: '/both', method: 'post', is: 'none' },
  { path: '/both', is: 'none' },
  { path: '/oauth2/callback?code=1', is: 'sign-in callback' },
  { path: '/oauth2//callback', is: 'ambiguous' },
  { path: '/oauth2/callback', host: 'other.example.com', is: 'other host' },
  { path: '/oauth2/unknown', is: 'none' },
  { path: '/logout', is: 'sign-in logout' },
  { path: '/private/../logout', is: 'ambiguous' },
  { path: '/private/../api/x', is: 'ambiguous' },
]

describe('compileTargets()', () => {
  for (const { path, host = 'app.example.com', method = 'GET', is } of cases) {
    it(`sends ${method} ${host}${path} to "${is}"`, () => {
      assert.equal(summary(targetOf({ method, host, path })), is)
    })
  }

  it('gives what the path and what the host capture, where both do: Envoy goes by either', () => {
    const path = '/serving/mine/own/predict'
    assert.deepEqual(waysOf('m.theirs.models.example.com', path), [
      { namespace: 'mine', name: 'own' },
      { name: 'm', namespace: 'theirs' },
    ])
    assert.deepEqual(waysOf('own.mine.models.example.com', path), [
      { name: 'own', namespace: 'mine' },
    ])
  })

  it('gives the captures of path and host', () => {
    const byPath = targetOf({ method: 'GET', host: 'x', path: '/serving/team/model/v1' })
    const byHost = targetOf({ method: 'GET', host: 'model.team.models.example.com', path: '/' })
    assert.deepEqual(byPath.kind === 'route' && byPath.captures, [
      { namespace: 'team', name: 'model' },
    ])
    assert.deepEqual(byHost.kind === 'route' && byHost.captures, [
      { namespace: 'team', name: 'model' },
    ])
  })

  it('says where requests without a credential are anonymous, and in every reading', () => {
    const open = compileTargets(config({ anonymous: { paths: ['/livez', '/a b', '/x/'] } }))
    const at = (path: string) => {
      const target = open({ method: 'GET', host: 'x', path })
      return target.kind === 'route' ? target.isAnonymousPath : target.kind
    }
    assert.deepEqual(['/livez', '/livez?x', '/livez/', '/LIVEZ', '/', '/x/'].map(at), [
      true,
      true,
      false,
      false,
      false,
      true,
    ])
    // What the API server would take for /livez, and Envoy not, is nobody's to guess.
    for (const path of ['/%6civez', '//livez', '/y/../livez', '/livez;v=1', '/livez%2f', '/x//']) {
      assert.notEqual(at(path), true, path)
    }
    const everywhere = compileTargets(config({ anonymous: { paths: undefined } }))
    const target = everywhere({ method: 'GET', host: 'x', path: '/any' })
    assert.equal(target.kind === 'route' && target.isAnonymousPath, true)
  })

  it('gives the path in every reading, without its query', () => {
    const target = targetOf({ method: 'GET', host: 'x', path: '/private//x?y' })
    assert.deepEqual(target.kind === 'route' && target.readings, ['/private//x', '/private/x'])
  })

  it('says which routes are API paths', () => {
    const api = targetOf({ method: 'GET', host: 'x', path: '/api/v1' })
    const page = targetOf({ method: 'GET', host: 'x', path: '/private/x' })
    assert.equal(api.kind === 'route' && api.isApiPath, true)
    assert.equal(page.kind === 'route' && page.isApiPath, false)
  })

  it('has sign-in on every host but those of clusters, where none is named', () => {
    const cluster = route('cluster', [{ hosts: ['{name}.k8s.example.com'] }])
    const at = compileTargets(
      config({
        signIn: signInConfig({ externalURLs: [], relativeRedirectURI: true }),
        routes: [{ ...cluster, identity: 'impersonate' }, route('rest', [{}])],
      }),
    )
    const kindOf = (host: string, path: string) => at({ method: 'GET', host, path }).kind
    assert.equal(kindOf('any.example.com', '/oauth2/callback'), 'sign-in')
    assert.equal(kindOf('10.0.0.1:8080', '/logout'), 'sign-in')
    assert.equal(kindOf('a.k8s.example.com', '/oauth2/callback'), 'route')
    assert.equal(kindOf('A.k8s.example.com.:443', '/oauth2/callback'), 'route')
    assert.equal(kindOf('a,b', '/oauth2/callback'), 'malformed')
  })
})
