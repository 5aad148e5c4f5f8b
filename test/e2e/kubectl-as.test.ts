/** kubectl --as behind the gateway: what the cluster allows, what kubectl prints, and who did it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import { createObject, createToken } from '../support/kube-objects.ts'
import { kubectl } from '../support/kubectl.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import { botName, otherBot, until } from './cluster.ts'
import {
  bob,
  type KubectlBed,
  type Person,
  startKubectlBed,
  transports,
  userInfoIn,
} from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const rbac = 'rbac.authorization.k8s.io'
const carol: Person = {
  email: 'carol@example.com',
  uid: 'u-carol',
  team: 'blue',
  groups: ['leads', 'Öl, Gas'],
}

/** Extras of the API server's audit log that tell of carol. */
const told = {
  domain: {
    'originaluser.attache.io/user': [carol.email],
    'originaluser.attache.io/uid': [carol.uid],
    'originaluser.attache.io/groups': carol.groups,
    'originaluser.attache.io/extra': ['{"example.com/team":["blue"]}'],
  },
  jetstack: {
    'originaluser.jetstack.io-user': [carol.email],
    'originaluser.jetstack.io-groups': carol.groups,
    'originaluser.jetstack.io-extra': ['{"example.com/team":["blue"]}'],
  },
}

const rule = (resource: string, name: string, group = '') => ({
  apiGroups: [group],
  resources: [resource],
  resourceNames: [name],
  verbs: ['impersonate'],
})

/** Leads may act as jane of the group `ops`, uid 42, team green, and as the bot of the team. */
async function grant(api: KubeApiserver): Promise<void> {
  const metadata = { name: 'leads' }
  const subjects = [
    { kind: 'Group', apiGroup: rbac, name: 'leads' },
    // The API server knows the people of the issuer through the gateway alone.
    { kind: 'ServiceAccount', ...otherBot },
  ]
  const all = `/apis/${rbac}/v1`
  await createObject(api, `${all}/clusterroles`, {
    metadata,
    rules: [
      rule('users', 'jane'),
      rule('groups', 'ops'),
      rule('uids', '42', 'authentication.k8s.io'),
      rule('userextras/example.com/team', 'green', 'authentication.k8s.io'),
    ],
  })
  await createObject(api, `${all}/clusterrolebindings`, {
    metadata,
    subjects,
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'leads' },
  })
  await createObject(api, `${all}/namespaces/team/roles`, {
    metadata,
    rules: [rule('serviceaccounts', 'bot')],
  })
  await createObject(api, `${all}/namespaces/team/rolebindings`, {
    metadata,
    subjects,
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'leads' },
  })
  const review = {
    user: 'x',
    groups: ['leads'],
    resourceAttributes: {
      verb: 'impersonate',
      resource: 'serviceaccounts',
      namespace: 'team',
      name: 'bot',
    },
  }
  await until(async () => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
    const { body } = await api.request('POST', path, { body: { spec: review } })
    return (body['status'] as { readonly allowed: boolean }).allowed
  })
}

/** Whoever moves from kube-oidc-proxy reads its lines too. */
const format = { domain: 'json', jetstack: 'authn-lines' } as const

/** Attaché's audit lines of carol as jane, and as root, whom she may not be. */
const audited = {
  domain: {
    allowed:
      /"verdict":"allowed",.*"inbound":\{"name":"carol@example\.com",.*"outbound":\{"name":"jane",.*"groups":\["ops"\],.*attache\.io\/user":\["carol@example\.com"\]/,
    denied:
      /"verdict":"denied","reason":"not-allowed",.*"inbound":\{"name":"carol@example\.com",.*"outbound":\{"name":"root"/,
  },
  jetstack: {
    allowed:
      /\] AuSuccess src:\[127\.0\.0\.1 \/[^\]]*\] URI:\/version inbound:\[carol@example\.com \/ leads\|Öl, Gas \/[^\]]*\] outbound:\[jane \/ ops \/[^\]]*jetstack\.io-user=carol@example\.com /,
    denied:
      /\] AuFail src:[^\]]*\] URI:\/version inbound:\[carol@example\.com \/.*outbound:\[root \//,
  },
}

/** What names are asked for, and whether leads may have them. */
const asked: readonly { readonly args: readonly string[]; readonly allowed: boolean }[] = [
  { args: ['--as=jane'], allowed: true },
  { args: ['--as=root'], allowed: false },
  { args: ['--as=jane', '--as-group=ops'], allowed: true },
  { args: ['--as=jane', '--as-group=ops', '--as-group=system:masters'], allowed: false },
  { args: ['--as=jane', '--as-group=Öl, Gas'], allowed: false },
  { args: ['--as=jane', '--as-uid=42'], allowed: true },
  { args: ['--as=jane', '--as-uid=43'], allowed: false },
  { args: ['--as=jane', '--as-user-extra=example.com/team=green'], allowed: true },
  { args: ['--as=jane', '--as-user-extra=Example.com/Team=green'], allowed: true },
  { args: ['--as=jane', '--as-user-extra=example.com/team=red'], allowed: false },
  { args: ['--as=jane', '--as-user-extra=scopes=green'], allowed: false },
  { args: [`--as=${botName}`], allowed: true },
  { args: ['--as=system:serviceaccount:other:bot'], allowed: false },
]

// What everybody may get. kubectl looks for no resource first, whose refusal it would not print.
const get = ['get', '--raw=/version']
const whoami = ['auth', 'whoami', '--output=json']

for (const form of ['domain', 'jetstack'] as const) {
  describe(`kubectl --as, told in the form ${form}`, { skip: programs.skip || binary.skip }, () => {
    let bed: KubectlBed
    before(async () => {
      bed = await startKubectlBed({
        programs: programs.get(),
        binary: binary.get(),
        impersonate: { originalUserExtra: form },
        sections: { audit: { format: format[form] } },
        auditRules: [{ level: 'Metadata' }],
      })
      await grant(bed.cluster.api)
    })
    after(async () => bed.stop())

    it('is what the API server itself would allow', async () => {
      const { url: server, ca } = bed.cluster.api
      const token = await createToken(bed.cluster.api, otherBot)
      const settings = { binary: programs.get().kubectl, server, ca, token }
      for (const { args, allowed } of asked) {
        const { code } = await kubectl([...get, ...args], settings)
        assert.equal(code === 0, allowed, args.join(' '))
      }
    })

    for (const transport of transports) {
      const run = async (args: readonly string[], who = carol) =>
        bed.run([...args], { who, transport, host: 'acting' })

      it(`leaves in the audit log over ${transport} who did it, and as whom`, async () => {
        const names = ['--as=jane', '--as-group=ops', '--as-uid=42']
        const extra = '--as-user-extra=example.com/team=green'
        const { stdout, stderr } = await run([...whoami, ...names, extra])
        assert.equal(stderr, '')
        const jane = {
          username: 'jane',
          uid: '42',
          groups: ['ops', 'system:authenticated'],
          extra: { 'example.com/team': ['green'], ...told[form] },
        }
        assert.deepEqual(userInfoIn(stdout), jane)
        const event = (await bed.cluster.api.auditLog()).findLast(
          ({ requestURI, stage, impersonatedUser }) =>
            stage === 'ResponseComplete' &&
            String(requestURI).includes('selfsubjectreviews') &&
            impersonatedUser !== undefined,
        )
        assert.partialDeepStrictEqual(event, {
          user: { username: 'system:serviceaccount:attache:impersonator' },
          responseStatus: { code: 201 },
        })
        assert.deepEqual(event?.['impersonatedUser'], jane)
      })

      for (const { args, allowed } of asked) {
        it(`is ${allowed ? 'allowed' : 'denied'} over ${transport} for ${args.join(' ')}`, async () => {
          const { code, stderr } = await run([...get, ...args])
          assert.equal(code, allowed ? 0 : 1)
          assert.match(stderr, allowed ? /^$/ : notAllowed)
        })
      }

      it(`leaves in Attaché's own audit over ${transport} who did it, and as whom, or tried to`, async () => {
        const earlier = bed.attache.output().length
        await run([...get, '--as=jane', '--as-group=ops'])
        await run([...get, '--as=root'])
        const written = bed.attache.output().slice(earlier)
        assert.match(written, audited[form].allowed)
        assert.match(written, audited[form].denied)
      })

      it(`is denied over ${transport} to who may act as nobody`, async () => {
        const { code, stdout, stderr } = await run([...get, '--as=jane'], bob)
        assert.deepEqual([code, stdout], [1, ''])
        assert.match(stderr, notAllowed)
      })

      it(`is refused over ${transport} where it tells another story of who did it`, async () => {
        for (const key of Object.keys(told[form])) {
          const { code, stderr } = await run([
            ...whoami,
            '--as=jane',
            `--as-user-extra=${key}=root`,
          ])
          assert.equal(code, 1)
          assert.match(stderr, notAccepted)
        }
      })

      it(`is refused over ${transport} where the route does not allow it`, async () => {
        const { code, stderr } = await bed.run([...get, '--as=jane'], { who: carol, transport })
        assert.equal(code, 1)
        assert.match(stderr, notAccepted)
      })
    }
  })
}

const decision = String.raw`\(decision [\w-]{22}\)`
const notAllowed = new RegExp(
  String.raw`^Error from server \(Forbidden\): Not allowed: .*, or to act as somebody else\. ${decision}\n$`,
)
const notAccepted = new RegExp(
  String.raw`^Error from server \(BadRequest\): Impersonation not accepted: .* ${decision}\n$`,
)
