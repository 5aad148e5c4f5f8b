/**
 * Attaché starts before everything that it needs, which is away in each way in which it can be: it says what is
 * missing, says yes to nobody whom it could not prove, and heals by itself as the parts come, in any order.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { type Attache, startAttache } from '../support/attache.ts'
import { firstAuthority, secondAuthority } from '../support/authorities.ts'
import { startChild } from '../support/child.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import { createDoor, type DoorState } from '../support/door.ts'
import { createGatewayBrowser, signInFrom } from '../support/gateway-browser.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { http1Request, type RequestLine } from '../support/raw-client.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { redisServer } from '../support/redis-server.ts'
import { part } from '../support/require.ts'
import { browserConfig, clientSecret, externalURLs, hosts, people } from './browser-bed.ts'
import { bot, type Cluster, startCluster } from './cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const redisProgram = await part('Redis', async () => redisServer())
const skip = programs.skip === false ? redisProgram.skip : programs.skip

const parts = ['issuer', 'cluster', 'redis'] as const
type Part = (typeof parts)[number]

/** What readiness says of each. */
const missingWords: Readonly<Record<Part, RegExp>> = {
  issuer: /keys of "https:/,
  cluster: /the cluster at|reviews of/,
  redis: /^Redis: /,
}

interface Trouble {
  readonly name: string
  /** Until the part comes; undefined: it is there, but its name does not resolve. */
  readonly state: DoorState | undefined
  /** Where something else than the part answers. */
  readonly redisState?: DoorState
  /** In which the parts come. */
  readonly order: readonly Part[]
  readonly validation: 'tokenReview' | 'jwks'
}

const troubles: readonly Trouble[] = [
  {
    name: 'names that do not resolve',
    state: undefined,
    order: ['issuer', 'cluster', 'redis'],
    validation: 'tokenReview',
  },
  {
    name: 'connections that are refused',
    state: 'refused',
    order: ['redis', 'issuer', 'cluster'],
    validation: 'jwks',
  },
  {
    name: 'connections that hang',
    state: 'silent',
    order: ['cluster', 'redis', 'issuer'],
    validation: 'tokenReview',
  },
  {
    name: 'a mesh that answers 503',
    state: 'page',
    redisState: 'broken',
    order: ['issuer', 'redis', 'cluster'],
    validation: 'jwks',
  },
  {
    name: 'certificates of another CA',
    state: 'untrusted',
    order: ['cluster', 'issuer', 'redis'],
    validation: 'tokenReview',
  },
]

const mainFile = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const namesModule = fileURLToPath(new URL('../support/names.ts', import.meta.url))

const routes = [
  {
    match: { paths: ['/models/{namespace}/{name}'] },
    identity: 'headers',
    subjectAccessReview: {
      group: 'serving.kserve.io',
      resource: 'inferenceservices',
      verb: 'get',
      namespace: '{namespace}',
      name: '{name}',
    },
  },
  { identity: 'headers' },
]

/**
 * An attempt may be under way, for five seconds, and the next begins five seconds later; then it is heard of. On
 * a machine that does other things all that may take a while.
 */
const healsWithinMs = 30_000

const identities = { trusted: firstAuthority.server, untrusted: secondAuthority.server }

/** Names of the certificate, for parts of which each comes at its own time. */
const unresolved = { issuer: 'localhost.', cluster: 'localhost', redis: 'LOCALHOST' } as const

describe('Attaché before everything else', { skip, concurrency: 2 }, () => {
  let issuer: Issuer
  let cluster: Cluster
  let redis: Redis
  /** Of somebody who has signed in at another replica. */
  let session: string
  let folder: string
  let sessionKeys: string
  let tokens: Readonly<Record<'issuer' | 'cluster', string>>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attache-start-order-'))
    issuer = await startIssuer({
      clientID: 'platform',
      clientSecret,
      externalURL: externalURLs,
      people: [{ login: 'alice', claims: people.alice }],
      tls: firstAuthority.server,
    })
    redis = await startRedis({
      server: redisProgram.get(),
      tls: firstAuthority,
      config: ['tls-auth-clients no'],
    })
    cluster = await startCluster(programs.get())
    tokens = {
      issuer: await issuer.mint(people.alice),
      cluster: await createToken(cluster.api, bot),
    }
    sessionKeys = randomBytes(32).toString('base64')
    const other = await startAttache(replica({ issuer: issuer.url, redis: redis.url }))
    const browser = createGatewayBrowser(other.ports.http, hosts.http)
    assert.equal((await signInFrom(browser, { provider: issuer })).status, 302)
    session = cookieHeader(browser.jar()) ?? ''
    await other.stop()
  })
  after(async () => {
    await redis.stop()
    await cluster.stop()
    await issuer.close()
    await rm(folder, { recursive: true })
  })

  interface World {
    readonly attache: Attache
    /** Brings a part. */
    readonly bring: (part: Part) => Promise<void>
    readonly stop: () => Promise<void>
  }

  /** What finds the parts there. */
  function replica(at: {
    readonly issuer: string
    readonly redis: string
    readonly cluster?: string
  }) {
    const { config, files } = browserConfig({
      providers: { company: issuer.url },
      redisURL: at.redis,
      session: {
        store: 'redis',
        redis: { urlFile: 'redis-url', certificateAuthorityFile: 'redis-ca' },
      },
      routes,
    })
    const { certificateAuthorityFile, tokenFile } = cluster.kubernetes
    const server = at.cluster ?? cluster.api.url
    return {
      config: {
        ...config,
        insecureIssuers: [],
        readiness: { wait: '5m' },
        authentication: {
          apiVersion: 'apiserver.config.k8s.io/v1',
          kind: 'AuthenticationConfiguration',
          jwt: [
            {
              issuer: {
                url: issuer.url,
                ...(at.issuer === issuer.url
                  ? {}
                  : { discoveryURL: `${at.issuer}/.well-known/openid-configuration` }),
                audiences: ['platform'],
                certificateAuthority: firstAuthority.ca,
              },
              claimMappings: { username: { claim: 'email', prefix: '' } },
            },
          ],
        },
        kubernetes: { server, certificateAuthorityFile, tokenFile },
      },
      files: { ...files, 'session-keys': sessionKeys, 'redis-ca': firstAuthority.ca },
    }
  }

  async function startWorld({ state, redisState = state, validation }: Trouble): Promise<World> {
    const doors = {
      issuer: await createDoor({ to: portOf(issuer.url), ...identities }),
      cluster: await createDoor({ to: portOf(cluster.api.url), ...identities }),
      redis: await createDoor({ to: portOf(redis.url), ...identities }),
    }
    for (const name of parts) {
      await doors[name].set((name === 'redis' ? redisState : state) ?? 'open')
    }
    const namesFile = join(folder, `names-${doors.issuer.port}`)
    const at = (name: Part, scheme = 'https') => {
      const host = state === undefined ? unresolved[name] : '127.0.0.1'
      return `${scheme}://${host}:${doors[name].port}`
    }
    const { config, files } = replica({
      issuer: at('issuer'),
      redis: at('redis', 'rediss'),
      cluster: at('cluster'),
    })
    const attache = await startAttache({
      config: { ...config, serviceAccounts: { validation } },
      files,
      env: {
        ATTACHE_TEST_NAMES: namesFile,
        ...(state === undefined ? { NODE_OPTIONS: `--import=${namesModule}` } : {}),
      },
    })
    return {
      attache,
      bring: async (name) => {
        if (state === undefined) await appendFile(namesFile, `${unresolved[name]}\n`)
        else await doors[name].set('open')
      },
      stop: async () => {
        await attache.stop()
        for (const name of parts) await doors[name].stop()
      },
    }
  }

  /** What everybody hears who is proven by that part alone. */
  async function ask({ ports }: Attache, by: Part | 'nobody', path = '/app'): Promise<number> {
    const credentials: Readonly<Record<Part | 'nobody', RequestLine>> = {
      issuer: ['authorization', `Bearer ${tokens.issuer}`],
      cluster: ['authorization', `Bearer ${tokens.cluster}`],
      redis: ['cookie', session],
      nobody: ['authorization', 'Bearer junk'],
    }
    const headers = [credentials[by]]
    return (await http1Request(ports.http, { path, host: hosts.http, headers })).status
  }

  /** Never stops to ask for what may not be had yet; tells what was wrong in the end. */
  function keepAsking(attache: Attache, there: ReadonlySet<Part | 'nobody'>) {
    const wrong: string[] = []
    const over = new AbortController()
    const asking = ([...parts, 'nobody'] as const).map(async (by) => {
      while (!over.signal.aborted) {
        const status = await ask(attache, by)
        const isRight = status === 200 ? there.has(by) : [401, 403].includes(status)
        if (!isRight) wrong.push(`${by}: ${status}`)
        await delay(200)
      }
    })
    return async () => {
      over.abort()
      await Promise.all(asking)
      return wrong
    }
  }

  async function waitOut({ attache, bring }: World, order: readonly Part[]): Promise<void> {
    const told = await readinessOf(attache)
    assert.equal(told.status, 503)
    for (const name of parts)
      assert.ok(told.missing.some(isAbout(name)), `${name}: ${told.missing.join()}`)
    assert.equal((await fetch(`http://127.0.0.1:${attache.ports.admin}/livez`)).status, 200)

    const there = new Set<Part>()
    const stopAsking = keepAsking(attache, there)
    try {
      for (const name of order) {
        there.add(name)
        await bring(name)
        await until(name, async () => !(await readinessOf(attache)).missing.some(isAbout(name)))
        await until(name, async () => (await ask(attache, name)) === 200)
      }
    } finally {
      assert.deepEqual(await stopAsking(), [])
    }
    assert.deepEqual(await readinessOf(attache), { status: 200, missing: [] })
    // Nobody may see a model, and by now that is the API server's word.
    assert.equal(await ask(attache, 'issuer', '/models/team/m'), 403)
  }

  for (const trouble of troubles) {
    it(`waits out ${trouble.name}`, async () => {
      const world = await startWorld(trouble)
      try {
        await waitOut(world, trouble.order)
      } finally {
        await world.stop()
      }
    })
  }
})

describe('Attaché before its secrets', () => {
  it('ends with 1 and names each, so that the kubelet starts it again, and then runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attache-secrets-'))
    const url = 'http://127.0.0.1:1'
    const { config, files = {} } = browserConfig({
      providers: { company: url },
      redisURL: 'redis://127.0.0.1:1',
    })
    const file = join(folder, 'attache.yaml')
    const listen = { http: '127.0.0.1:0', admin: '127.0.0.1:0' }
    await writeFile(file, stringify({ listen, ...config }))
    const start = () => startChild(process.execPath, [mainFile, 'serve', '--config', file])

    const early = start()
    assert.deepEqual(await early.ended, { code: 1 })
    assert.equal(early.stdout(), '')
    const told = early.stderr().trimEnd().split('\n')
    const where = [
      'signIn.providers[0].clientSecretFile',
      'session.keysFile',
      'session.redis.urlFile',
    ]
    assert.equal(told.length, where.length)
    for (const path of where) {
      assert.ok(told.some((line) => line.includes(`: ${path}: `) && line.includes('no such file')))
    }

    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content)
    const late = start()
    await new Promise<void>((resolve) => {
      late.onLine((line) => line.includes('"server":"admin"') && resolve())
    })
    assert.deepEqual(await late.stop('SIGTERM'), { code: 0 })
    await rm(folder, { recursive: true })
  })
})

/** Whether words of readiness are about the part. */
function isAbout(name: Part): (words: string) => boolean {
  return (words) => missingWords[name].test(words)
}

async function readinessOf({ ports }: Attache) {
  const response = await fetch(`http://127.0.0.1:${ports.admin}/readyz`)
  const { missing } = (await response.json()) as { readonly missing: readonly string[] }
  return { status: response.status, missing }
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + healsWithinMs
  while (!(await condition())) {
    assert.ok(Date.now() < giveUpAt, `${what} did not come in time`)
    await delay(100)
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
