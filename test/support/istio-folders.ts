import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/types.ts'
import type { Manifest } from '../../src/manifests/manifest.ts'
import { manifestsFor } from '../../src/manifests/manifests.ts'
import {
  type CheckTransport,
  type ManifestArguments,
  readOptions,
} from '../../src/manifests/options.ts'
import { printManifests } from '../../src/manifests/print.ts'

/** The folder of this repository in which they are. */
export const istioFolder = fileURLToPath(new URL('../../istio/', import.meta.url))

/** The configuration that istio/ is made for. */
const kubeflowFile = fileURLToPath(
  new URL('../../kustomize/components/kubeflow/common/attache.yaml', import.meta.url),
)

type Edit = readonly [from: string, to: string]

/** What Kubeflow's configuration lacks of one that serves kubectl as well. */
const impersonating: Readonly<Record<CheckTransport, readonly Edit[]>> = {
  grpc: [
    ['  http: 0.0.0.0:8080\n', ''],
    ['\nroutes:\n', impersonate('append, serviceAccount: attache/impersonator')],
  ],
  http: [['\nroutes:\n', impersonate('none')]],
}

function impersonate(credential: string): string {
  return `
impersonate: { credential: ${credential} }
routes:
- match: { hosts: [kubernetes.example.com] }
  when: 'request.headers["x-attache-route"].endsWith("/namespaces/istio-system/virtual-service/kubernetes")'
  identity: impersonate
  allowImpersonation: true
`
}

/** The configuration of the kubeflow component, with throwaway secrets in the place of its own. */
export function kubeflowConfig(edits: readonly Edit[] = []): Config {
  const folder = mkdtempSync(join(tmpdir(), 'attache-manifests-'))
  try {
    mkdirSync(join(folder, 'secrets'))
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const secrets = {
      'session-keys': randomBytes(32).toString('base64'),
      'dex-client-secret': 'a-client-secret',
      'identity-keys': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
    for (const [name, text] of Object.entries(secrets)) {
      writeFileSync(join(folder, 'secrets', name), text)
    }
    const file = join(folder, 'attache.yaml')
    writeFileSync(file, edits.reduce(edited, readFileSync(kubeflowFile, 'utf8')))
    return loadConfig(file, {}).config
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function edited(text: string, [from, to]: Edit): string {
  const [before, after, ...more] = text.split(from)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new RangeError(`Cannot edit the configuration: "${from}" is not in it just once`)
  }
  return before + to + after
}

/** The same, with a route for kubectl. */
export function impersonatingConfig(transport: CheckTransport): Config {
  return kubeflowConfig(impersonating[transport])
}

/** Every generated file of istio/, by its path there. */
export function istioFiles(): ReadonlyMap<string, string> {
  const config = kubeflowConfig()
  const files = new Map<string, string>()
  const add = (folder: string, manifests: readonly Manifest[], comment: string) => {
    files.set(`${folder}/objects.yaml`, printManifests(manifests))
    files.set(`${folder}/kustomization.yaml`, kustomization(comment))
  }
  for (const [folder, given] of Object.entries(folders)) {
    add(folder, manifestsFor(config, readOptions(config, given)), commandOf(given))
  }
  for (const [folder, given] of Object.entries(additions)) {
    const kubectl = impersonatingConfig(given.transport)
    const there = manifestsFor(config, readOptions(config, { ...given, appender: undefined }))
    const known = new Set(there.map((manifest) => JSON.stringify(manifest)))
    const all = manifestsFor(kubectl, readOptions(kubectl, given))
    const added = all.filter((manifest) => !known.has(JSON.stringify(manifest)))
    add(
      folder,
      added,
      `${commandOf(given)}, with routes of identity: impersonate, prints in addition`,
    )
  }
  return files
}

type Printed = ManifestArguments & { readonly transport: CheckTransport }

/** The folders, and the options that print what is in them. */
const folders: Readonly<Record<string, Printed>> = {
  ...ofBothTransports('mesh'),
  ...ofBothTransports('ingress-gateway'),
  ...ofBothTransports('cluster-local-gateway'),
  ...ofBothTransports('kubernetes-gateway'),
  ...ofBothTransports('waypoint'),
  'envoy-gateway': { for: ['envoy-gateway'], transport: 'grpc' },
}

function ofBothTransports(place: string): Readonly<Record<string, Printed>> {
  return {
    [`${place}/grpc`]: { for: [place], transport: 'grpc' },
    [`${place}/http`]: { for: [place], transport: 'http' },
  }
}

/** What is there beside `ingress-gateway`. */
const additions: Readonly<Record<string, Printed>> = {
  'impersonation/grpc': { for: ['ingress-gateway'], transport: 'grpc' },
  'impersonation/http': { for: ['ingress-gateway'], transport: 'http' },
  'impersonation/traffic-extension': {
    for: ['ingress-gateway'],
    transport: 'grpc',
    appender: 'traffic-extension',
  },
}

function commandOf(given: Printed): string {
  const { for: [place = ''] = [], transport, appender } = given
  const more = appender === undefined ? '' : ` --appender ${appender}`
  return `attache manifests --for ${place} --transport ${transport}${more}`
}

function kustomization(comment: string): string {
  return `# Generated: ${comment}.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- objects.yaml
`
}

/** Writes all of them. */
export function writeIstioFiles(): void {
  for (const [path, text] of istioFiles()) {
    const file = join(istioFolder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
