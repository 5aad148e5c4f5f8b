import assert from 'node:assert/strict'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { type Attache, startAttache } from './support/attache.ts'
import { type Issuer, startIssuer } from './support/issuer.ts'
import { http1Bytes, sendBytes } from './support/raw-client.ts'
import { trust } from './support/service-bed.ts'

const host = 'app.example.com'
const parseConfig: (text: string) => Record<string, unknown> = parse

describe('a running service', () => {
  let issuer: Issuer
  let attache: Attache
  let token: string
  before(async () => {
    issuer = await startIssuer()
    const routes = [{ match: { paths: ['/a/*'] }, identity: 'headers' }]
    attache = await startAttache({ config: { ...trust(issuer), routes } })
    token = await issuer.mint({ email: 'alice@example.com' })
  })
  after(async () => {
    await attache.stop()
    await issuer.close()
  })

  async function status(path: string): Promise<number> {
    const headers = [`Authorization: Bearer ${token}`, 'Connection: close']
    return (await sendBytes(attache.ports.http, http1Bytes({ path, host, headers }))).status
  }

  async function admin(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${attache.ports.admin}${path}`)
    return { status: response.status, body: await response.text() }
  }

  async function edit(change: (config: Record<string, unknown>) => void): Promise<void> {
    const file = join(attache.folder, 'attache.yaml')
    const config = parseConfig(await readFile(file, 'utf8'))
    change(config)
    // At once, as in a cluster: nobody reads half a file.
    await writeFile(`${file}.next`, stringify(config))
    await rename(`${file}.next`, file)
  }

  /** The watcher looks every two seconds. */
  async function logged(message: string, count: number): Promise<void> {
    const giveUpAt = Date.now() + 60_000
    const found = () => attache.logLines().filter(({ msg }) => msg === message).length
    while (found() < count) {
      assert.ok(Date.now() < giveUpAt, `"${message}" was not logged: ${attache.output()}`)
      await delay(50)
    }
  }

  it('is live and ready, and counts', async () => {
    assert.equal((await admin('/livez')).status, 200)
    assert.equal((await admin('/readyz')).status, 200)
    assert.match((await admin('/metrics')).body, /^attache_config_generation 1$/m)
    assert.equal((await admin('/')).status, 404)
  })

  it('takes a new configuration without a restart', async () => {
    assert.equal(await status('/a/x'), 200)
    assert.equal(await status('/b/x'), 403)
    await edit((config) => {
      config['routes'] = [{ match: { paths: ['/b/*'] }, identity: 'headers' }]
    })
    await logged('configuration reloaded', 1)
    assert.equal(await status('/a/x'), 403)
    assert.equal(await status('/b/x'), 200)
    assert.match((await admin('/metrics')).body, /^attache_config_generation 2$/m)
  })

  it('keeps the old one when the new one is broken, and says so', async () => {
    const rejected = 'configuration not reloaded, the old one stays in force'
    await edit((config) => {
      config['routes'] = [{ identity: 'nobody' }]
    })
    await logged(rejected, 1)
    assert.equal(await status('/b/x'), 200)
    assert.match((await admin('/metrics')).body, /^attache_config_rejected_total 1$/m)
    await edit((config) => {
      config['routes'] = [{ match: { paths: ['/c/*'] }, identity: 'headers' }]
    })
    await logged('configuration reloaded', 2)
    assert.equal(await status('/c/x'), 200)
  })

  it('keeps the keys of an issuer that is away, over a reload', async () => {
    await issuer.close()
    await edit((config) => {
      config['routes'] = [{ match: { paths: ['/d/*'] }, identity: 'headers' }]
    })
    await logged('configuration reloaded', 3)
    assert.equal(await status('/d/x'), 200)
  })

  it('ends with 0 on SIGTERM', async () => {
    assert.equal((await attache.stop()).code, 0)
  })
})

describe('a service whose issuer is away', () => {
  it('is not ready until it has waited, names what is missing, and then is', async () => {
    const url = 'http://127.0.0.1:1'
    const claimMappings = { username: { claim: 'sub', prefix: '' } }
    const attache = await startAttache({
      config: {
        readiness: { wait: '10s' },
        insecureIssuers: [url],
        authentication: {
          apiVersion: 'apiserver.config.k8s.io/v1',
          kind: 'AuthenticationConfiguration',
          jwt: [{ issuer: { url, audiences: ['a'] }, claimMappings }],
        },
        routes: [{ identity: 'headers' }],
      },
    })
    try {
      const ask = () => fetch(`http://127.0.0.1:${attache.ports.admin}/readyz`)
      const early = await ask()
      assert.equal(early.status, 503)
      assert.match(await early.text(), /keys of \\"http:\/\/127\.0\.0\.1:1\\"/)
      const giveUpAt = Date.now() + 60_000
      while ((await ask()).status !== 200) {
        assert.ok(Date.now() < giveUpAt, 'it never became ready')
        await delay(100)
      }
    } finally {
      await attache.stop()
    }
  })
})
