import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { appenderSource, preFilterSource } from '../../src/manifests/lua.ts'
import { config } from '../support/config.ts'
import { istioFolder } from '../support/istio-folders.ts'

const file = (name: string) => readFileSync(join(istioFolder, name), 'utf8')

/** A source without the entries of its tables, which the generator writes one a line. */
function body(source: string): string {
  return source.replaceAll(/^(local [a-z_]+ = \{)[^}]*\}$/gm, '$1}')
}

function table(source: string, name: string): readonly string[] {
  const entries = new RegExp(`^local ${name} = \\{([^}]*)\\}$`, 'm').exec(source)?.[1] ?? ''
  return Array.from(entries.matchAll(/"([^"]+)"/g), ([, entry = '']) => entry)
}

describe('preFilterSource()', () => {
  it('is the file of istio/ for a configuration with its default names', () => {
    const source = preFilterSource(config())
    assert.equal(body(source), body(file('pre-filter.lua')))
    for (const name of ['identity_prefixes', 'identity_names', 'requested_prefixes']) {
      assert.deepEqual(table(source, name), table(file('pre-filter.lua'), name))
    }
  })

  it('knows the names of `headers` and `kubeflow`', () => {
    const source = preFilterSource(
      config({
        kubeflow: { userHeader: 'x-who', groupsHeader: 'kubeflow-teams' },
        headers: { user: 'remote-user', groups: undefined, email: 'x-mail', idToken: 'x-id' },
      }),
    )
    const names = table(source, 'identity_names')
    for (const name of ['x-who', 'remote-user', 'x-mail', 'x-id', 'x-forwarded-user']) {
      assert.ok(names.includes(name), name)
    }
    assert.ok(!names.includes('kubeflow-teams'))
  })

  it("keeps a front proxy's headers apart for Attaché", () => {
    const source = preFilterSource(
      config({
        frontProxy: {
          source: 'xfcc',
          clientCA: '',
          allowedNames: [],
          usernameHeaders: ['x-sso-user'],
          uidHeaders: [],
          groupHeaders: ['x-remote-group'],
          extraHeaderPrefixes: ['x-sso-extra-'],
        },
      }),
    )
    assert.deepEqual(table(source, 'requested_prefixes').toSorted(), [
      'impersonate-',
      'x-remote-group',
      'x-sso-extra-',
      'x-sso-user',
    ])
  })
})

describe('appenderSource()', () => {
  it('is the file of istio/', () => assert.equal(appenderSource(), file('appender.lua')))
})
