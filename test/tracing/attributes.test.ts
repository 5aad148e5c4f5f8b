import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Answer } from '../../src/answer.ts'
import {
  answerAttributes,
  callAttributes,
  isFailedCall,
  isFailure,
  requestAttributes,
} from '../../src/tracing/attributes.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated, userInfo } from '../support/user.ts'

describe('requestAttributes()', () => {
  it('says which request a check is about', () => {
    const input = checkInput({ transport: 'http', host: 'App.Example.com:8443', path: '/a/b?c=d' })
    assert.deepEqual(requestAttributes(input), {
      'attache.transport': 'http',
      'http.request.method': 'GET',
      'server.address': 'app.example.com',
      'url.path': '/a/b',
    })
  })

  const paths = [
    ['/oauth2/callback?code=secret&state=secret', '/oauth2/callback'],
    ['/a#secret', '/a'],
    ['/app;jsessionid=secret', '/app'],
    ['/app%3bjsessionid=secret', '/app'],
    ['/oauth2/callback%3Fcode=secret', '/oauth2/callback'],
    ['/a%23secret', '/a'],
    ['*', '*'],
    ['/%2525/%zz', '/%2525/%zz'],
    [`/${'x'.repeat(9000)}`, `/${'x'.repeat(1023)}`],
  ] as const
  for (const [path, told] of paths) {
    it(`tells of "${path.slice(0, 60)}" only "${told.slice(0, 60)}"`, () => {
      assert.equal(requestAttributes(checkInput({ path }))['url.path'], told)
    })
  }

  it('has a bounded number of methods', () => {
    for (const method of ['get', 'PROPFIND', 'X'.repeat(9000), '']) {
      assert.equal(requestAttributes(checkInput({ method }))['http.request.method'], '_OTHER')
    }
  })

  it('leaves out what is no host', () => {
    for (const host of ['', 'a,b', 'user:word@a', `${'x'.repeat(9000)}:`, 'a b']) {
      const { 'server.address': address = '' } = requestAttributes(checkInput({ host }))
      assert.ok(String(address).length <= 300 && !/[ ,@]/.test(String(address)), host)
    }
  })

  it('tells nothing else of the request', () => {
    const headers = {
      authorization: 'Bearer secret',
      cookie: 'a=secret',
      'x-forwarded-for': 'secret',
      tracestate: 'secret',
    }
    const input = checkInput({ headers, source: 'secret', certificate: 'secret' })
    assert.doesNotMatch(JSON.stringify(requestAttributes(input)), /secret/)
  })
})

describe('answerAttributes()', () => {
  const user = authenticated({
    user: userInfo({ name: 'alice@example.com', groups: ['a-group'] }),
  })
  const decision = {
    kind: 'allow',
    id: 'id',
    upstream: { set: [], append: [], remove: [] },
  } as const
  const allowed: Answer = {
    decision: { ...decision, downstream: [] },
    event: { kind: 'allowed', id: 'id', user, route: 'routes[3]' },
  }
  const reply = { kind: 'reply', id: 'id', headers: [], body: '' } as const
  const denied = (reason: 'condition' | 'unavailable', status: number): Answer => ({
    decision: { ...reply, status },
    event: { kind: 'denied', id: 'id', reason, detail: 'a-detail', user, route: undefined },
  })

  it('says what came of an allowed check', () => {
    assert.deepEqual(answerAttributes(allowed), {
      'attache.decision_id': 'id',
      'attache.verdict': 'allowed',
      'attache.route': 'routes[3]',
      'attache.authenticator': 'jwt',
    })
  })

  it('says why a check was denied, which is no failure', () => {
    const answer = denied('condition', 403)
    assert.deepEqual(answerAttributes(answer), {
      'attache.decision_id': 'id',
      'http.response.status_code': 403,
      'attache.verdict': 'denied',
      'attache.authenticator': 'jwt',
      'attache.reason': 'condition',
    })
    assert.equal(isFailure(answer), false)
  })

  it('says that a check could not be decided, which is one', () => {
    const answer = denied('unavailable', 503)
    assert.equal(answerAttributes(answer)['error.type'], 'unavailable')
    assert.equal(isFailure(answer), true)
  })

  it('says what sign-in did', () => {
    const event = { kind: 'sign-in', id: 'id', status: 302, detail: 'a-detail' } as const
    const outcome = { name: 'signed-in', user: 'alice@example.com' } as const
    const signedIn: Answer = { decision: { ...reply, status: 302 }, event: { ...event, outcome } }
    assert.deepEqual(answerAttributes(signedIn), {
      'attache.decision_id': 'id',
      'http.response.status_code': 302,
      'attache.verdict': 'signed-in',
    })
    const begun: Answer = { ...signedIn, event: { ...event, outcome: undefined } }
    assert.equal(answerAttributes(begun)['attache.verdict'], 'sign-in')
  })

  it('names nobody', () => {
    for (const answer of [allowed, denied('condition', 403)]) {
      assert.doesNotMatch(JSON.stringify(answerAttributes(answer)), /alice|a-group|a-detail/)
    }
  })
})

describe('callAttributes()', () => {
  const url = new URL('https://user:word@issuer.example.com/secret/path?secret=1')

  it('tells of an issuer who was asked, and not for what', () => {
    const http = { method: 'POST', url }
    assert.deepEqual(callAttributes('https://issuer.example.com', { result: '401', http }), {
      'attache.peer': 'https://issuer.example.com',
      'http.request.method': 'POST',
      'server.address': 'issuer.example.com',
      'server.port': 443,
      'http.response.status_code': 401,
      'error.type': '401',
    })
  })

  it('tells of the API server the path too', () => {
    const http = { method: 'GET', url: new URL('http://[::1]:6443'), path: '/openid/v1/jwks' }
    const attributes = callAttributes('kubernetes', { result: 'timeout', http })
    assert.equal(attributes['url.template'], '/openid/v1/jwks')
    assert.equal(attributes['server.port'], 6443)
    assert.equal(attributes['error.type'], 'timeout')
    assert.equal(attributes['http.response.status_code'], undefined)
  })

  it('tells of Redis that it was asked', () => {
    assert.deepEqual(callAttributes('redis', { result: 'ok', http: undefined }), {
      'db.system.name': 'redis',
    })
  })

  it('knows which results are failures', () => {
    const results = ['ok', '200', '201', '304', '400', '503', 'timeout', 'error', 'turned-away']
    const failed = results.filter(isFailedCall)
    assert.deepEqual(failed, ['400', '503', 'timeout', 'error', 'turned-away'])
  })
})
