/** docs/kubectl.md: what is there to copy works as it stands, but for addresses and files. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { firstAuthority } from '../support/authorities.ts'
import type { Envoy } from '../support/envoy.ts'
import { type Edit, exampleConfig, startExampleEnvoy } from '../support/example-envoy.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import {
  alice,
  hosts,
  type KubectlBed,
  startKubectlBed,
  transports,
  userInfoIn,
} from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())
const run = promisify(execFile)

const text = readFileSync(new URL('../../docs/kubectl.md', import.meta.url), 'utf8')

/** The block of the page that stands below its name. */
function block(name: string): string {
  const [, found = ''] = text.split(`<!-- ${name} -->\n`)
  return /^```yaml\n([^]*?)```$/m.exec(found)?.[1] ?? assert.fail(`no ${name}`)
}

/** A block for Envoy, with files of a test; the API server of tests is `localhost`. */
function envoyBlock(name: string, folder: string): string {
  const found = block(`envoy: ${name}`)
    .replaceAll('/etc/envoy', folder)
    .replaceAll('/var/run/secrets/kubernetes.io/serviceaccount', folder)
    .replaceAll('kubernetes.default.svc', 'localhost')
  const read: (yaml: string) => Readonly<Record<string, unknown>> = parse
  return Object.entries(read(found))
    .map(([field, value]) => `${field}: ${JSON.stringify(value)}`)
    .join('\n    ')
}

/** A credential plugin in the place of the one that the page names. */
const plugin = (token: string) => `#!/bin/sh
[ "$1" = get-token ] || exit 1
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${token}"}}'
`

describe('the kubeconfig of docs/kubectl.md, through an Envoy with its blocks', {
  skip: programs.skip || binary.skip,
}, () => {
  let bed: KubectlBed
  let folder: string
  let gateways: readonly Envoy[]
  before(async () => {
    bed = await startKubectlBed({ programs: programs.get(), binary: binary.get() })
    folder = await mkdtemp(join(tmpdir(), 'attache-kubeconfig-'))
    const token = await bed.issuer.mint({ ...alice })
    await symlink(programs.get().kubectl, join(folder, 'kubectl'))
    await writeFile(join(folder, 'kubectl-oidc_login'), plugin(token), { mode: 0o700 })
    await writeFile(join(folder, 'token'), token)
    await writeFile(join(folder, 'gateway-ca.crt'), firstAuthority.ca)
    await writeFile(join(folder, 'ca.crt'), bed.cluster.api.ca)
    await writeFile(join(folder, 'tls.crt'), firstAuthority.server.cert)
    await writeFile(join(folder, 'tls.key'), firstAuthority.server.key)
    const cluster = '  - name: upstream\n'
    const edits: readonly Edit[] = [
      ['    - filters:\n', `    - ${envoyBlock('listener', folder)}\n      filters:\n`],
      [cluster, `${cluster}    ${envoyBlock('cluster', folder)}\n`],
    ]
    const upstream = { port: Number(new URL(bed.cluster.api.url).port) }
    gateways = await Promise.all(
      transports.map(async (transport) => {
        const attachePort = bed.attache.ports[transport]
        const shared = { transport, attachePort, upstream, edits }
        return startExampleEnvoy({ ...shared, binary: binary.get() })
      }),
    )
  })
  after(async () => {
    for (const gateway of gateways) await gateway.stop()
    await bed.stop()
    await rm(folder, { recursive: true })
  })

  for (const context of ['gateway', 'gateway-token']) {
    it(`is that of the user, with the context ${context}`, async () => {
      for (const gateway of gateways) {
        const server = `https://${hosts.plain}:${gateway.port()}`
        const config = block('kubeconfig').replace('https://kubernetes.example.com', server)
        const file = join(folder, `config-${gateway.port()}`)
        await writeFile(file, config)
        const args = ['auth', 'whoami', '--output=json', `--context=${context}`]
        const { stdout } = await run(join(folder, 'kubectl'), args, {
          env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, KUBECONFIG: file },
        })
        assert.partialDeepStrictEqual(userInfoIn(stdout), { username: alice.email, uid: alice.uid })
      }
    })
  }
})

describe('docs/kubectl.md', () => {
  it('names settings of Envoy that both examples have', async () => {
    const [, table = ''] = text.split('\n## Envoy\n')
    const settings = [
      ...table.matchAll(/`((?:timeout|stream_idle_timeout|upgrade_type|max_\w+): [^`]+)`/g),
    ]
    assert.equal(settings.length, 6)
    for (const transport of transports) {
      const config = await exampleConfig(transport)
      for (const [, setting = ''] of settings) assert.ok(config.includes(setting), setting)
      assert.doesNotMatch(config, /^ *with_request_body:/m)
    }
  })

  it('has nothing to copy that is no YAML', () => {
    for (const name of ['attache', 'role']) {
      const parsed: unknown = parse(block(name))
      assert.equal(typeof parsed, 'object', name)
    }
  })
})
