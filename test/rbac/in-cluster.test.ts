/** What `attache rbac` prints, in force on a real API server: enough, and nothing too much. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Config } from '../../src/config/types.ts'
import type { UserInfo } from '../../src/user.ts'
import { until } from '../e2e/cluster.ts'
import { config, issuerConfig, routeConfig } from '../support/config.ts'
import { kubectl } from '../support/kubectl.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import {
  apply,
  marked,
  mayI,
  objectsOf,
  type RbacCluster,
  type RoleObject,
  remove,
  type Story,
  startRbacCluster,
  withoutEach,
} from './rbac-cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const credentialId = 'authentication.kubernetes.io/credential-id'

function user(name: string, rest: Partial<Omit<UserInfo, 'name'>> = {}): UserInfo {
  return { name, uid: '', groups: [], extra: new Map(), ...rest }
}

function extra(...keys: readonly string[]): UserInfo['extra'] {
  return new Map(keys.map((key) => [key, ['one', 'two']]))
}

const compiled = {
  source: 'claims.team',
  evaluate: () => '',
  measure: () => ({ result: '', cost: 1 }),
}
const impersonating = routeConfig({ identity: 'impersonate' })
const kubernetesKeys = ['credential-id', 'node-name', 'node-uid', 'pod-name', 'pod-uid']
const bot: Story = {
  what: 'a ServiceAccount',
  authenticator: 'service-account',
  user: user('system:serviceaccount:team:bot', {
    uid: 'u',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:team'],
    extra: extra(...kubernetesKeys.map((key) => `authentication.kubernetes.io/${key}`)),
  }),
}

interface Setting {
  readonly what: string
  readonly config: Config
  readonly stories: readonly Story[]
  /** Nobody whom this configuration lets in. */
  readonly strangers: readonly Story[]
  /** Nobody whom constrained impersonation lets in. Default: nobody else. */
  readonly unconstrained?: readonly Story[]
}

/** Whoever may act as any ServiceAccount is whichever of them may most. */
const administrators: readonly Story[] = [[], ['system:serviceaccounts']].map((groups) => ({
  what: `a ServiceAccount of another namespace in ${groups.length} groups`,
  user: user('system:serviceaccount:kube-system:bot', { groups }),
  authenticator: 'service-account',
}))

const basic = {
  hashes: new Map([
    ['alice', ''],
    ['bob', ''],
    ['bot', ''],
  ]),
  users: new Map([
    [
      'alice',
      user('Älice', { uid: '7', groups: ['ops, all', 'devs'], extra: extra('example.com/x') }),
    ],
    ['bot', user('system:serviceaccount:team:bot')],
  ]),
}

const settings: readonly Setting[] = [
  {
    what: 'tokens of an issuer, with every mapping',
    config: config({
      routes: [impersonating],
      issuers: [
        issuerConfig({
          claimMappings: {
            ...issuerConfig().claimMappings,
            uid: { claim: 'sub' },
            extra: [{ key: 'example.com/team', valueExpression: compiled }],
          },
        }),
      ],
    }),
    stories: [
      { what: 'a name alone', user: user('jane') },
      {
        what: 'everything',
        user: user('jané', {
          uid: 'u',
          groups: ['a,b', 'c', 'd', 'e', 'f'],
          extra: extra(credentialId, 'example.com/team'),
        }),
      },
    ],
    strangers: [
      { what: 'an extra without mapping', user: user('jane', { extra: extra('example.com/b') }) },
      bot,
    ],
  },
  {
    what: 'passwords and anonymous requests',
    config: config({
      routes: [impersonating],
      issuers: [],
      basic,
      anonymous: { paths: undefined },
    }),
    stories: [
      { what: 'a user of usersFile', user: basic.users.get('alice') ?? user('') },
      { what: 'a plain login', user: user('bob') },
      { what: 'a ServiceAccount', user: user('system:serviceaccount:team:bot') },
      {
        what: 'nobody',
        authenticator: 'anonymous',
        user: user('system:anonymous', { groups: ['system:unauthenticated'] }),
      },
    ],
    strangers: [
      { what: 'another name', user: user('mallory') },
      {
        what: 'a ServiceAccount of that name in another namespace',
        user: user('system:serviceaccount:attache:bot'),
      },
      { what: 'another group', user: user('bob', { groups: ['system:masters'] }) },
      { what: 'another uid', user: user('bob', { uid: '8' }) },
      {
        what: 'another value',
        user: user('bob', { extra: new Map([['example.com/x', ['three']]]) }),
      },
    ],
  },
  {
    what: 'configured extras',
    config: config({
      routes: [impersonating],
      issuers: [],
      basic: { hashes: new Map([['bob', '']]), users: new Map() },
      impersonate: {
        ...config().impersonate,
        extra: [
          { key: 'example.com/cluster', expression: compiled, constant: ['blue'] },
          { key: 'example.com/source', expression: compiled, constant: undefined },
        ],
      },
    }),
    stories: [{ what: 'a login', user: user('bob') }],
    strangers: [{ what: 'another extra', user: user('bob', { extra: extra('example.com/b') }) }],
  },
  {
    what: 'ServiceAccounts',
    config: config({
      routes: [impersonating],
      issuers: [],
      serviceAccounts: { validation: 'jwks', audiences: undefined },
    }),
    stories: [bot],
    strangers: [
      { what: 'a user', user: user('jane') },
      { ...bot, what: 'another extra', user: { ...bot.user, extra: extra('example.com/x') } },
    ],
    unconstrained: administrators,
  },
  {
    what: 'certificates',
    config: config({
      routes: [impersonating],
      issuers: [],
      clientCertificates: { source: 'checkRequest', clientCA: '', crl: undefined },
    }),
    stories: [
      {
        what: 'one with a uid',
        user: user('cn', { uid: 'u', groups: ['o'], extra: extra(credentialId) }),
      },
    ],
    strangers: [
      bot,
      { what: 'another extra', user: user('cn', { extra: extra('example.com/x') }) },
    ],
  },
  {
    what: 'kubectl --as',
    config: config({
      routes: [{ ...impersonating, allowImpersonation: true }],
      issuers: [],
      basic,
    }),
    stories: [
      {
        what: 'somebody else',
        user: basic.users.get('alice') ?? user(''),
        actingAs: user('jane', { uid: '9', groups: ['x'], extra: extra('example.com/any') }),
      },
      {
        what: 'a ServiceAccount',
        user: user('bob'),
        actingAs: user('system:serviceaccount:team:bot', {
          groups: ['system:serviceaccounts', 'system:serviceaccounts:team'],
        }),
      },
    ],
    strangers: [],
    unconstrained: administrators,
  },
]

describe('attache rbac, in force', { skip: programs.skip }, () => {
  let cluster: RbacCluster
  let applied: readonly RoleObject[] = []
  before(async () => {
    cluster = await startRbacCluster(programs.get())
  })
  afterEach(async () => remove(cluster.api, applied))
  after(async () => cluster.stop())

  async function put(objects: readonly RoleObject[]): Promise<void> {
    applied = objects
    await apply(cluster.api, objects)
  }

  /** Whether everybody in the stories may do what they could do without Attaché. */
  async function mayAll({ stories, config: used }: Setting): Promise<boolean> {
    const token = await cluster.newToken()
    for (const story of stories) {
      const as = { config: used, token }
      if ((await cluster.tell(story, { ...as, path: '/version' })) !== 200) return false
      // The anonymous user has no right to it.
      const status = story.authenticator === 'anonymous' ? 201 : await cluster.tell(story, as)
      if (status !== 201) return false
    }
    return true
  }

  it('lets Attaché ask what it asks in its own name, and no more', async () => {
    const { api, ownToken } = cluster
    const usual = await ownRights(cluster, programs.get().kubectl, ownToken)
    const { impersonate } = config()
    const impersonator = {
      kind: 'service-account',
      namespace: 'attache',
      name: 'impersonator',
    } as const
    const used = config({
      routes: [{ ...impersonating, allowImpersonation: true }],
      serviceAccounts: { validation: 'tokenReview', audiences: undefined },
      impersonate: { ...impersonate, credential: 'attach', impersonator },
    })
    await put(objectsOf(used, 'plain'))
    const post = async (path: string, spec: object) =>
      (await api.request('POST', path, { body: { spec }, token: ownToken })).status
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
    const asked = { user: 'jane', resourceAttributes: { verb: 'get', resource: 'pods' } }
    await until(async () => (await post(path, asked)) === 201)
    await until(async () => (await post(tokenPath('impersonator'), {})) === 201)
    assert.equal(await post(tokenPath('attache'), {}), 403)
    const reviews = '/apis/authentication.k8s.io/v1/tokenreviews'
    assert.equal(await post(reviews, { token: 'x' }), 201)
    const more = (await ownRights(cluster, programs.get().kubectl, ownToken)).filter(
      (right) => !usual.includes(right),
    )
    assert.deepEqual(more.toSorted(), [
      'subjectaccessreviews.authorization.k8s.io [] [] [create]',
      'tokenreviews.authentication.k8s.io [] [] [create]',
    ])
  })

  for (const setting of settings) {
    for (const form of ['plain', 'constrained'] as const) {
      describe(`${setting.what}, ${form}`, () => {
        it('is enough for everybody, and for nobody else', async () => {
          await put(objectsOf(setting.config, form))
          await until(async () => mayAll(setting))
          const as = { config: setting.config, token: await cluster.newToken() }
          const { strangers, unconstrained = [] } = setting
          for (const story of form === 'plain' ? strangers : [...strangers, ...unconstrained]) {
            assert.equal(await cluster.tell(story, { ...as, path: '/version' }), 403, story.what)
          }
        })

        it('lets the credential itself do nothing but impersonate', async () => {
          const usual = await ownRights(cluster, programs.get().kubectl)
          await put(objectsOf(setting.config, form))
          await until(async () => mayAll(setting))
          const more = (await ownRights(cluster, programs.get().kubectl)).filter(
            (right) => !usual.includes(right),
          )
          assert.notEqual(more.length, 0)
          for (const right of more) assert.match(right, /\[(?:impersonate[-:\w]* ?)+\]$/)
        })

        it('has no rule that could be left out', async () => {
          const objects = objectsOf(setting.config, form)
          const roles = objects.filter(isRole)
          assert.ok(roles.length > 0)
          const token = await cluster.newToken()
          for (const whole of roles) {
            await put(objects)
            await until(async () => mayAll(setting))
            const { namespace = '' } = whole.metadata
            for (const [index, { lacking, role }] of withoutEach(whole).entries()) {
              const verb = `marker-${index}`
              await apply(cluster.api, [marked(role, verb)])
              const marker = { group: 'marker', resource: 'marker', verb, namespace }
              await until(async () => mayI(cluster.api, token, marker))
              assert.equal(await mayAll(setting), false, `nothing needs ${lacking}`)
            }
          }
        })
      })
    }
  }
})

function tokenPath(name: string): string {
  return `/api/v1/namespaces/attache/serviceaccounts/${name}/token`
}

function isRole({ metadata, rules }: RoleObject): boolean {
  return metadata.name.startsWith('attache-impersonator') && rules !== undefined
}

/** Each line of `kubectl auth can-i --list`; for the impersonator's own token unless another is given. */
async function ownRights(
  { api, newToken }: RbacCluster,
  binary: string,
  token?: string,
): Promise<readonly string[]> {
  const { url: server, ca } = api
  const { code, stdout, stderr } = await kubectl(['auth', 'can-i', '--list'], {
    binary,
    server,
    ca,
    token: token ?? (await newToken()),
  })
  assert.equal(code, 0, stderr)
  return stdout.split('\n').map((line) => line.trimEnd().replace(/\s+/g, ' '))
}
