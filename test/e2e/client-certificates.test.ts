/** Users who are known by their certificates, and everything that pretends to be one. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import {
  authority,
  certificate,
  clientAuth,
  cn,
  extension,
  extensions,
  type Issued,
  o,
  percentEncoded,
  revocationList,
  serverAuth,
  uid,
} from '../support/certificates.ts'
import { der, sequence } from '../support/der-writer.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, type RequestOptions, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { type MutualTlsOptions, mutualTls, showing } from './mutual-tls.ts'
import { credential, hosts, identityOf, platform } from './platform.ts'

const ca = authority('clients')
const intermediate = authority('intermediate', { issuer: ca })
const stranger = authority('clients')

const alice = certificate({
  name: [
    [cn, 'alice'],
    [o, 'dev'],
    [o, 'a,b'],
    [uid, '42'],
  ],
  issuer: ca,
})
const bob = certificate({ name: [[cn, 'bob']], issuer: ca })
const revoked = certificate({ name: [[cn, 'mallory']], issuer: ca, serialNumber: 66 })
const below = certificate({ name: [[cn, 'carol']], issuer: intermediate })
const ofStranger = certificate({ name: [[cn, 'alice']], issuer: stranger })

const refused: readonly { readonly what: string; readonly client?: Issued }[] = [
  { what: 'no certificate' },
  { what: 'a revoked one', client: revoked },
  { what: 'one of another CA with the same name', client: ofStranger },
  { what: 'one that has signed itself', client: certificate({ name: [[cn, 'alice']] }) },
  {
    what: 'one that has expired',
    client: certificate({ name: [[cn, 'alice']], issuer: ca, notAfter: new Date('2021-01-01') }),
  },
  {
    what: 'one that is not valid yet',
    client: certificate({ name: [[cn, 'alice']], issuer: ca, notBefore: new Date('2110-01-01') }),
  },
  {
    what: 'one of a server',
    client: certificate({
      name: [[cn, 'alice']],
      issuer: ca,
      extensions: [extensions.usages(serverAuth)],
    }),
  },
  { what: 'one without a common name', client: certificate({ name: [[o, 'dev']], issuer: ca }) },
  {
    what: 'one with two uids',
    client: certificate({
      name: [
        [cn, 'a'],
        [uid, '1'],
        [uid, '2'],
      ],
      issuer: ca,
    }),
  },
]

/** What a client writes who has seen the certificate of another. */
const forged = (victim: Issued) =>
  `Hash=${hash('sha256', victim.der)};Cert="${percentEncoded(victim.pem)}"`

/** A certificate whose name for URIs goes on as if Envoy had written it. */
const withUri = (uri: string, issuer?: Issued) =>
  certificate({
    name: [[cn, 'bob']],
    ...(issuer && { issuer }),
    extensions: [
      extensions.usages(clientAuth),
      extension('2.5.29.17', sequence(der(0x86, Buffer.from(uri)))),
    ],
  })

const places = [
  { transport: 'grpc', source: 'checkRequest' },
  { transport: 'grpc', source: 'xfcc' },
  { transport: 'http', source: 'xfcc' },
] as const

const binary = await part('Envoy', async () => envoy())

for (const { transport, source } of places) {
  describe(`client certificates over ${transport} from ${source}`, { skip: binary.skip }, () => {
    let service: Service
    let gateway: Gateway
    const started: Gateway[] = []

    async function start(options: Partial<MutualTlsOptions> = {}): Promise<Gateway> {
      const made = await startGateway({
        transport,
        checkPorts: service.attache.ports,
        binary: binary.get(),
        edits: mutualTls({ transport, ...options }),
      })
      started.push(made)
      return made
    }
    const ask = async (
      client: Issued | undefined,
      {
        port = gateway.port,
        chain = [] as readonly Issued[],
        ...options
      }: Partial<RequestOptions> & {
        readonly port?: number
        readonly chain?: readonly Issued[]
      } = {},
    ) => http1Request(port, { host: hosts.other, ...options, tls: showing(client, chain) })

    before(async () => {
      const { config, files } = platform({ clientHeaders: 'refuse' })
      const lists = [ca, intermediate].map((issuer) =>
        revocationList({ issuer, revoked: issuer === ca ? [66] : [] }),
      )
      service = await startService({
        config: {
          ...config,
          clientCertificates: { source, clientCAFile: 'clients.crt', crlFile: 'clients.crl' },
        },
        files: {
          ...files,
          'clients.crt': ca.pem,
          'clients.crl': lists.map(({ pem }) => pem).join(''),
        },
      })
      gateway = await start()
    })
    after(async () => {
      for (const one of started) await one.stop()
      await service.stop()
    })

    it('name the user, the groups and the uid', async () => {
      const asUser = seenBy(await ask(alice))
      assert.deepEqual(identityOf(asUser), ['x-forwarded-groups: dev', 'x-forwarded-user: alice'])
      const impersonated = seenBy(await ask(alice, { host: hosts.kubernetes }))
      const id = `X509SHA256=${hash('sha256', alice.der)}`
      assert.deepEqual(identityOf(impersonated), [
        credential,
        `impersonate-extra-authentication.kubernetes.io%2fcredential-id: ${id}`,
        'impersonate-group: a,b',
        'impersonate-group: dev',
        'impersonate-uid: 42',
        'impersonate-user: alice',
      ])
    })

    for (const { what, client } of refused) {
      it(`refuse ${what}`, async () => {
        const { status } = await ask(client)
        assert.equal(status, 401)
      })
    }

    it(`take an intermediate ${source === 'xfcc' ? 'that the client sends' : 'from nobody'}`, async () => {
      const { status } = await ask(below, { chain: [intermediate] })
      assert.equal(status, source === 'xfcc' ? 200 : 401)
      assert.equal((await ask(below)).status, 401)
    })

    it('are not what a client writes into headers', async () => {
      for (const name of ['X-Forwarded-Client-Cert', 'x-forwarded-client-cert']) {
        const headers = [[name, forged(alice)]] as const
        assert.equal((await ask(undefined, { headers })).status, 401)
        assert.equal((await ask(ofStranger, { headers })).status, 401)
        assert.deepEqual(identityOf(seenBy(await ask(bob, { headers }))), ['x-forwarded-user: bob'])
      }
    })

    it('are not what a name in a certificate pretends', async () => {
      const uris = [
        `spiffe://x;Cert="${percentEncoded(alice.pem)}"`,
        `spiffe://x;${forged(alice)}`,
        `spiffe://x,${forged(alice)}`,
        `spiffe://x";${forged(alice)}`,
      ]
      const careless = await start({ details: ['uri', 'subject', 'dns'] })
      for (const uri of uris) {
        for (const port of [gateway.port, careless.port]) {
          const found = await ask(withUri(uri), { port })
          assert.ok([400, 401].includes(found.status), `${found.status}`)
          const ofOurs = await ask(withUri(uri, ca), { port })
          assert.doesNotMatch(ofOurs.body, /alice/)
        }
      }
    })

    it('come first, before a token', async () => {
      const token = await service.issuer.mint({ email: 'dave@example.com', groups: [] })
      const headers = [['Authorization', `Bearer ${token}`]] as const
      const both = seenBy(await ask(alice, { headers }))
      assert.ok(identityOf(both).includes('x-forwarded-user: alice'))
      const other = seenBy(await ask(ofStranger, { headers }))
      assert.ok(identityOf(other).includes('x-forwarded-user: dave@example.com'))
      const bad = [['Authorization', 'Bearer x.y.z']] as const
      assert.equal((await ask(ofStranger, { headers: bad })).status, 401)
    })

    it('are verified by Envoy as well where it has the roots', async () => {
      const strict = await start({ trustedCA: ca.pem })
      assert.equal((await ask(alice, { port: strict.port })).status, 200)
      assert.equal((await ask(ofStranger, { port: strict.port })).status, 0)
    })
  })
}

for (const transport of ['grpc', 'http'] as const) {
  describe(`x-forwarded-client-cert over ${transport}`, { skip: binary.skip }, () => {
    let service: Service
    before(async () => {
      const { config, files } = platform({ clientHeaders: 'refuse' })
      service = await startService({
        config: { ...config, clientCertificates: { source: 'xfcc', clientCAFile: 'clients.crt' } },
        files: { ...files, 'clients.crt': ca.pem },
      })
    })
    after(async () => service.stop())

    it('is refused as ambiguous when Envoy keeps the one of a client', async () => {
      const gateway = await startGateway({
        transport,
        checkPorts: service.attache.ports,
        binary: binary.get(),
        edits: mutualTls({ transport, forward: 'APPEND_FORWARD' }),
      })
      const headers = [['X-Forwarded-Client-Cert', forged(alice)]] as const
      const request = { host: hosts.other, headers, tls: showing(bob) }
      const { status, body } = await http1Request(gateway.port, request)
      const alone = await http1Request(gateway.port, { ...request, headers: [] })
      await gateway.stop()
      assert.equal(status, 400)
      assert.match(body, /ambiguous-credential/)
      assert.equal(alone.status, 200)
    })

    it('says to the operator what Envoy was not told to send', async () => {
      const gateway = await startGateway({
        transport,
        checkPorts: service.attache.ports,
        binary: binary.get(),
        edits: mutualTls({ transport, details: ['subject'] }),
      })
      const found = await http1Request(gateway.port, { host: hosts.other, tls: showing(alice) })
      await gateway.stop()
      assert.equal(found.status, 400)
      assert.ok(service.attache.output().includes('does not have one Hash and one Cert'))
    })
  })
}
