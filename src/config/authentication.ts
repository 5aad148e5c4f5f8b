import { resolve } from 'node:path'
import { isRecord } from '../json/record.ts'
import { type AuthenticationRules, buildAuthentication } from './authentication-rules.ts'
import { createDocument, type Document } from './document.ts'
import type { Compilers } from './expressions.ts'
import { parseKubernetesFile } from './kubernetes-yaml.ts'
import { type Loading, reportFile } from './secrets.ts'
import { readAuthenticationShape, readFileName } from './shape.ts'

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
  const document = createDocument(resolve(loading.folder, name), parseKubernetesFile(content.text))
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
