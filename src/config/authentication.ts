import { resolve } from 'node:path'
import { buildIssuers } from './authentication-rules.ts'
import { createDocument, type Document } from './document.ts'
import { reportNotYet } from './not-yet.ts'
import { isRecord } from './record.ts'
import { type Loading, reportFile } from './secrets.ts'
import { readAuthenticationShape, readFileName } from './shape.ts'
import type { IssuerConfig } from './types.ts'
import { parseYaml } from './yaml.ts'
import { kubernetesScalar } from './yaml-scalars.ts'
import type { Dialect } from './yaml-tree.ts'

/** YAML as kube-apiserver reads it; `${NAME}` stays as it is, because CEL and prefixes may hold it. */
export const kubernetesDialect: Dialect = {
  scalar: kubernetesScalar,
  substitute: (text) => ({ ok: true, text }),
  merge: true,
}

export interface Authentication {
  /** Undefined when the section cannot be used, which is reported. */
  readonly issuers: readonly IssuerConfig[] | undefined
  /** The file of its own, when it has one. */
  readonly document: Document | undefined
}

/** The `authentication` section: inline, or in a file of its own. */
export function loadAuthentication(
  loading: Loading & { readonly folder: string },
  section: unknown,
  insecureIssuers: readonly string[],
): Authentication {
  const insecure = new Set(insecureIssuers)
  if (section === undefined) return { issuers: [], document: undefined }
  if (!isRecord(section) || !Object.hasOwn(section, 'file')) {
    const { document } = loading
    return {
      issuers: readSection({ document, root: 'authentication', value: section, insecure }),
      document: undefined,
    }
  }
  const file = readFileName(loading.document, section)
  if (file === undefined) return { issuers: undefined, document: undefined }
  return loadFile(loading, file, insecure)
}

function loadFile(
  loading: Loading & { readonly folder: string },
  name: string,
  insecure: ReadonlySet<string>,
): Authentication {
  const content = loading.files.read(name)
  if (!content.ok) {
    reportFile(
      loading,
      'authentication.file',
      `${content.why} (relative to the folder of this file)`,
    )
    return { issuers: undefined, document: undefined }
  }
  const parsed = parseYaml(content.text, { dialect: kubernetesDialect, firstDocumentOnly: true })
  const document = createDocument(resolve(loading.folder, name), parsed)
  reportNotYet(document, { root: 'authentication' })
  return { issuers: readSection({ document, root: '', value: document.value, insecure }), document }
}

function readSection(section: {
  readonly document: Document
  readonly root: string
  readonly value: unknown
  readonly insecure: ReadonlySet<string>
}): readonly IssuerConfig[] | undefined {
  const { document, root, value, insecure } = section
  if (!document.usableItself(root)) return undefined
  const raw = readAuthenticationShape(document, { value, root })
  if (raw === undefined) return undefined
  const issuers = buildIssuers(document, raw, { root, insecureIssuers: insecure })
  return document.usable(root) ? issuers : undefined
}
