/** An API server with two teams that both have a `bot`, and what Attaché's own pod would find there. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Outcome } from '../../src/authn/authenticator.ts'
import {
  createServiceAccounts,
  type ServiceAccounts,
} from '../../src/authn/service-account/service-accounts.ts'
import { cacheTokens } from '../../src/authn/token-cache.ts'
import type { KubernetesConfig, ServiceAccountsConfig } from '../../src/config/types.ts'
import type { UserInfo } from '../../src/user.ts'
import { capturedLog } from '../authn/issuer/issuer-fixtures.ts'
import type { TestKey } from '../authn/jwt/signed-token.ts'
import {
  type KubeApiserver,
  type KubeApiserverOptions,
  startKubeApiserver,
} from '../support/kube-apiserver.ts'
import {
  bindClusterRole,
  createNamespace,
  createServiceAccount,
  createToken,
} from '../support/kube-objects.ts'
import type { KubernetesPrograms } from '../support/kubernetes-programs.ts'

export const bot = { namespace: 'team', name: 'bot' } as const
export const otherBot = { namespace: 'other', name: 'bot' } as const
const attache = { namespace: 'attache', name: 'attache' } as const

/** The name of {@link bot} as a user. */
export const botName = 'system:serviceaccount:team:bot'

/** A token that is none of a ServiceAccount; its user is `carol`. */
export const opaqueToken = 'opaque-token'

export interface Cluster {
  readonly api: KubeApiserver
  /** Where a pod finds its files. */
  readonly folder: string
  readonly kubernetes: KubernetesConfig
  /** Of {@link bot} and {@link otherBot}, by namespace. */
  readonly uids: ReadonlyMap<string, string>
  /** An authenticator of ours; it is closed with the cluster. */
  readonly accounts: (judging?: Judging) => JudgingAccounts
  /** Who kube-apiserver itself takes the bearer for, without the group that everybody has. */
  readonly whoami: (token: string) => Promise<UserInfo | undefined>
  /** The key that the API server signs with, for tokens that it would not make. */
  readonly signingKey: TestKey
  readonly stop: () => Promise<void>
}

/** With the memory that a check meets. */
export interface JudgingAccounts extends ServiceAccounts {
  readonly authenticateToken: (token: string) => Promise<Outcome>
}

/** What differs from TokenReview with the pod's own files. */
export interface Judging extends Partial<ServiceAccountsConfig> {
  readonly now?: () => number
  readonly kubernetes?: Partial<KubernetesConfig>
}

/** Starts it, with a right to review tokens for Attaché. */
export async function startCluster(
  programs: KubernetesPrograms,
  options: Omit<KubeApiserverOptions, 'programs' | 'staticUsers'> = {},
): Promise<Cluster> {
  const staticUsers = [{ token: opaqueToken, name: 'carol', uid: '7', groups: ['staff'] }]
  const api = await startKubeApiserver({ ...options, programs, staticUsers })
  const uids = new Map<string, string>()
  for (const account of [attache, bot, otherBot]) {
    await createNamespace(api, account.namespace)
    uids.set(account.namespace, await createServiceAccount(api, account))
  }
  await bindClusterRole(api, 'system:auth-delegator', attache)
  const folder = await mkdtemp(join(tmpdir(), 'attache-pod-'))
  const kubernetes = {
    server: new URL(api.url),
    certificateAuthorityFile: join(folder, 'ca.crt'),
    tokenFile: join(folder, 'token'),
  }
  await writeFile(kubernetes.certificateAuthorityFile, api.ca)
  await writeFile(kubernetes.tokenFile, await createToken(api, attache))
  const closing: (() => Promise<void>)[] = []
  return {
    api,
    folder,
    kubernetes,
    uids,
    accounts: ({ now = Date.now, validation = 'tokenReview', audiences, ...more } = {}) => {
      const config = {
        kubernetes: { ...kubernetes, ...more.kubernetes },
        serviceAccounts: { validation, audiences },
      }
      const created = createServiceAccounts(config, { now, log: capturedLog().log })
      closing.push(created.close)
      const authenticate = cacheTokens(created.verifyToken, { now })
      return { ...created, authenticateToken: async (token) => authenticate(token) }
    },
    whoami: async (token) => whoami(api, token),
    signingKey: testKey(api.signingKey),
    stop: async () => {
      await Promise.all(closing.map(async (close) => close()))
      await api.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** The user, if there is one. */
export function userOf(outcome: Outcome): UserInfo | undefined {
  return outcome.kind === 'authenticated' ? outcome.user : undefined
}

/** The user's name, or what happened instead. */
export function nameIn(outcome: Outcome): string {
  return userOf(outcome)?.name ?? outcome.kind
}

/** Waits for what the API server does in its own time. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('It did not come to that in time')
    await delay(100)
  }
}

async function whoami(api: KubeApiserver, token: string): Promise<UserInfo | undefined> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const { status, body } = await api.request('POST', path, { body: {}, token })
  if (status !== 201) return undefined
  const { userInfo } = body['status'] as { readonly userInfo: UserInfoBody }
  return {
    name: userInfo.username,
    uid: userInfo.uid ?? '',
    groups: (userInfo.groups ?? []).filter((group) => group !== 'system:authenticated'),
    extra: new Map(Object.entries(userInfo.extra ?? {})),
  }
}

interface UserInfoBody {
  readonly username: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** kube-apiserver calls a key by the hash of its public half. */
function testKey(pem: string): TestKey {
  const privateKey = createPrivateKey(pem)
  const publicKey = createPublicKey(privateKey)
  const der = publicKey.export({ format: 'der', type: 'spki' })
  return { kid: createHash('sha256').update(der).digest('base64url'), privateKey, publicKey }
}
