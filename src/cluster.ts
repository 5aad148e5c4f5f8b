import type { Logger } from 'pino'
import { schedule } from './authn/schedule.ts'
import type { ReviewAccess } from './authz/access.ts'
import { type Authorize, createAuthorize } from './authz/authorizer.ts'
import { reviewAccessOnce, subjectAccessReview } from './authz/subject-access-review.ts'
import type { Config, ImpersonatorSource, RouteConfig } from './config/types.ts'
import { DependencyError } from './errors.ts'
import { type FirstAnswer, firstAnswer } from './first-answer.ts'
import { createKubernetesClient, type KubernetesClient } from './kubernetes/client.ts'
import {
  fileCredential,
  type ImpersonatorCredential,
  serviceAccountCredential,
} from './kubernetes/impersonator-credential.ts'
import type { CountCall } from './outgoing-call.ts'

/** What a check needs of the API server besides who somebody is. */
export interface Cluster {
  readonly authorize: Authorize
  /** Attaché's own token where a route hands it out. Rejects with a DependencyError without one. */
  readonly credentialFor: (route: RouteConfig) => string | undefined | Promise<string>
  /** What was never had yet, in words; readiness names it. */
  readonly missing: () => readonly string[]
  readonly close: () => Promise<void>
}

export interface ClusterOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
  /** For `attache explain`: nobody is asked. */
  readonly isOffline: boolean
  /** Told about each request to the API server. */
  readonly onCall?: CountCall | undefined
}

/**
 * Reviews and the token of the impersonator, each with connections of its own, so that a flood of one
 * does not starve the other. Where no route needs them, nobody talks to the API server.
 */
export function createCluster(config: Config, options: ClusterOptions): Cluster {
  const opened: KubernetesClient[] = []
  const open = (): KubernetesClient => {
    const client = createKubernetesClient(config.kubernetes, options)
    opened.push(client)
    return client
  }
  const isReviewed = config.routes.some(
    (route) => route.allowImpersonation || route.subjectAccessReview !== undefined,
  )
  const firsts: FirstAnswer[] = []
  const had = (name: string, ask: () => Promise<unknown>) => {
    if (options.isOffline) return
    firsts.push(firstAnswer({ name, ask, schedule, log: options.log }))
  }
  let review: ReviewAccess = nobodyToAsk
  if (isReviewed && !options.isOffline) {
    const client = open()
    review = subjectAccessReview({ client, now: options.now })
    had(`reviews of access by the API server at "${config.kubernetes.server.origin}"`, async () =>
      reviewAccessOnce(client),
    )
  }
  const { impersonator } = config.impersonate
  const credential = impersonator && createCredential(impersonator, { ...options, open })
  if (credential !== undefined) {
    had('the token of the impersonator', async () => credential.token())
  }
  return {
    missing: () => firsts.flatMap(({ missing }) => missing()),
    authorize: createAuthorize(config, review),
    credentialFor: (route) => (route.identity === 'impersonate' ? credential?.token() : undefined),
    close: async () => {
      for (const first of firsts) first.close()
      credential?.close()
      await Promise.all(opened.map((client) => client.close()))
    },
  }
}

function createCredential(
  source: ImpersonatorSource,
  { open, isOffline, ...options }: ClusterOptions & { readonly open: () => KubernetesClient },
): ImpersonatorCredential {
  if (source.kind === 'file') return fileCredential(source.path, options)
  // It would not be shown in any case.
  if (isOffline) return { token: () => 'of-the-service-account', close: () => {} }
  return serviceAccountCredential(source, { ...options, client: open() })
}

async function nobodyToAsk(): Promise<never> {
  throw new DependencyError('kubernetes', 'Cannot ask the API server what the user may: --offline')
}
