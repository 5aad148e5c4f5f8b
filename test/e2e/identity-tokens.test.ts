/**
 * Whatever somebody has signed in with, a mesh trusts one issuer: Envoy's own jwt_authn stands behind the check,
 * with the keys that Attaché publishes.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { hashSync } from 'bcryptjs'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { startAttache } from '../support/attache.ts'
import { authority, certificate, cn, o } from '../support/certificates.ts'
import type { Edit } from '../support/example-envoy.ts'
import { createGatewayBrowser, signInFrom } from '../support/gateway-browser.ts'
import { createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, type RequestOptions, seenBy } from '../support/raw-client.ts'
import { part, skipWithout } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { values } from '../support/wire.ts'
import { bot, botName, type Cluster, startCluster, until } from './cluster.ts'
import { mutualTls, showing } from './mutual-tls.ts'

const binary = await part('Envoy', async () => envoy())
const programs = await part('kube-apiserver', kubernetesPrograms)
const skip = skipWithout(binary, programs)

const host = 'platform.example'
const issuer = 'http://attache.attache.svc.cluster.local:8082'
const clientSecret = 'a secret of tests alone'
const claims = { email: 'alice@example.com', email_verified: true, groups: ['dev', 'a,b', 'Öl'] }

const ca = authority('clients')
const carol = certificate({
  name: [
    [cn, 'carol'],
    [o, 'dev'],
    [o, 'a,b'],
  ],
  issuer: ca,
})

const key = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pemOf = (one: KeyObject) => one.export({ type: 'pkcs8', format: 'pem' }).toString()
const oldKey = key()
const newKey = key()
const jwkSet = JSON.stringify({
  keys: [{ ...oldKey.export({ format: 'jwk' }), kid: 'made by hand' }],
})

const bearer = (token: string): RequestOptions => ({
  headers: [['authorization', `Bearer ${token}`]],
})

const places = [
  { transport: 'grpc', source: 'checkRequest' },
  { transport: 'http', source: 'xfcc' },
] as const

/** Envoy's jwt_authn in front of everything but the tenants' paths: no other issuer, no other audience. */
function trustingAttache(pagesPort: number): readonly Edit[] {
  const type = 'type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication'
  const uri = `http://127.0.0.1:${pagesPort}/.well-known/jwks.json`
  const remote = { http_uri: { uri, cluster: 'keys', timeout: '5s' }, cache_duration: '1s' }
  const provider = { issuer, audiences: ['mesh'], forward: true, remote_jwks: remote }
  const filter = {
    name: 'envoy.filters.http.jwt_authn',
    typed_config: {
      '@type': type,
      providers: { attache: provider },
      rules: [
        { match: { prefix: '/tenant' } },
        { match: { prefix: '/oauth2' } },
        { match: { prefix: '/' }, requires: { provider_name: 'attache' } },
      ],
    },
  }
  const address = { socket_address: { address: '127.0.0.1', port_value: pagesPort } }
  const cluster = {
    name: 'keys',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 'keys',
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  }
  const router = '          - name: envoy.filters.http.router\n'
  return [
    [router, `          - ${JSON.stringify(filter)}\n${router}`],
    ['  clusters:\n', `  clusters:\n  - ${JSON.stringify(cluster)}\n`],
  ]
}

describe('identity tokens', { skip, concurrency: true }, () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(programs.get())
  })
  after(async () => cluster.stop())

  for (const { transport, source } of places) {
    describe(`over ${transport}`, () => {
      let service: Service
      let gateway: Gateway

      before(async () => {
        const { server, certificateAuthorityFile, tokenFile } = cluster.kubernetes
        const externalURL = new URL(`https://${host}`)
        service = await startService({
          listen: { pages: '127.0.0.1:0' },
          issuer: {
            clientSecret,
            externalURL,
            people: [{ login: 'alice', claims }],
          },
          config: (url) => ({
            kubernetes: { server: server.href, certificateAuthorityFile, tokenFile },
            serviceAccounts: { validation: 'tokenReview' },
            clientCertificates: { source, clientCAFile: 'clients.crt' },
            basic: { htpasswdFile: 'htpasswd', usersFile: 'users.yaml' },
            signIn: {
              externalURL: externalURL.origin,
              providers: [
                {
                  id: 'provider',
                  issuer: url,
                  clientID: 'platform',
                  clientSecretFile: 'client-secret',
                  scopes: ['openid', 'email', 'groups'],
                },
              ],
            },
            session: { keysFile: 'session-keys' },
            routes: [
              { match: { paths: ['/tenant/*'] }, identity: 'kubeflow' },
              { identity: 'kubeflow', authorization: 'identityToken' },
            ],
            identityToken: { issuer, audience: 'mesh', keysFile: 'identity-keys' },
          }),
          files: {
            'clients.crt': ca.pem,
            'client-secret': clientSecret,
            'session-keys': randomBytes(32).toString('base64'),
            'identity-keys': jwkSet,
            htpasswd: `bob:${hashSync('pass:bob', 4)}\n`,
            'users.yaml': 'bob: { name: bob@example.com, groups: [dev, "a,b"] }\n',
          },
        })
        gateway = await startGateway({
          transport,
          checkPorts: service.attache.ports,
          binary: binary.get(),
          edits: [...mutualTls({ transport }), ...trustingAttache(service.attache.ports.pages)],
        })
      })
      after(async () => {
        await gateway.stop()
        await service.stop()
      })

      const ask = async (options: RequestOptions) =>
        http1Request(gateway.port, { host, tls: showing(), ...options })
      /** A cookie of a session, beside one of the application. */
      const signedIn = async (): Promise<string> => {
        const browser = createGatewayBrowser(gateway.port, host, showing())
        const provider = service.issuer.newBrowser()
        await signInFrom(browser, { provider, path: '/oauth2/start?rd=/' })
        const cookies = [...browser.jar()].map((pair) => pair.join('='))
        return ['app=1', ...cookies].join('; ')
      }

      interface Kind {
        readonly what: string
        /** The request, and what of it no upstream may see. */
        readonly credential: () => Promise<{ options: RequestOptions; secret: string | undefined }>
        readonly sub: string
        readonly groups: readonly string[]
        readonly email?: string
      }
      const kinds: readonly Kind[] = [
        {
          what: 'a session',
          credential: async () => {
            const cookie = await signedIn()
            const [, secret] = /__Host-attache=([^;]+)/.exec(cookie) ?? []
            return { options: { headers: [['cookie', cookie]] }, secret }
          },
          sub: claims.email,
          groups: claims.groups,
          email: claims.email,
        },
        {
          what: "the provider's own token",
          credential: async () => {
            const secret = await service.issuer.mint(claims)
            return { options: bearer(secret), secret }
          },
          sub: claims.email,
          groups: claims.groups,
          email: claims.email,
        },
        {
          what: "a ServiceAccount's token",
          credential: async () => {
            const secret = await createToken(cluster.api, bot)
            return { options: bearer(secret), secret }
          },
          sub: botName,
          groups: ['system:serviceaccounts', 'system:serviceaccounts:team'],
        },
        {
          what: 'a certificate',
          credential: async () => ({ options: { tls: showing(carol) }, secret: undefined }),
          sub: 'carol',
          groups: ['dev', 'a,b'],
        },
        {
          what: 'a password',
          credential: async () => {
            const secret = Buffer.from('bob:pass:bob').toString('base64')
            return { options: { headers: [['authorization', `Basic ${secret}`]] }, secret }
          },
          sub: 'bob@example.com',
          groups: ['dev', 'a,b'],
        },
      ]

      for (const { what, credential, sub, groups, email } of kinds) {
        it(`say who it is by ${what}, with the groups as a list`, async () => {
          const { options, secret } = await credential()
          const seen = seenBy(await ask({ ...options, path: '/pipeline/x' }))
          const lines = values(seen.lines, 'authorization')
          assert.equal(lines.length, 1)
          const token = lines[0]?.replace('Bearer ', '') ?? ''
          const { iat = 0, exp = 0, ...said } = decodeJwt(token)
          const own = { iss: issuer, aud: 'mesh', sub, groups }
          assert.deepEqual(said, email === undefined ? own : { ...own, email })
          assert.ok(exp - iat <= 300 && exp * 1000 > Date.now())
          assert.ok(!seen.lines.some((line) => secret !== undefined && line.includes(secret)))
          assert.ok(values(seen.lines, 'cookie').every((cookie) => cookie === 'app=1'))
        })

        it(`do not reach tenants, nor does ${what}`, async () => {
          const { options, secret } = await credential()
          const seen = seenBy(await ask({ ...options, path: '/tenant/x' }))
          assert.deepEqual(values(seen.lines, 'authorization'), [])
          assert.deepEqual(values(seen.lines, 'kubeflow-userid'), [sub])
          assert.ok(!seen.lines.some((line) => /eyJ|x-attache/i.test(line)))
          assert.ok(!seen.lines.some((line) => secret !== undefined && line.includes(secret)))
          assert.ok(values(seen.lines, 'cookie').every((cookie) => cookie === 'app=1'))
        })
      }

      it('are no credential here, whoever has got hold of one', async () => {
        const seen = seenBy(await ask(bearer(await service.issuer.mint(claims))))
        const [line = ''] = values(seen.lines, 'authorization')
        assert.equal((await ask({ headers: [['authorization', line]] })).status, 401)
        assert.equal(
          (await ask({ path: '/tenant/x', headers: [['authorization', line]] })).status,
          401,
        )
      })

      it('are not cut: whose groups do not fit is refused', async () => {
        const many = Array.from({ length: 400 }, (_, n) => `group-with-a-long-name-${n}`)
        const token = await service.issuer.mint({ ...claims, groups: many })
        const path = '/many-groups'
        assert.equal((await ask({ ...bearer(token), path })).status, 403)
        assert.ok(gateway.upstream.seen.every((seen) => seen.path !== path))
      })

      it('go on through a rotation from a JWK to PEM, and none is refused', async () => {
        const { folder, ports } = service.attache
        const token = await service.issuer.mint(claims)
        const asked = async () => {
          const seen = seenBy(await ask(bearer(token)))
          const [line = ''] = values(seen.lines, 'authorization')
          return decodeProtectedHeader(line.replace('Bearer ', '')).kid
        }
        const published = async () => {
          const response = await fetch(`http://127.0.0.1:${ports.pages}/.well-known/jwks.json`)
          const read: (text: string) => { keys: { kid: string }[] } = JSON.parse
          return read(await response.text()).keys.map(({ kid }) => kid)
        }
        const steps = [`${jwkSet}\n${pemOf(newKey)}`, `${pemOf(newKey)}${jwkSet}\n`, pemOf(newKey)]
        assert.equal(await asked(), 'made by hand')
        await writeFile(join(folder, 'identity-keys'), steps[0] ?? '')
        await until(async () => (await published()).length === 2)
        const [, name] = await published()
        assert.equal(await asked(), 'made by hand')
        // What a mesh has fetched it keeps for a while.
        await delay(1_100)
        await writeFile(join(folder, 'identity-keys'), steps[1] ?? '')
        await until(async () => (await asked()) === name)
        await writeFile(join(folder, 'identity-keys'), steps[2] ?? '')
        await until(async () => (await published()).length === 1)
        await delay(1_100)
        assert.equal(await asked(), name)
      })
    })
  }
})

describe('the keys of identity tokens', () => {
  it('are published before anything else is ready, so that a mesh which starts at the same time has them', async () => {
    const absent = 'http://127.0.0.1:1'
    const attache = await startAttache({
      listen: { pages: '127.0.0.1:0' },
      config: {
        insecureIssuers: [absent],
        authentication: {
          apiVersion: 'apiserver.config.k8s.io/v1',
          kind: 'AuthenticationConfiguration',
          jwt: [
            {
              issuer: { url: absent, audiences: ['platform'] },
              claimMappings: { username: { claim: 'sub', prefix: '' } },
            },
          ],
        },
        routes: [{ identity: 'kubeflow', authorization: 'identityToken' }],
        identityToken: { issuer, audience: 'mesh', keysFile: 'identity-keys' },
      },
      files: { 'identity-keys': pemOf(newKey) },
    })
    try {
      const { admin, pages } = attache.ports
      assert.equal((await fetch(`http://127.0.0.1:${admin}/readyz`)).status, 503)
      const response = await fetch(`http://127.0.0.1:${pages}/.well-known/jwks.json`)
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('cache-control'), 'public, max-age=60')
      const read: (text: string) => { keys: object[] } = JSON.parse
      const { keys } = read(await response.text())
      assert.deepEqual(
        keys.map((one) => Object.keys(one).toSorted()),
        [['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
      )
    } finally {
      await attache.stop()
    }
  })
})
