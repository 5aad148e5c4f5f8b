import { Document } from 'yaml'
import { comment } from '../yaml-comment.ts'
import type { Manifest } from './manifest.ts'

/** The manifests as YAML documents, each after `---` and the comment that says why it is there. */
export function printManifests(manifests: readonly Manifest[]): string {
  return manifests.map(({ why, object }) => `---\n${comment(why)}${yamlOf(object)}`).join('')
}

/** A value as YAML; texts of several lines stand there as they are, and no line is folded. */
export function yamlOf(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  return document.toString({ lineWidth: 0, blockQuote: 'literal', indentSeq: false })
}
