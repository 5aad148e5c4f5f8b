import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Config, FrontProxyConfig } from '../../src/config/types.ts'
import { headerLists, isListed } from '../../src/manifests/header-lists.ts'
import { config, routeConfig } from '../support/config.ts'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/** The text of every source file that is about requests and answers of clients. */
function sources(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) => {
      const files = readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' })
      return files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file))
    })
    .filter((file) => !/^(authn\/issuer|oidc\/provider|kubernetes|manifests)\//.test(file))
    .map((file) => readFileSync(join(src, file), 'utf8'))
    .join('\n')
}

function found(text: string, pattern: RegExp): readonly string[] {
  return [...new Set(Array.from(text.matchAll(pattern), ([, name = '']) => name))].toSorted()
}

const expression = (source: string) => ({
  source,
  evaluate: () => true,
  measure: () => ({ result: true, cost: 1 }),
})

const frontProxy: FrontProxyConfig = {
  source: 'xfcc',
  clientCA: '',
  allowedNames: [],
  usernameHeaders: ['x-sso-user'],
  uidHeaders: [],
  groupHeaders: ['x-sso-team'],
  extraHeaderPrefixes: ['x-sso-extra-'],
}

describe('headerLists()', () => {
  const lists = headerLists(config())

  it('shows in a check whatever the source reads of a request', () => {
    const text = sources('.')
    const read = found(text, /headers\.(?:get|has)\('([a-z-]+)'\)/g)
    const purposes = /purposes = \[([^\]]+)\]/.exec(text)?.[1] ?? ''
    // These two are Envoy's own connection to Attaché; what they say comes as x-attache-…
    const others = ['connection', 'upgrade', 'host', 'location']
    const names = [...read, ...found(purposes, /'([a-z-]+)'/g)]
    assert.ok(names.length > 15, names.join())
    const missing = names.filter((name) => !others.includes(name) && !isListed(lists.inCheck, name))
    assert.deepEqual(missing, [])
  })

  it('gives the client every header that pages, denials and sign-in send', () => {
    const text = sources('pages', 'replies', 'oidc', 'session')
    const words = ['en', 'iframe', 'member', 'sid', 'sub']
    const names = found(text, /\[\s*'([a-z]+(?:-[a-z]+)*)',\s/g)
    const sent = names.filter((name) => !words.includes(name))
    assert.ok(sent.length > 10, sent.join())
    assert.deepEqual(
      sent.filter((name) => !lists.toClientOnDeny.includes(name)),
      [],
    )
    // And nothing that nobody sends any more, beside what the adapters add.
    assert.deepEqual(
      lists.toClientOnDeny.filter((name) => ![...sent, 'x-attache-decision'].includes(name)),
      [],
    )
  })

  it('sets every identity header that the configuration names', () => {
    const names = {
      user: 'remote-user',
      groups: 'remote-groups',
      email: undefined,
      idToken: 'x-id',
    }
    const kubeflow = { userHeader: 'x-who', groupsHeader: 'x-teams' }
    const { toUpstream, inCheck } = headerLists(config({ headers: names, kubeflow }))
    for (const name of ['remote-user', 'remote-groups', 'x-id', 'x-who', 'x-teams']) {
      assert.ok(toUpstream.includes(name), name)
      assert.ok(inCheck.includes(name), name)
    }
    assert.ok(!toUpstream.includes('x-forwarded-email'))
  })

  it('never sets names that repeat, of which the last line would win', () => {
    for (const name of ['impersonate-group', 'impersonate-extra-a']) {
      assert.ok(!isListed(lists.toUpstream, name), name)
    }
  })

  it("shows a front proxy's names", () => {
    const { inCheck } = headerLists(config({ frontProxy }))
    for (const name of ['x-sso-user', 'x-sso-team', 'x-sso-extra-*']) {
      assert.ok(inCheck.includes(name), name)
    }
  })

  it('shows what expressions read, in `when` and in `impersonate.extra`', () => {
    const routes = [routeConfig({ when: expression("request.headers['X-Tenant'] == 'a'") })]
    const { impersonate } = config()
    const extra = [
      { key: 'a.b/c', expression: expression("request.headers['x-trace']"), constant: undefined },
    ]
    const { inCheck, incomplete } = headerLists(
      config({ routes, impersonate: { ...impersonate, extra } }),
    )
    assert.ok(inCheck.includes('x-tenant') && inCheck.includes('x-trace'))
    assert.equal(incomplete, false)
  })

  it('says when an expression reads names that it does not spell out', () => {
    const when = expression("request.headers.exists(name, name.startsWith('x-'))")
    assert.equal(headerLists(config({ routes: [routeConfig({ when })] })).incomplete, true)
  })

  it('never asks for the headers that would make a check an upgrade', () => {
    const all: Config = config({ frontProxy })
    for (const name of ['connection', 'upgrade', 'host', 'content-length']) {
      assert.ok(!isListed(headerLists(all).inCheck, name), name)
    }
  })
})
