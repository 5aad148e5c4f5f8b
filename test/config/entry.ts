import type { IssuerConfig } from '../../src/config/types.ts'
import { configOf, type FileSet, listenAndRoutes, problemsOf } from './folder.ts'

/** What every AuthenticationConfiguration begins with. */
export const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n'

/** The file is what kube-apiserver would be given; lines count from its start. */
export function problemsOfFile(text: string, more = ''): readonly string[] {
  return problemsOf(`${listenAndRoutes}authentication: { file: authn.yaml }\n${more}`, {
    files: { 'authn.yaml': text },
  })
}

/** The issuers of such a file. */
export function issuersOfFile(text: string, more = ''): readonly IssuerConfig[] {
  const files: FileSet = { 'authn.yaml': text }
  return configOf(`${listenAndRoutes}authentication: { file: authn.yaml }\n${more}`, { files })
    .issuers
}

/** What differs from a good entry. */
export interface Entry {
  readonly issuer?: Readonly<Record<string, unknown>>
  readonly mappings?: Readonly<Record<string, unknown>>
  readonly more?: Readonly<Record<string, unknown>>
}

/** One entry, good but for what is given; JSON is YAML. */
export function entry({ issuer, mappings, more }: Entry = {}): string {
  return JSON.stringify({
    issuer: { url: 'https://issuer.example.com', audiences: ['attache'], ...issuer },
    claimMappings: { username: { claim: 'sub', prefix: '' }, ...mappings },
    ...more,
  })
}
