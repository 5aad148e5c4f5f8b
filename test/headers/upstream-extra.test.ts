import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Authenticated } from '../../src/authn/authenticator.ts'
import { createCompilers } from '../../src/config/compilers.ts'
import type { ImpersonateConfig, ImpersonateExtra, RouteConfig } from '../../src/config/types.ts'
import { createUpstreamHeaders } from '../../src/headers/upstream.ts'
import { checkInput } from '../support/check-input.ts'
import { config, routeConfig } from '../support/config.ts'
import { authenticated } from '../support/user.ts'

function setting(source: string): ImpersonateExtra {
  const compiled = createCompilers().condition([])(source)
  assert.ok('expression' in compiled)
  return { key: 'example.com/x', expression: compiled.expression, constant: undefined }
}

interface Sent {
  readonly path?: string
  readonly route?: Partial<RouteConfig>
  readonly user?: Authenticated
}

function writer(source: string, more: Partial<ImpersonateConfig> = {}) {
  const impersonate = { ...config().impersonate, ...more, extra: [setting(source)] }
  const { authenticated: write } = createUpstreamHeaders({
    config: config({ impersonate }),
    withoutOwnCookies: () => undefined,
    onOmittedGroups: () => {},
  })
  return ({ path = '/', route = { identity: 'impersonate' }, user = authenticated() }: Sent) => {
    const input = checkInput({ path })
    const request = { input, route: routeConfig(route), readings: [path], captures: [{}] }
    return write(request, { user, credential: undefined })
  }
}

/** What is added, or why nothing goes on. */
function told(written: ReturnType<ReturnType<typeof writer>>): unknown {
  return written.kind === 'changes' ? written.changes.append : written.reason
}

describe('createUpstreamHeaders() with configured extras', () => {
  it('says them anew for each request that they depend on', () => {
    const send = writer('request.path')
    const user = authenticated()
    for (const path of ['/a', '/b', '/a']) {
      assert.deepEqual(told(send({ path, user })), [['impersonate-extra-example.com%2fx', path]])
    }
    assert.equal(send({ path: '/b', user }), send({ path: '/b', user }))
  })

  it('keeps the last ones alone for a user: whoever chooses what they say fills no memory', () => {
    const send = writer('request.path')
    const user = authenticated()
    const first = send({ path: '/a', user })
    assert.equal(send({ path: '/a', user }), first)
    send({ path: '/b', user })
    assert.notEqual(send({ path: '/a', user }), first)
    assert.deepEqual(send({ path: '/a', user }), first)
  })

  it('says them on impersonate routes alone, and not beside a token of the caller', () => {
    const send = writer('request.path', { serviceAccounts: 'forward' })
    assert.deepEqual(told(send({ route: { identity: 'headers' } })), [])
    assert.deepEqual(told(send({ user: authenticated({ authenticator: 'service-account' }) })), [])
  })

  it('refuses a request for which one fails, and asks for none elsewhere', () => {
    const send = writer("request.headers['none']")
    assert.equal(told(send({})), 'identity-unsayable')
    assert.deepEqual(told(send({ route: { identity: 'headers' } })), [])
  })

  it('refuses a value that no header can say', () => {
    assert.equal(told(writer("'a' + request.path")({ path: '/\n' })), 'identity-unsayable')
  })
})
