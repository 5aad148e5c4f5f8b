/** A proxy in front of Envoy names users in headers, over mutual TLS. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { authority, certificate, cn, type Issued } from '../support/certificates.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, type RequestLine, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { values } from '../support/wire.ts'
import { mutualTls, showing } from './mutual-tls.ts'
import { credential, hosts, identityOf, platform } from './platform.ts'

const ca = authority('front proxies')
const proxy = certificate({ name: [[cn, 'front-proxy']], issuer: ca })
const other = certificate({ name: [[cn, 'somebody else']], issuer: ca })
const stranger = certificate({ name: [[cn, 'front-proxy']], issuer: authority('front proxies') })

const user: RequestLine = ['X-Remote-User', 'alice']
const latin1 = (text: string) => Buffer.from(text).toString('latin1')
const binary = await part('Envoy', async () => envoy())

for (const { transport, source } of [
  { transport: 'grpc', source: 'checkRequest' },
  { transport: 'http', source: 'xfcc' },
] as const) {
  describe(`a front proxy over ${transport} by ${source}`, { skip: binary.skip }, () => {
    let service: Service
    let gateway: Gateway
    let bare: Gateway

    before(async () => {
      const { config, files } = platform({ clientHeaders: 'refuse' })
      service = await startService({
        config: {
          ...config,
          frontProxy: { source, clientCAFile: 'proxies.crt', allowedNames: ['front-proxy'] },
        },
        files: { ...files, 'proxies.crt': ca.pem },
      })
      const edits = mutualTls({ transport })
      const shared = { transport, checkPorts: service.attache.ports, binary: binary.get() }
      gateway = await startGateway({ ...shared, edits })
      // The pre-filter whose table nobody has edited.
      bare = await startGateway({
        ...shared,
        edits: edits.filter(([from]) => !from.includes('imp')),
      })
    })
    after(async () => {
      await gateway.stop()
      await bare.stop()
      await service.stop()
    })

    const ask = async (
      client: Issued | undefined,
      headers: readonly RequestLine[],
      { host, port }: { readonly host?: string; readonly port?: number } = {},
    ) =>
      http1Request(port ?? gateway.port, {
        host: host ?? hosts.kubernetes,
        headers,
        tls: showing(client),
      })

    it('is believed, line by line and byte by byte', async () => {
      const groups = ['dev', 'a,b', '', 'CN=x,OU=y', 'a%2Cb', '"q"', 'Öl', '組', 'a  b', 'dev']
      const seen = seenBy(
        await ask(proxy, [
          user,
          ...groups.map((group): RequestLine => ['X-Remote-Group', latin1(group)]),
          ['X-Remote-Uid', '42'],
          ['X-Remote-Extra-Scopes', 'a,b'],
          ['X-Remote-Extra-Scopes', 'c'],
          ['X-Remote-Extra-Acme.com%2Fx', 'y'],
        ]),
      )
      assert.deepEqual(
        values(seen.lines, 'impersonate-group'),
        groups.filter((group) => group !== ''),
      )
      assert.deepEqual(
        identityOf(seen).filter((line) => !line.startsWith('impersonate-group')),
        [
          credential,
          'impersonate-extra-acme.com%2fx: y',
          'impersonate-extra-scopes: a,b',
          'impersonate-extra-scopes: c',
          'impersonate-uid: 42',
          'impersonate-user: alice',
        ],
      )
    })

    it('sends none of its headers upstream', async () => {
      const lines: readonly RequestLine[] = [
        user,
        ['X-Remote-Group', 'dev'],
        ['X-Remote-Extra-A', 'b'],
      ]
      for (const host of [hosts.other, hosts.kubernetes, hosts.kubeflow]) {
        const seen = seenBy(await ask(proxy, lines, { host }))
        assert.deepEqual(
          seen.lines.filter((line) => /remote|attache/i.test(line)),
          [],
        )
      }
    })

    const unbelieved: readonly { readonly what: string; readonly client: Issued | undefined }[] = [
      { what: 'nobody', client: undefined },
      { what: 'one with another name', client: other },
      { what: 'one of another CA', client: stranger },
    ]
    for (const { what, client } of unbelieved) {
      it(`is not ${what}`, async () => {
        assert.equal((await ask(client, [user])).status, 401)
        const renamed: RequestLine = ['X-Attache-Requested-X-Remote-User', 'alice']
        assert.equal((await ask(client, [renamed])).status, 401)
      })
    }

    it('names nobody without a user, and with names that only look like its own', async () => {
      const lines: readonly RequestLine[] = [
        ['X-Remote-Group', 'system:masters'],
        ['X-Attache-Requested-X-Remote-User', 'root'],
        ['X-Remote-Users', 'root'],
      ]
      for (const line of lines) assert.equal((await ask(proxy, [line])).status, 401)
      const seen = seenBy(await ask(proxy, [user, ...lines.slice(1)]))
      assert.deepEqual(values(seen.lines, 'impersonate-user'), ['alice'])
    })

    it('cannot name a user in bytes that are no text', async () => {
      assert.equal((await ask(proxy, [['X-Remote-User', 'J\xfcrgen']])).status, 401)
      const group: RequestLine = ['X-Remote-Group', 'J\xfcrgen']
      assert.equal((await ask(proxy, [user, group])).status, 401)
    })

    it('is nobody while the pre-filter does not know its headers', async () => {
      const found = await ask(proxy, [user], { port: bare.port })
      assert.equal(found.status, 401)
    })

    it('does not stop a token that it carries on', async () => {
      const token = await service.issuer.mint({ email: 'dave@example.com', groups: [] })
      const bearer: RequestLine = ['Authorization', `Bearer ${token}`]
      const seen = seenBy(await ask(proxy, [bearer]))
      assert.deepEqual(values(seen.lines, 'impersonate-user'), ['dave@example.com'])
      const both = seenBy(await ask(proxy, [bearer, user]))
      assert.deepEqual(values(both.lines, 'impersonate-user'), ['alice'])
    })
  })
}
