import { trimWhiteSpace } from '../authn/white-space.ts'
import { type ParsedYaml, parseYaml } from './yaml.ts'
import { kubernetesDialect, kubernetesJsonDialect } from './yaml-dialects.ts'
import { countOf, nextLine, withNextLines } from './yaml-next-line.ts'

/**
 * Reads a file as kube-apiserver reads its `--authentication-config`: what begins with `{` as JSON,
 * anything else as the first document of a YAML file, where a lone CR ends a line too. Line ends of YAML
 * 1.1 that hardly anybody knows are read within quotes, and refused elsewhere.
 */
export function parseKubernetesFile(text: string): ParsedYaml {
  const options = { firstDocumentOnly: true }
  const lines = text.replaceAll(/\r\n?/g, '\n')
  if (trimWhiteSpace(text).startsWith('{')) {
    return isJson(text)
      ? parseYaml(lines, { ...options, dialect: kubernetesJsonDialect })
      : faultAt(text, 0, notJson)
  }
  const { dialect, met } = withNextLines(kubernetesDialect)
  const parsed = parseYaml(lines, { ...options, dialect })
  if (!parsed.ok || met() === countOf(lines)) return parsed
  return faultAt(lines, lines.search(nextLine), notPlain)
}

const notPlain = 'is no plain YAML: has a line end U+0085, U+2028 or U+2029'
const notJson =
  'must be JSON, as kube-apiserver reads what begins with {: no comments, all names in quotes'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function faultAt(text: string, index: number, message: string): ParsedYaml {
  const before = text.slice(0, index)
  const position = { line: before.split('\n').length, column: index - before.lastIndexOf('\n') }
  return { ok: false, faults: [{ position, message }] }
}
