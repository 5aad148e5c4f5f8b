import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { DependencyError } from '../errors.ts'
import type { KubernetesClient } from '../kubernetes/client.ts'
import { anonymousName, unauthenticatedGroup } from '../kubernetes/names.ts'
import { createSlots, TurnedAway } from '../kubernetes/slots.ts'
import type { AccessVerdict, ReviewAccess } from './access.ts'
import { readAccessReview } from './access-answer.ts'
import { type AccessSpec, accessSpec, isSpeakable } from './access-spec.ts'

export interface SubjectAccessReviewOptions {
  readonly client: Pick<KubernetesClient, 'post'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Questions to the API server at the same time. Default: 16. */
  readonly running?: number
  /** Questions that wait for their turn; more are refused. Default: 512. */
  readonly waiting?: number
  /** Of those that are asked or wait, questions about one user name. Default: 128. */
  readonly perUser?: number
  /** Answers remembered at most, of either kind. Default: 20,000. */
  readonly maxEntries?: number
}

/** Contract, Freshness: no answer is older, counted from the question. */
const freshMs = { allowed: 10_000, denied: 5_000 } as const

/** Milliseconds to wait for a turn. */
const patienceMs = 5_000

const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
const question = {
  purpose: 'review access',
  permission: 'ClusterRole "system:auth-delegator", or the verb "create" on "subjectaccessreviews"',
}

/** Rejects unless the API server reviews access for Attaché, whatever it says about the one question. */
export async function reviewAccessOnce(client: Pick<KubernetesClient, 'post'>): Promise<void> {
  const spec = {
    user: anonymousName,
    groups: [unauthenticatedGroup],
    nonResourceAttributes: { path: '/', verb: 'get' },
  }
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
  await client.post(path, { ...question, body })
}

interface Remembered {
  readonly verdict: AccessVerdict
  readonly askedAtMs: number
}

/**
 * Asks the API server by SubjectAccessReview. The memory's key is the hash of the whole question, so an
 * answer is only ever that to the same user, uid, groups, extra and attributes. Equal questions that
 * arrive together are asked once: whoever joins gets an answer that the API server gives after that.
 *
 * A client names what is asked, and each new name costs the API server a review. So the queue is
 * bounded, users take turns in it, one has a share of it, and refusals push no yes out of the memory.
 */
export function subjectAccessReview(options: SubjectAccessReviewOptions): ReviewAccess {
  const { client, now, perUser = 128, maxEntries: max = 20_000 } = options
  const memory = {
    allowed: new LRUCache<string, Remembered>({ max }),
    denied: new LRUCache<string, Remembered>({ max }),
  }
  const underway = new Map<string, Promise<AccessVerdict>>()
  const slots = createSlots({ running: options.running ?? 16, waiting: options.waiting ?? 512 })
  const shares = createShares(perUser)

  function recall(digest: string): AccessVerdict | undefined {
    for (const kind of ['allowed', 'denied'] as const) {
      const known = memory[kind].get(digest)
      const ageMs = now() - (known?.askedAtMs ?? 0)
      // A clock that was set back must not keep an answer for ever.
      if (known !== undefined && ageMs >= 0 && ageMs < freshMs[kind]) return known.verdict
    }
    return undefined
  }

  async function ask(spec: AccessSpec): Promise<AccessVerdict> {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
    return readAccessReview(await client.post(path, { ...question, body }), spec)
  }

  async function askInTurn(spec: AccessSpec): Promise<AccessVerdict> {
    const leave = shares.enter(spec.user)
    if (leave === undefined) throw busy('too many questions about this user wait already')
    try {
      const signal = AbortSignal.timeout(patienceMs)
      const answer = slots.run(async () => ask(spec), { signal, source: spec.user })
      if (answer === undefined) throw busy('too many questions wait already')
      return await answer.catch((error: unknown) => {
        if (error instanceof TurnedAway) throw busy('too many questions about this user wait')
        const isLate = signal.aborted && !(error instanceof DependencyError)
        throw isLate ? busy(`its turn did not come within ${patienceMs} ms`) : error
      })
    } finally {
      leave()
    }
  }

  async function askNew(spec: AccessSpec, digest: string): Promise<AccessVerdict> {
    const askedAtMs = now()
    const verdict = await askInTurn(spec)
    const other = verdict.kind === 'allowed' ? 'denied' : 'allowed'
    memory[other].delete(digest)
    memory[verdict.kind].set(digest, { verdict, askedAtMs })
    return verdict
  }

  return async (asked) => {
    const spec = accessSpec(asked)
    if (!isSpeakable(spec)) return { kind: 'denied', reason: 'a name is not Unicode' }
    const digest = hash('sha256', JSON.stringify(spec), 'binary')
    const known = recall(digest)
    if (known !== undefined) return known
    let answer = underway.get(digest)
    if (answer === undefined) {
      answer = askNew(spec, digest).finally(() => underway.delete(digest))
      underway.set(digest, answer)
    }
    return answer
  }
}

interface Shares {
  /** Takes a place for this user, and answers how to give it back; undefined when all are taken. */
  readonly enter: (user: string) => (() => void) | undefined
}

function createShares(perUser: number): Shares {
  const taken = new Map<string, number>()
  return {
    enter: (user) => {
      const before = taken.get(user) ?? 0
      if (before >= perUser) return undefined
      taken.set(user, before + 1)
      return () => {
        const left = (taken.get(user) ?? 1) - 1
        if (left === 0) taken.delete(user)
        else taken.set(user, left)
      }
    },
  }
}

function busy(state: string): DependencyError {
  return new DependencyError('kubernetes', `Cannot review access: ${state}`)
}
