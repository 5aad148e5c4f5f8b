import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AccessQuestion, ReviewAccess } from '../../src/authz/access.ts'
import { type ActAsOptions, actAs } from '../../src/authz/act-as.ts'
import { DependencyError } from '../../src/errors.ts'
import { type ClientLine, preFiltered } from '../support/pre-filtered.ts'
import { alice } from './access-cases.ts'

/** Allows everything but what is named so, and keeps what it was asked. */
function reviewer(refused: readonly string[] = []): {
  readonly review: ReviewAccess
  readonly asked: AccessQuestion[]
} {
  const asked: AccessQuestion[] = []
  return {
    asked,
    review: async (question) => {
      asked.push(question)
      const name = 'path' in question.attributes ? undefined : question.attributes.name
      return refused.includes(name ?? '')
        ? { kind: 'denied', reason: `no role for ${name}` }
        : { kind: 'allowed' }
    },
  }
}

const everything: readonly ClientLine[] = [
  ['Impersonate-Extra-Scopes', 'read'],
  ['Impersonate-Extra-Example.com%2Fteam', 'x'],
  ['Impersonate-Group', 'a,b'],
  ['Impersonate-Group', 'devs'],
  ['Impersonate-Uid', '42'],
  ['Impersonate-User', 'bob'],
]

function decide(lines: readonly ClientLine[], options: ActAsOptions) {
  return actAs(options)(alice, preFiltered(lines))
}

const awayForDevs: ReviewAccess = async ({ attributes }) => {
  if ('name' in attributes && attributes.name === 'devs') {
    throw new DependencyError('kubernetes', 'Cannot review access: it is away')
  }
  return { kind: 'allowed' }
}

const isReservedExtra = (key: string) => key.startsWith('originaluser.attache.io/')

/** Who acts as whom, and what they may not, is compared with kube-apiserver in act-as-parity.test.ts. */
describe('actAs()', () => {
  it('asks about each item, of the caller, in the order of kube-apiserver', async () => {
    const { review, asked } = reviewer()
    const outcome = await decide(everything, { review })
    assert.deepEqual(outcome, {
      kind: 'acting',
      original: alice,
      user: {
        name: 'bob',
        uid: '42',
        groups: ['a,b', 'devs'],
        extra: new Map([
          ['scopes', ['read']],
          ['example.com/team', ['x']],
        ]),
      },
    })
    const verb = 'impersonate'
    const version = 'v1'
    const group = 'authentication.k8s.io'
    const extra = { verb, version, group, resource: 'userextras' }
    assert.deepEqual(
      asked.map(({ attributes }) => attributes),
      [
        { verb, version, resource: 'users', name: 'bob' },
        { verb, version, group, resource: 'uids', name: '42' },
        { verb, version, resource: 'groups', name: 'a,b' },
        { verb, version, resource: 'groups', name: 'devs' },
        { ...extra, subresource: 'scopes', name: 'read' },
        { ...extra, subresource: 'example.com/team', name: 'x' },
      ],
    )
    assert.ok(asked.every(({ user }) => user === alice))
  })

  it('decides at once, and asks nothing, where the client asks for nothing', () => {
    const { review, asked } = reviewer()
    assert.deepEqual(actAs({ review })(alice, new Map()), { kind: 'same' })
    assert.equal(asked.length, 0)
  })

  it('names the first item that is refused, whoever answers first', async () => {
    for (const [refused, resource] of [
      [['read', 'bob', 'devs'], 'users'],
      [['read', 'devs', '42'], 'uids'],
      [['x', 'devs'], 'groups'],
      [['x'], 'userextras'],
    ] as const) {
      const { review } = reviewer(refused)
      const slow: ReviewAccess = async (question) => {
        // The first questions get their answers last.
        if (JSON.stringify(question.attributes).includes('"v1"')) await Promise.resolve()
        return review(question)
      }
      const outcome = await decide(everything, { review: slow })
      assert.equal(outcome.kind === 'denied' && outcome.item.resource, resource)
    }
  })

  it('says who may not do what, and why', async () => {
    const { review } = reviewer(['x'])
    assert.partialDeepStrictEqual(await decide(everything, { review }), {
      kind: 'denied',
      detail: '"alice" may not impersonate userextras/example.com/team "x": no role for x',
      item: {
        verb: 'impersonate',
        version: 'v1',
        group: 'authentication.k8s.io',
        resource: 'userextras',
        subresource: 'example.com/team',
        name: 'x',
      },
    })
    const account: ClientLine = ['Impersonate-User', 'system:serviceaccount:team:bot']
    const denied = await decide([account], { review: async () => ({ kind: 'denied', reason: '' }) })
    assert.equal(
      denied.kind === 'denied' && denied.detail,
      '"alice" may not impersonate serviceaccounts "bot" in namespace "team"',
    )
  })

  it('rejects when the API server gives no answer about one of them', async () => {
    await assert.rejects(async () => decide(everything, { review: awayForDevs }), /it is away/)
  })

  it('asks about no more names than it may, and counts each line', async () => {
    const { review, asked } = reviewer()
    const six = { review, maxItems: 6 }
    assert.equal((await decide(everything, six)).kind, 'acting')
    assert.equal(asked.length, 6)
    const again: readonly ClientLine[] = [...everything, ['Impersonate-Group', 'devs']]
    assert.deepEqual(await decide(again, six), {
      kind: 'malformed',
      detail: '7 names to impersonate, at most 6',
    })
    assert.equal(asked.length, 6)
  })

  it('lets nobody ask for an extra that Attaché writes itself', async () => {
    const { review, asked } = reviewer()
    for (const key of [
      'originaluser.attache.io%2Fuser',
      'OriginalUser.attache.io%2fgroups',
      'originaluser%2eattache.io%2F%75ser',
    ]) {
      const lines: readonly ClientLine[] = [...everything, [`Impersonate-Extra-${key}`, 'eve']]
      const outcome = await decide(lines, { review, isReservedExtra })
      assert.match(outcome.kind === 'malformed' ? outcome.detail : '', /which is Attaché's own$/)
    }
    assert.equal(asked.length, 0)
  })
})
