import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import type { Environment } from '../../src/config/substitute.ts'
import type { Config } from '../../src/config/types.ts'
import { ConfigError } from '../../src/errors.ts'

/** Files by name; their content. */
export type FileSet = Readonly<Record<string, string | Uint8Array>>

/** A folder of its own with these files, gone when the tests of the file have run. */
export function folderWith(files: FileSet): string {
  const folder = mkdtempSync(join(tmpdir(), 'attache-config-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

interface Around {
  readonly files?: FileSet
  readonly env?: Environment
}

/** The configuration that a text makes; throws with everything that is wrong. */
export function configOf(text: string | Uint8Array, { files = {}, env = {} }: Around = {}): Config {
  const folder = folderWith({ ...files, 'attache.yaml': text })
  return loadConfig(join(folder, 'attache.yaml'), env).config
}

/** What is wrong with a text, as `line:column path: message`; nothing when it is good. */
export function problemsOf(text: string | Uint8Array, around: Around = {}): readonly string[] {
  try {
    configOf(text, around)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    )
  }
}

/** The smallest good configuration but for the sections that follow it. */
export const listenAndRoutes = `listen: { grpc: 127.0.0.1:9090 }
routes: [{ identity: kubeflow }]
`

/** One issuer, in one line, so that lines can be counted. */
export const oneIssuer =
  'authentication: { apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, jwt: [{ issuer: { url: "https://dex.example.com", audiences: [kubeflow] }, claimMappings: { username: { claim: email, prefix: "" } } }] }\n'

/** 32 bytes each, base64. */
export const sessionKeys = `${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64')}
${Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index * 5)).toString('base64')}
`
