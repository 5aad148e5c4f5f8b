import { parseAllDocuments } from 'yaml'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import { readExample } from './example-files.ts'

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

const plurals: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies' }

/**
 * What the API server has against the objects of `gateway.yaml`, each a line: it looks at every field, and
 * stores nothing. That there is one of that name already is nothing against it.
 */
export async function refusedManifests(
  { request }: KubeApiserver,
  example: string,
): Promise<readonly string[]> {
  const refused: string[] = []
  for (const document of parseAllDocuments(await readExample(example, 'gateway.yaml'))) {
    const manifest = document.toJS() as Manifest
    const path = `${pathOf(manifest)}?dryRun=All&fieldValidation=Strict`
    const { status, body } = await request('POST', path, { body: manifest })
    if (status === 201 || status === 409) continue
    refused.push(`${manifest.kind} ${manifest.metadata.name}: ${String(body['message'])}`)
  }
  return refused
}

function pathOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const where = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${group}${where}/${plurals[kind] ?? `${kind.toLowerCase()}s`}`
}
