/** examples/credential-injector: Envoy adds the token that may impersonate, Attaché says whom. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../src/config/load.ts'
import { firstAuthority } from '../support/authorities.ts'
import type { Envoy } from '../support/envoy.ts'
import { edit, exampleConfig } from '../support/example-envoy.ts'
import type { JsonObject } from '../support/kube-apiserver.ts'
import { createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import {
  http1Request,
  type RequestLine,
  type RequestOptions,
  seenBy,
} from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { startHttp1Upstream, type Upstream } from '../support/upstream.ts'
import { values } from '../support/wire.ts'
import { bot, until } from './cluster.ts'
import { injectorEdits, injectorFile, startInjectingEnvoy } from './injecting-envoy.ts'
import { alice, type KubectlBed, startKubectlBed, transports, userInfoIn } from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

const impersonatorName = 'system:serviceaccount:attache:impersonator'
const publicPath = '/healthz'

/** Their first lines say each what they are. */
function withoutFirstLines(text: string): string {
  return text.slice(text.indexOf('# SDS wants a name'))
}

describe('examples/credential-injector', () => {
  it('is examples/envoy-http, and nothing else but what it adds', async () => {
    const blocks = await injectorEdits()
    const base = (await exampleConfig('http')).replace('            virtual_hosts:\n', '')
    assert.equal(
      withoutFirstLines(blocks.reduce(edit, base)),
      withoutFirstLines(await injectorFile('envoy.yaml')),
      'Change examples/credential-injector/envoy.yaml as examples/envoy-http/envoy.yaml was changed',
    )
  })

  it('has a configuration of Attaché that loads, and holds no token', () => {
    const file = new URL('../../examples/credential-injector/attache.yaml', import.meta.url)
    const { config } = loadConfig(fileURLToPath(file), {})
    assert.equal(config.impersonate.impersonator, undefined)
    assert.deepEqual(
      config.routes.map(({ access, identity }) => identity ?? access),
      ['public', 'impersonate', 'headers'],
    )
  })
})

// 1.36 has no prefix for the header.
for (const version of ['1.37.0', '1.40.0'] as const) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))

  describe(`a credential that Envoy ${version} adds`, {
    skip: programs.skip || binary.skip,
  }, () => {
    let bed: KubectlBed
    let folder: string
    let upstream: Upstream
    let gateways: Readonly<Record<(typeof transports)[number], Envoy>>
    before(async () => {
      bed = await startKubectlBed({
        programs: programs.get(),
        binary: binary.get(),
        sections: {
          impersonate: { credential: 'none' },
          routes: [
            { match: { paths: [publicPath] }, access: 'public' },
            { match: { hosts: ['localhost'] }, identity: 'impersonate', allowImpersonation: true },
            { identity: 'headers' },
          ],
        },
        auditRules: [{ level: 'Metadata' }],
      })
      folder = await mkdtemp(join(tmpdir(), 'attache-injector-'))
      await writeFile(join(folder, 'ca.crt'), bed.cluster.api.ca)
      await writeFile(
        join(folder, 'impersonator.yaml'),
        (await injectorFile('impersonator.yaml')).replace(
          '/var/run/secrets/attache/impersonator',
          folder,
        ),
      )
      await symlink('..data/token', join(folder, 'token'))
      await project(bed.impersonatorToken)
      upstream = await startHttp1Upstream()
      const start = async (transport: (typeof transports)[number]) =>
        startInjectingEnvoy({
          transport,
          binary: binary.get(),
          attachePort: bed.attache.ports[transport],
          upstreamPort: upstream.port,
          api: bed.cluster.api,
          folder,
        })
      gateways = { grpc: await start('grpc'), http: await start('http') }
    })
    after(async () => {
      await gateways.grpc.stop()
      await gateways.http.stop()
      await upstream.stop()
      await bed.stop()
      await rm(folder, { recursive: true })
    })

    let projections = 0
    /** As the kubelet replaces a projected token: all at once, by a link. */
    async function project(token: string): Promise<void> {
      projections += 1
      const data = join(folder, `..${projections}`)
      await mkdir(data)
      await writeFile(join(data, 'token'), token)
      await symlink(`..${projections}`, join(folder, '..data_tmp'))
      await rename(join(folder, '..data_tmp'), join(folder, '..data'))
    }

    const whoami = async (transport: (typeof transports)[number]) => {
      const through = gateways[transport]
      const args = ['auth', 'whoami', '--output=json']
      return bed.run(args, { who: alice, transport, host: 'acting', through })
    }

    async function send(transport: (typeof transports)[number], options: RequestOptions) {
      const tls = { ca: firstAuthority.ca }
      return http1Request(gateways[transport].port(), { tls, ...options })
    }

    async function eventsOf(path: string): Promise<readonly JsonObject[]> {
      const events = await bed.cluster.api.auditLog()
      return events.filter(
        ({ requestURI, stage }) => requestURI === path && stage === 'ResponseComplete',
      )
    }

    for (const transport of transports) {
      it(`makes the API server act as the user, over ${transport}`, async () => {
        const { stdout, stderr } = await whoami(transport)
        assert.equal(stderr, '')
        assert.partialDeepStrictEqual(userInfoIn(stdout), {
          username: alice.email,
          groups: [...alice.groups, 'system:authenticated'],
        })
        const event = (await eventsOf('/apis/authentication.k8s.io/v1/selfsubjectreviews')).at(-1)
        assert.partialDeepStrictEqual(event, {
          user: { username: impersonatorName },
          impersonatedUser: { username: alice.email },
        })
      })

      it(`takes the place of what a client sends, over ${transport}`, async () => {
        const token = await bed.issuer.mint({ ...alice })
        const path = `/version?replaced-${transport}`
        const headers: RequestLine[] = [`authorization: bearer ${token}`]
        const { status } = await send(transport, { host: 'localhost', path, headers })
        assert.equal(status, 200)
        const [event] = await eventsOf(path)
        assert.partialDeepStrictEqual(event, {
          user: { username: impersonatorName },
          impersonatedUser: { username: alice.email },
        })
        // What the API server would take, and Attaché does not, gets nowhere.
        const admin = [`Authorization: Bearer ${bed.cluster.api.adminToken}`]
        const refused = { host: 'localhost', path: `${path}-admin`, headers: admin }
        assert.equal((await send(transport, refused)).status, 401)
        assert.deepEqual(await eventsOf(`${path}-admin`), [])
      })

      it(`goes along on no other route, over ${transport}`, async () => {
        const token = await bed.issuer.mint({ ...alice })
        const headers = [`Authorization: Bearer ${token}`]
        const elsewhere = seenBy(await send(transport, { host: 'other.example', headers }))
        assert.deepEqual(values(elsewhere.lines, 'authorization'), [])
        assert.deepEqual(values(elsewhere.lines, 'x-forwarded-user'), [alice.email])
        const open = { host: 'other.example', path: publicPath }
        const theirs = seenBy(await send(transport, { ...open, headers }))
        assert.deepEqual(values(theirs.lines, 'authorization'), [`Bearer ${token}`])
        assert.deepEqual(values(seenBy(await send(transport, open)).lines, 'authorization'), [])
      })

      it(`goes along to no public path of the API server, over ${transport}`, async () => {
        const path = `${publicPath}?open-${transport}`
        const forged = ['Impersonate-User: admin', 'Impersonate-Group: system:masters']
        const { status } = await send(transport, { host: 'localhost', path, headers: forged })
        assert.equal(status, 200)
        const [event] = await eventsOf(path)
        assert.partialDeepStrictEqual(event, { user: { username: 'system:anonymous' } })
        assert.equal(event?.['impersonatedUser'], undefined)
      })
    }

    it('is the one of the file, also after that was replaced', async () => {
      const get = async (transport: (typeof transports)[number], path = '/version') => {
        const through = gateways[transport]
        const how = { who: alice, transport, host: 'acting' as const, through }
        return bed.run(['get', `--raw=${path}`], how)
      }
      const isRefused = async (why: RegExp) => {
        await until(async () => why.test((await get('http')).stderr))
        assert.match((await get('grpc')).stderr, why)
      }
      await project(await createToken(bed.cluster.api, bot))
      await isRefused(/User "system:serviceaccount:team:bot" cannot impersonate/)
      await project('')
      await isRefused(/^error: You must be logged in to the server/)
      // Envoy itself refuses: nothing of it gets to the API server.
      for (const transport of transports) {
        const path = `/version?nobody-${transport}`
        assert.notEqual((await get(transport, path)).code, 0)
        assert.deepEqual(await eventsOf(path), [])
      }
      await project(bed.impersonatorToken)
      await until(async () => (await get('http')).code === 0)
      assert.equal((await get('grpc')).code, 0)
    })
  })
}
