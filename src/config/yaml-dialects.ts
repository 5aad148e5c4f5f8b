import type { Dialect, KeyReading, ScalarReading, WrittenScalar } from './yaml-dialect.ts'
import { kubernetesTag } from './yaml-kubernetes-tags.ts'
import { coreScalar, kubernetesScalar } from './yaml-scalars.ts'

const asWritten = (text: string) => ({ ok: true, text }) as const

/** YAML 1.2 and nothing that is seldom seen: no merge keys, no tags but those that say what is there. */
export function ownDialect(substitute: Dialect['substitute'] = asWritten): Dialect {
  return { scalar: readOwn, key: keyAsWritten, substitute, likeKubernetes: false }
}

function keyAsWritten({ text }: WrittenScalar): KeyReading {
  return { ok: true, name: text }
}

function readOwn({ text, isPlain, tag }: WrittenScalar): ScalarReading {
  if (tag === undefined) return { ok: true, value: isPlain ? coreScalar(text) : text }
  if (tag === '!' || tag === 'tag:yaml.org,2002:str') return { ok: true, value: text }
  return { ok: false, message: `tags such as ${tag} are not supported` }
}

/**
 * YAML as kube-apiserver reads it (sigs.k8s.io/yaml on go-yaml 2); `${NAME}` stays as it is, because CEL
 * and prefixes may hold it.
 */
export const kubernetesDialect: Dialect = {
  scalar: readKubernetes,
  key: (written, after) => {
    const reading = readKubernetes(written)
    if (!reading.ok) return reading
    const [beforeColon = ''] = /^\s*(?:#[^\n]*\n\s*)*(?=:)/.exec(after) ?? []
    if (beforeColon.includes('\n')) {
      return { ok: false, message: 'must have its colon in the same line' }
    }
    if (written.isPlain && written.isInFlow && /^\s*:\S/.test(after)) {
      return { ok: false, message: 'a colon within [] and {} needs a blank behind it' }
    }
    return { ok: true, name: typeof reading.value === 'string' ? reading.value : written.text }
  },
  substitute: asWritten,
  likeKubernetes: true,
}

function readKubernetes(written: WrittenScalar): ScalarReading {
  const { text, isPlain, tag, isInFlow } = written
  if (hasForeignEscape(written)) {
    return { ok: false, message: 'has an escape that kube-apiserver does not read so' }
  }
  if (isPlain && isInFlow && /^:|\?/.test(text)) {
    return {
      ok: false,
      message: 'must stand in quotes within [] and {}, as it has ? or begins with :',
    }
  }
  if (tag !== undefined) return kubernetesTag(tag, text)
  return { ok: true, value: isPlain ? kubernetesScalar(text) : text }
}

/** For a file that kube-apiserver reads as JSON: Go puts U+FFFD for half a character. */
export const kubernetesJsonDialect: Dialect = {
  scalar: ({ text, isPlain }) => ({
    ok: true,
    value: isPlain ? kubernetesScalar(text) : text.toWellFormed(),
  }),
  key: keyAsWritten,
  substitute: asWritten,
  likeKubernetes: true,
}

/**
 * In double quotes, what go-yaml refuses (`\/`, half a character) or folds in another way (an escaped line
 * end before an empty line). Behind an even number of backslashes the last one begins an escape.
 */
function hasForeignEscape({ raw }: WrittenScalar): boolean {
  return (
    raw.startsWith('"') &&
    /(?<!\\)(?:\\\\)*\\(?:\/|\n[ \t]*\n|u[dD][89a-fA-F]|U0000[dD][89a-fA-F])/.test(raw)
  )
}
