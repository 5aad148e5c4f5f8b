/** Tokens of a real cluster through Envoy and the whole service, on both transports. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createToken } from '../support/kube-objects.ts'
import { kubectl } from '../support/kubectl.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { bot, botName, type Cluster, opaqueToken, startCluster } from './cluster.ts'
import { credential, hosts, identityOf, platform, who } from './platform.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())
const transports = ['grpc', 'http'] as const

const reviews = [{ group: 'authentication.k8s.io', resources: ['tokenreviews'] }]
const auditRules = [{ level: 'Metadata', resources: reviews }, { level: 'None' }]

for (const validation of ['tokenReview', 'jwks'] as const) {
  describe(`a cluster's tokens with ${validation}`, { skip: programs.skip || binary.skip }, () => {
    let cluster: Cluster
    let service: Service
    let gateways: Readonly<Record<(typeof transports)[number], Gateway>>

    before(async () => {
      cluster = await startCluster(programs.get(), { auditRules })
      const { config, files } = platform({ clientHeaders: 'refuse' })
      const { server, certificateAuthorityFile, tokenFile } = cluster.kubernetes
      const kubernetes = { server: server.href, certificateAuthorityFile, tokenFile }
      service = await startService({
        config: { ...config, kubernetes, serviceAccounts: { validation } },
        files,
      })
      const shared = { checkPorts: service.attache.ports, binary: binary.get() }
      gateways = {
        grpc: await startGateway({ ...shared, transport: 'grpc' }),
        http: await startGateway({ ...shared, transport: 'http' }),
      }
    })
    after(async () => {
      await gateways.grpc.stop()
      await gateways.http.stop()
      await service.stop()
      await cluster.stop()
    })

    async function send(transport: (typeof transports)[number], host: string, token: string) {
      const headers = [['Authorization', `Bearer ${token}`]] as const
      return http1Request(gateways[transport].port, { host, headers })
    }

    const reviewsSoFar = async () =>
      (await cluster.api.auditLog()).filter(({ stage }) => stage === 'ResponseComplete').length

    for (const transport of transports) {
      it(`are what "kubectl create token" prints, over ${transport}`, async () => {
        const { url: server, ca, adminToken } = cluster.api
        const create = ['create', 'token', bot.name, `--namespace=${bot.namespace}`]
        const { stdout } = await kubectl(create, {
          binary: programs.get().kubectl,
          server,
          ca,
          token: adminToken,
        })
        const seen = seenBy(await send(transport, hosts.kubernetes, stdout.trim()))
        const [, ...identity] = identityOf(seen)
        assert.equal(identityOf(seen)[0], credential)
        assert.deepEqual(
          identity.map((line) => line.replace(/JTI=.*/, 'JTI=…')),
          [
            'impersonate-extra-authentication.kubernetes.io%2fcredential-id: JTI=…',
            'impersonate-group: system:serviceaccounts',
            'impersonate-group: system:serviceaccounts:team',
            `impersonate-uid: ${cluster.uids.get('team')}`,
            `impersonate-user: ${botName}`,
          ],
        )
      })

      it(`go on to the upstream over ${transport} where the route forwards them`, async () => {
        const token = await createToken(cluster.api, bot)
        const seen = seenBy(await send(transport, hosts.forward, token))
        assert.deepEqual(identityOf(seen), [`authorization: Bearer ${token}`])
      })

      it(`stand beside those of an issuer over ${transport}`, async () => {
        const token = await service.issuer.mint(who.alice.claims)
        const seen = seenBy(await send(transport, hosts.kubernetes, token))
        assert.deepEqual(identityOf(seen), who.alice.impersonation)
      })

      it(`may be opaque over ${transport}, where the API server is asked`, async () => {
        const { status } = await send(transport, hosts.kubeflow, opaqueToken)
        assert.equal(status, validation === 'tokenReview' ? 200 : 401)
      })

      it(`are refused over ${transport} when they are no good`, async () => {
        const token = await createToken(cluster.api, bot)
        const elsewhere = await createToken(cluster.api, bot, { audiences: ['vault'] })
        for (const bad of ['junk', elsewhere, `${token.slice(0, -6)}AAAAAA`]) {
          assert.equal((await send(transport, hosts.kubernetes, bad)).status, 401)
        }
      })

      it(`are never reviewed over ${transport} when their issuer is configured`, async () => {
        const good = await service.issuer.mint(who.alice.claims)
        const reviewed = await reviewsSoFar()
        assert.equal(reviewed > 0, validation === 'tokenReview')
        const bad = [
          `${good.slice(0, -6)}AAAAAA`,
          await service.issuer.mint(who.alice.claims, { validSeconds: -60 }),
          await service.issuer.mint(who.alice.claims, { audience: 'another' }),
        ]
        for (const token of bad) {
          assert.equal((await send(transport, hosts.kubernetes, token)).status, 401)
        }
        assert.equal(await reviewsSoFar(), reviewed)
      })
    }

    it('are quiet in the log when they are good, and never in it', async () => {
      const token = await createToken(cluster.api, bot)
      const logged = service.attache.logLines().length
      for (const transport of transports) await send(transport, hosts.kubernetes, token)
      const lines = service.attache.logLines().slice(logged)
      assert.deepEqual(
        lines.filter(({ level }) => typeof level === 'number' && level > 30),
        [],
      )
      const output = service.attache.output()
      for (const secret of token.split('.')) assert.ok(!output.includes(secret))
      assert.ok(!output.includes(opaqueToken))
    })

    it('are unavailable, not refused, while the API server is away, and heal', async () => {
      const token = await createToken(cluster.api, bot)
      await cluster.api.halt()
      const meanwhile = await Promise.all(
        transports.map(
          async (transport) => (await send(transport, hosts.kubernetes, token)).status,
        ),
      )
      assert.deepEqual(meanwhile, validation === 'tokenReview' ? [503, 403] : [200, 200])
      await cluster.api.resume()
      const fresh = await createToken(cluster.api, bot)
      for (const transport of transports) {
        assert.equal((await send(transport, hosts.kubernetes, fresh)).status, 200)
      }
    })
  })
}
