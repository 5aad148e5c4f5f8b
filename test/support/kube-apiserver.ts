/**
 * A real kube-apiserver with an etcd of its own, and nothing else of a cluster: no controller makes
 * ServiceAccounts, no kubelet runs pods. Several may run side by side.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request as send } from 'undici'
import { firstAuthority } from './authorities.ts'
import { startChild } from './child.ts'
import { startEtcd } from './etcd.ts'
import { freePort } from './free-port.ts'
import type { KubernetesPrograms } from './kubernetes-programs.ts'
import { startRestartable } from './restartable.ts'
import { ownFolder, started } from './started.ts'

/** An API server that is ready to take requests. */
export interface KubeApiserver {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string
  /** The only root that its certificate chains to, PEM. */
  readonly ca: string
  /** A token of a member of `system:masters`, for whom every request is allowed. */
  readonly adminToken: string
  /** The `iss` of its ServiceAccount tokens. */
  readonly issuer: string
  /** What signs them at first, as PEM: for tokens that the API server would not make. */
  readonly signingKey: string
  /** One exchange, as the administrator unless it says otherwise. */
  readonly request: KubeRequest
  /** What the audit policy has written, oldest first; empty without a policy. */
  readonly auditLog: () => Promise<readonly JsonObject[]>
  readonly log: () => string
  /** Takes the API server away, as a failure would; what is stored stays. */
  readonly halt: () => Promise<void>
  /** Brings it back at the same address, ready; with another certificate where one is given. */
  readonly resume: (serving?: Serving) => Promise<void>
  /** Takes it away and brings it back with something changed. */
  readonly restart: (change: Change) => Promise<void>
  readonly stop: () => Promise<void>
}

/** What an API server shows its clients, and the root of that; PEM. */
export interface Serving {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** What an administrator changes for a restart; what is absent stays. */
export interface Change {
  /** Each `iss` that it accepts; the first is the one of new tokens. */
  readonly issuers?: readonly string[]
  /** Signs with a new key; that of before is still good for tokens, or gone. */
  readonly newKey?: 'beside the former' | 'alone'
}

export type JsonObject = Readonly<Record<string, unknown>>

/** An answer of the API server; an error is a `Status` object. */
export interface KubeAnswer {
  readonly status: number
  readonly body: JsonObject
}

export type KubeRequest = (
  method: string,
  path: string,
  options?: {
    readonly body?: unknown
    /** Default: the administrator's; undefined sends none. */
    readonly token?: string | undefined
    readonly headers?: Readonly<Record<string, string>>
  },
) => Promise<KubeAnswer>

/** A user whom the API server knows by a static token. */
export interface StaticUser {
  readonly token: string
  readonly name: string
  readonly uid?: string
  readonly groups?: readonly string[]
}

export interface KubeApiserverOptions {
  readonly programs: KubernetesPrograms
  /** Default `https://kubernetes.default.svc.cluster.local`. */
  readonly issuer?: string
  /** `--api-audiences`. Default: the issuer, as in kube-apiserver. */
  readonly audiences?: readonly string[]
  readonly staticUsers?: readonly StaticUser[]
  /** Text of an AuthenticationConfiguration. */
  readonly authentication?: string
  /** Rules of an audit policy, such as `[{ level: 'Metadata' }]`. */
  readonly auditRules?: readonly JsonObject[]
  /** Further flags, as on a command line. */
  readonly flags?: readonly string[]
}

/** The files of an API server; they outlive {@link KubeApiserver.halt}. */
interface Setting {
  readonly folder: string
  readonly port: number
  readonly args: readonly string[]
  readonly issuers: readonly string[]
  readonly serviceAccountKeys: readonly KeyPair[]
}

/** PEM. */
interface KeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

const defaultIssuer = 'https://kubernetes.default.svc.cluster.local'
const { ca, server } = firstAuthority

/** Starts etcd and kube-apiserver and resolves when it serves; rejects with its log otherwise. */
export async function startKubeApiserver(options: KubeApiserverOptions): Promise<KubeApiserver> {
  return started(async (onStop) => {
    const folder = await ownFolder('kube-apiserver', onStop)
    const etcd = await startEtcd(options.programs.etcd)
    onStop(etcd.stop)
    const adminToken = `admin-${randomUUID()}`
    let setting = await prepare(options, { folder, etcdURL: etcd.url, adminToken })
    const signingKey = setting.serviceAccountKeys[0]?.privateKey ?? ''
    const url = `https://127.0.0.1:${setting.port}`
    let agent = new Agent({ connect: { ca } })
    onStop(async () => agent.destroy())
    const request = requestTo(url, { agent: () => agent, adminToken })

    const { log, halt, resume } = await startRestartable('kube-apiserver', {
      start: async () => startChild(options.programs.kubeApiserver, await argsOf(setting)),
      probe: async () => (await request('GET', '/readyz')).status === 200,
      onStop,
    })
    return {
      url,
      ca,
      adminToken,
      issuer: options.issuer ?? defaultIssuer,
      signingKey,
      request,
      auditLog: async () => readLines(join(folder, 'audit.log')),
      log,
      halt,
      resume: async (serving) => {
        if (serving !== undefined) {
          await writeFile(join(folder, 'server.crt'), serving.cert)
          await writeFile(join(folder, 'server.key'), serving.key)
          await agent.destroy()
          agent = new Agent({ connect: { ca: serving.ca } })
        }
        await resume()
      },
      restart: async (change) => {
        await halt()
        setting = changed(setting, change)
        await resume()
      },
    }
  })
}

function changed(setting: Setting, { issuers, newKey }: Change): Setting {
  const { serviceAccountKeys: before } = setting
  return {
    ...setting,
    issuers: issuers ?? setting.issuers,
    serviceAccountKeys:
      newKey === undefined ? before : [createKeyPair(), ...(newKey === 'alone' ? [] : before)],
  }
}

/** The first key signs, all verify; the first issuer is the one of new tokens. */
async function argsOf({ folder, args, issuers, serviceAccountKeys }: Setting): Promise<string[]> {
  const [signing] = serviceAccountKeys
  const verifying = serviceAccountKeys.map(({ publicKey }) => publicKey).join('')
  await writeFile(join(folder, 'service-accounts.key'), signing?.privateKey ?? '')
  await writeFile(join(folder, 'service-accounts.pub'), verifying)
  return [...issuers.map((issuer) => `--service-account-issuer=${issuer}`), ...args]
}

function createKeyPair(): KeyPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

async function prepare(
  options: KubeApiserverOptions,
  { folder, etcdURL, adminToken }: Readonly<Record<'folder' | 'etcdURL' | 'adminToken', string>>,
): Promise<Setting> {
  const port = await freePort()
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const issuer = options.issuer ?? defaultIssuer
  const admin = { token: adminToken, name: 'admin', groups: ['system:masters'] }
  const users = [admin, ...(options.staticUsers ?? [])].map(tokenLine).join('')
  const flags: Record<string, string> = {
    'etcd-servers': etcdURL,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': folder,
    'tls-cert-file': await file('server.crt', server.cert),
    'tls-private-key-file': await file('server.key', server.key),
    'service-account-key-file': join(folder, 'service-accounts.pub'),
    'service-account-signing-key-file': join(folder, 'service-accounts.key'),
    'api-audiences': (options.audiences ?? [issuer]).join(','),
    'token-auth-file': await file('tokens.csv', users),
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.0.0.0/24',
    // Nobody looks at them, and to make them takes a second of the start.
    'endpoint-reconciler-type': 'none',
  }
  if (options.authentication !== undefined) {
    flags['authentication-config'] = await file('authentication.yaml', options.authentication)
  }
  if (options.auditRules !== undefined) {
    const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: options.auditRules }
    flags['audit-policy-file'] = await file('audit-policy.yaml', JSON.stringify(policy))
    flags['audit-log-path'] = join(folder, 'audit.log')
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const all = [...args, ...(options.flags ?? [])]
  return { folder, port, args: all, issuers: [issuer], serviceAccountKeys: [createKeyPair()] }
}

/** A line of `--token-auth-file`: token, name, uid, and the groups in quotes. */
function tokenLine({ token, name, uid = '', groups = [] }: StaticUser): string {
  return `${token},${name},${uid},"${groups.join(',')}"\n`
}

function requestTo(
  url: string,
  { agent, adminToken }: { readonly agent: () => Agent; readonly adminToken: string },
): KubeRequest {
  return async (method, path, options = {}) => {
    const token = 'token' in options ? options.token : adminToken
    const response = await send(new URL(path, url), {
      dispatcher: agent(),
      method,
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
    })
    const text = await response.body.text()
    return { status: response.statusCode, body: parseBody(text) }
  }
}

/** `/readyz` and its like answer a word. */
function parseBody(text: string): JsonObject {
  const parse: (text: string) => JsonObject = JSON.parse
  return text.startsWith('{') ? parse(text) : { text }
}

async function readLines(file: string): Promise<readonly JsonObject[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseBody)
}
