import { resolve } from 'node:path'
import { type AuthenticationRules, buildAuthentication } from './authentication-rules.ts'
import { createDocument, type Document } from './document.ts'
import type { Compilers } from './expressions.ts'
import { isRecord } from './record.ts'
import { type Loading, reportFile } from './secrets.ts'
import { readAuthenticationShape, readFileName } from './shape.ts'
import { parseYaml } from './yaml.ts'
import { kubernetesScalar } from './yaml-scalars.ts'
import type { Dialect } from './yaml-tree.ts'

/** YAML as kube-apiserver reads it; `${NAME}` stays as it is, because CEL and prefixes may hold it. */
export const kubernetesDialect: Dialect = {
  scalar: kubernetesScalar,
  substitute: (text) => ({ ok: true, text }),
  merge: true,
}

interface Section {
  readonly document: Document
  readonly root: string
  readonly value: unknown
}

export interface AuthenticationSettings {
  readonly insecureIssuers: readonly string[]
  readonly compilers: Compilers
}

/**
 * The `authentication` section: inline, or in a file of its own. Undefined when it cannot be used, which
 * is reported.
 */
export function loadAuthentication(
  loading: Loading,
  section: unknown,
  settings: AuthenticationSettings,
): AuthenticationRules | undefined {
  if (section === undefined) return { issuers: [], anonymous: undefined }
  const { document } = loading
  if (!isRecord(section) || !Object.hasOwn(section, 'file')) {
    return readSection({ document, root: 'authentication', value: section }, settings)
  }
  const file = readFileName(document, section)
  return file === undefined ? undefined : loadFile(loading, file, settings)
}

function loadFile(
  loading: Loading,
  name: string,
  settings: AuthenticationSettings,
): AuthenticationRules | undefined {
  const content = loading.files.read(name)
  if (!content.ok) {
    return reportFile(
      loading,
      'authentication.file',
      `${content.why} (relative to the folder of this file)`,
    )
  }
  const parsed = parseYaml(content.text, { dialect: kubernetesDialect, firstDocumentOnly: true })
  const document = createDocument(resolve(loading.folder, name), parsed)
  loading.opened(document)
  return readSection({ document, root: '', value: document.value }, settings)
}

function readSection(
  { document, root, value }: Section,
  { insecureIssuers, compilers }: AuthenticationSettings,
): AuthenticationRules | undefined {
  if (!document.usableItself(root)) return undefined
  const raw = readAuthenticationShape(document, { value, root })
  if (raw === undefined) return undefined
  const rules = buildAuthentication(document, raw, {
    root,
    insecureIssuers: new Set(insecureIssuers),
    compilers,
  })
  return document.usable(root) ? rules : undefined
}
