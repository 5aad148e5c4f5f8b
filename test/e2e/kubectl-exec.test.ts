/** What kubectl does over an upgraded connection, as the user, in both protocols that it speaks. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { firstAuthority } from '../support/authorities.ts'
import { type Kubelet, kubeletProgram, runPod, startKubelet } from '../support/kubelet.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { http1Bytes, openTunnel } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { readBytes, values } from '../support/wire.ts'
import { until } from './cluster.ts'
import { alice, bob, hosts, type KubectlBed, startKubectlBed, transports } from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const kubeletBinary = await part('kubelet', kubeletProgram)
const binary = await part('Envoy', async () => envoy())

const pod = { namespace: 'team', name: 'web' }

/** What kubectl is told, and the verb that the API server's audit log has for it then. */
const protocols = [
  { protocol: 'WebSocket', verb: 'get', env: {} },
  {
    protocol: 'SPDY/3.1',
    verb: 'create',
    env: {
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false',
      KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false',
    },
  },
] as const

describe('kubectl into a pod, behind the gateway', {
  skip: programs.skip || binary.skip || kubeletBinary.skip,
}, () => {
  let bed: KubectlBed
  let kubelet: Kubelet
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attache-copied-'))
    kubelet = await startKubelet(kubeletBinary.get())
    bed = await startKubectlBed({
      programs: programs.get(),
      binary: binary.get(),
      flags: kubelet.flags,
      auditRules: [{ level: 'Metadata' }],
    })
    await runPod(bed.cluster.api, pod, kubelet)
  })
  after(async () => {
    await bed.stop()
    await kubelet.stop()
    await rm(folder, { recursive: true })
  })

  /** Waits until the API server says that it has switched the protocol for alice. */
  async function upgraded(subresource: string, verb: string, count: number): Promise<void> {
    await until(async () => (await upgrades(subresource, verb)) > count)
  }
  async function upgrades(subresource: string, verb: string): Promise<number> {
    const events = await bed.cluster.api.auditLog()
    return events.filter((event) => {
      const text = JSON.stringify(event)
      return (
        event['verb'] === verb &&
        text.includes(`"subresource":"${subresource}"`) &&
        text.includes('"code":101') &&
        text.includes(`"impersonatedUser":{"username":"${alice.email}"`)
      )
    }).length
  }

  for (const transport of transports) {
    for (const { protocol, verb, env } of protocols) {
      const caller = { who: alice, transport, env }
      const team = '--namespace=team'

      it(`runs a command over ${transport} and ${protocol}`, async () => {
        const earlier = await upgrades('exec', verb)
        const script = 'cat; echo aside >&2; exit 7'
        const input = 'x'.repeat(100_000)
        const exec = ['exec', team, '--stdin', 'web', '--', 'sh', '-c', script]
        const { code, stdout, stderr } = await bed.run(exec, { ...caller, input })
        assert.equal(stdout, input)
        assert.equal(stderr, 'aside\ncommand terminated with exit code 7\n')
        assert.equal(code, 7)
        await upgraded('exec', verb, earlier)
      })

      it(`attaches over ${transport} and ${protocol}`, async () => {
        const earlier = await upgrades('attach', verb)
        const attach = ['attach', team, '--stdin', '--quiet', 'web']
        const { stdout } = await bed.run(attach, { ...caller, input: 'hello' })
        assert.equal(stdout, 'attached to main\nhello')
        await upgraded('attach', verb, earlier)
      })

      it(`copies there and back over ${transport} and ${protocol}`, async () => {
        const text = `over ${transport} and ${protocol}`
        await writeFile(join(folder, 'here'), text)
        const there = `team/web:${join(kubelet.folder, 'there')}`
        for (const [from, to] of [
          [join(folder, 'here'), there],
          [there, join(folder, 'back')],
        ] as const) {
          const { code, stderr } = await bed.run(['cp', from, to], caller)
          assert.equal(code, 0, stderr)
        }
        assert.equal(await readFile(join(folder, 'back'), 'utf8'), text)
      })

      it(`forwards a port over ${transport} and ${protocol}`, async () => {
        const earlier = await upgrades('portforward', verb)
        const forward = await bed.start(['port-forward', team, 'pod/web', ':8080'], caller)
        const port = () =>
          /^Forwarding from 127\.0\.0\.1:(\d+) -> 8080$/m.exec(forward.stdout())?.[1]
        await until(async () => port() !== undefined)
        const socket = connect(Number(port()), '127.0.0.1')
        const reader = readBytes(socket)
        assert.equal(await reader.some(), 'port 8080\n')
        socket.write('ping')
        assert.equal(await reader.some(), 'ping')
        socket.destroy()
        await upgraded('portforward', verb, earlier)
        await forward.stop()
      })
    }

    it(`follows logs over ${transport} as they are written`, async () => {
      const logs = await bed.start(['logs', '--namespace=team', '--follow', 'web'], {
        who: alice,
        transport,
      })
      for (const line of ['line 1 of main\n', 'line 5 of main\n']) {
        await until(async () => logs.stdout().includes(line))
      }
      assert.equal(logs.exit(), undefined)
      await logs.stop()
    })

    it(`takes the token of a browser over ${transport} among the subprotocols`, async () => {
      const token = Buffer.from(await bed.issuer.mint({ ...alice })).toString('base64url')
      const bearer = `base64url.bearer.authorization.k8s.io.${token}`
      const open = async (...headers: readonly string[]) => {
        const tunnel = await openTunnel(bed.gateways[transport].port(), {
          host: hosts.plain,
          path: '/api/v1/namespaces/team/pods/web/exec?command=id&stdout=true',
          headers: [
            ...headers,
            'Upgrade: websocket',
            'Sec-WebSocket-Version: 13',
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
            `Sec-WebSocket-Protocol: ${bearer}, v5.channel.k8s.io`,
          ],
          tls: { ca: firstAuthority.ca },
        })
        tunnel.close()
        return tunnel.response
      }
      const earlier = await upgrades('exec', 'get')
      const { status, lines } = await open('Connection: Upgrade')
      assert.equal(status, 101)
      assert.deepEqual(values(lines, 'sec-websocket-protocol'), ['v5.channel.k8s.io'])
      await upgraded('exec', 'get', earlier)
      const hidden = await open('Connection: Upgrade, Impersonate-User, Impersonate-Group')
      assert.equal(hidden.status, 400)
      assert.match(hidden.body, /"kind":"Status".*Connection header not accepted/)
    })

    for (const upgrade of [
      ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io'],
    ]) {
      it(`is no tunnel over ${transport} when the API server refuses: ${upgrade[1]}`, async () => {
        const authorization = `Authorization: Bearer ${await bed.issuer.mint({ ...bob })}`
        const exec = '/api/v1/namespaces/team/pods/web/exec?command=id&stdout=true'
        const tunnel = await openTunnel(bed.gateways[transport].port(), {
          host: hosts.plain,
          path: exec,
          headers: [authorization, ...upgrade, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
          tls: { ca: firstAuthority.ca },
        })
        assert.equal(tunnel.response.status, 403)
        assert.match(tunnel.response.body, /User \\"bob@example\.com\\" cannot get resource/)
        // What would follow in a tunnel reaches no upstream, and as a request it is checked by itself.
        const path = '/api/v1/namespaces/kube-system/secrets'
        const next = await tunnel.exchange(http1Bytes({ host: hosts.plain, path }).toString())
        tunnel.close()
        assert.match(next, /^$|^HTTP\/1\.1 401 /)
        const events = await bed.cluster.api.auditLog()
        assert.ok(!events.some(({ requestURI }) => requestURI === path))
        // Nor does the connection behind Envoy carry anything of it to whoever comes next.
        const whoami = ['auth', 'whoami', '--output=jsonpath={.status.userInfo.username}']
        assert.equal((await bed.run(whoami, { who: alice, transport })).stdout, alice.email)
      })
    }
  }
})
