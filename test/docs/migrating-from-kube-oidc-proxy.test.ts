import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { notYet } from '../../src/config/not-yet.ts'
import { takeOidcFlags } from '../../src/config/oidc-flags.ts'
import { configOf, folderWith } from '../config/folder.ts'

const text = readFileSync(
  new URL('../../docs/migrating-from-kube-oidc-proxy.md', import.meta.url),
  'utf8',
)
const files = { 'impersonator-token': 'ey.to.ken' }

/** The block of the page that stands below its name. */
function example(name: string): string {
  const [, after = ''] = text.split(`<!-- ${name} -->\n`)
  return /^```\w*\n([^]*?)```$/m.exec(after)?.[1] ?? ''
}

describe('docs/migrating-from-kube-oidc-proxy.md', () => {
  it('has an example that loads', () => {
    const { routes, serviceAccounts } = configOf(example('attache'), { files })
    assert.equal(routes.length, 1)
    assert.equal(serviceAccounts.validation, 'tokenReview')
  })

  it('makes of its example the issuer that the flags make, but for the algorithms', () => {
    const { issuers } = configOf(example('attache'), { files })
    const lines = example('kube-oidc-proxy').split('\n').slice(1)
    const { flags } = takeOidcFlags(lines.map((line) => line.trim()))
    assert.equal(flags.length, 6)
    const rest = example('attache').replace(/^authentication:\n(?: .*\n)*/m, '')
    const folder = folderWith({ ...files, 'attache.yaml': rest })
    const { config } = loadConfig(join(folder, 'attache.yaml'), {}, { oidcFlags: flags })
    const [fromFlags] = config.issuers
    assert.deepEqual(fromFlags?.algorithms, ['RS256'])
    assert.equal(issuers[0]?.algorithms.length, 9)
    assert.deepEqual([{ ...fromFlags, algorithms: issuers[0]?.algorithms }], issuers)
  })

  it('has a row for each flag of kube-oidc-proxy that Attaché takes', () => {
    const named = [...text.matchAll(/^\| `--(oidc-[a-z-]+)` \| the same/gm)].map(([, name]) => name)
    const { flags } = takeOidcFlags(named.map((name) => `--${name}=x`))
    assert.equal(new Set(flags.map(({ name }) => name)).size, 9)
  })

  it('names no setting that the configuration refuses as not available yet', () => {
    assert.deepEqual(
      notYet.map(({ path }) => path).filter((path) => text.includes(`\`${path}\``)),
      [],
    )
  })
})
