/** `kubectl --as` as Attaché decides it, and as kube-apiserver itself does for the same caller. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ActAs, type ActAsOutcome, actAs } from '../../src/authz/act-as.ts'
import { subjectAccessReview } from '../../src/authz/subject-access-review.ts'
import { impersonation } from '../../src/headers/impersonation.ts'
import type { UserInfo } from '../../src/user.ts'
import { until } from '../e2e/cluster.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { preFiltered } from '../support/pre-filtered.ts'
import { part } from '../support/require.ts'
import { type ActAsCase, actAsCases } from './act-as-cases.ts'
import { type ImpersonationCluster, startImpersonationCluster } from './impersonation-cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

const limits = {
  systemIdentities: 'allow',
  originalUserExtra: 'off',
  maxHeaderLines: 600,
  maxHeaderBytes: 49_152,
} as const

/** Whose own filter answers: that of today, and that of before, which names each item that it refuses. */
const filters = [
  { what: 'as kube-apiserver is by itself', flags: [], namesItems: false },
  {
    what: 'without constrained impersonation',
    flags: ['--feature-gates=ConstrainedImpersonation=false'],
    namesItems: true,
  },
]

const answerOfStatus: Readonly<Record<number, string>> = {
  201: 'acting',
  400: 'malformed',
  403: 'denied',
}

for (const { what, flags, namesItems } of filters) {
  describe(`actAs(), ${what}`, { skip: programs.skip }, () => {
    let cluster: ImpersonationCluster
    let decide: ActAs

    before(async () => {
      cluster = await startImpersonationCluster(programs.get(), flags)
      decide = actAs({ review: subjectAccessReview({ client: cluster.client, now: Date.now }) })
    })
    after(async () => cluster.stop())

    for (const { what: name, caller, lines, answer, item } of actAsCases) {
      it(`${caller}: ${name} → ${answer}`, async () => {
        const user = await cluster.userOf(caller)
        const kube = await cluster.askAs(caller, lines)
        const ours = await decide(user, preFiltered(lines))
        assert.equal(ours.kind, answer, JSON.stringify(ours))
        assert.equal(
          answerOfStatus[kube.status],
          answer === 'same' ? 'acting' : answer,
          kube.message,
        )
        assert.deepEqual(userAfter(ours, user), kube.user)
        assert.deepEqual(itemIn(ours), item)
        assert.deepEqual(namesItems && answer === 'denied' ? kube.item : item, item)
      })
    }

    for (const { what: name, caller, lines } of actAsCases.filter(isSayable)) {
      it(`${caller}: ${name}, sent on by Attaché, is the same user`, async () => {
        const kube = await cluster.askAs(caller, lines)
        const ours = await decide(await cluster.userOf(caller), preFiltered(lines))
        assert.ok(ours.kind === 'acting')
        const isAnonymous = ours.user.name === 'system:anonymous'
        const authenticator = isAnonymous ? 'anonymous' : 'jwt'
        const headers = impersonation({ user: ours.user, authenticator }, limits)
        assert.ok(headers.kind === 'headers')
        const sent = await cluster.impersonate([...headers.set, ...headers.append])
        assert.deepEqual(sent.user, kube.user)
      })
    }
  })
}

/**
 * Constrained impersonation (KEP-5284) has rights for one verb on one object. Attaché asks about users
 * before it knows what the API server will make of the request, so it asks for the plain right alone.
 */
describe('actAs(), where constrained impersonation gives more', { skip: programs.skip }, () => {
  let cluster: ImpersonationCluster
  let decide: ActAs

  before(async () => {
    cluster = await startImpersonationCluster(programs.get(), [])
    decide = actAs({ review: subjectAccessReview({ client: cluster.client, now: Date.now }) })
  })
  after(async () => cluster.stop())

  it('refuses who has no other right', async () => {
    const lines = [['Impersonate-User', 'bob']] as const
    await until(async () => (await cluster.askAs('nora', lines)).user?.name === 'bob')
    const ours = await decide(await cluster.userOf('nora'), preFiltered(lines))
    assert.equal(ours.kind, 'denied')
  })

  it('makes no node of a name, where somebody may do everything', async () => {
    const lines = [['Impersonate-User', 'system:node:n1']] as const
    const kube = await cluster.askAs('boss', lines)
    assert.deepEqual(kube.user?.groups, ['system:nodes'])
    const ours = await decide(await cluster.userOf('boss'), preFiltered(lines))
    assert.deepEqual(ours.kind === 'acting' && ours.user.groups, [])
  })
})

function userAfter(outcome: ActAsOutcome, caller: UserInfo): UserInfo | undefined {
  if (outcome.kind === 'same') return caller
  return outcome.kind === 'acting' ? outcome.user : undefined
}

function itemIn(outcome: ActAsOutcome): readonly [string, string] | undefined {
  return outcome.kind === 'denied' ? [outcome.item.resource, outcome.item.name ?? ''] : undefined
}

/** An extra without a key is a user to kube-apiserver, and one that no header line of ours names. */
function isSayable({ answer, lines }: ActAsCase): boolean {
  return answer === 'acting' && !lines.some(([name]) => name === 'Impersonate-Extra-')
}
