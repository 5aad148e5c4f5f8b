import { fileURLToPath } from 'node:url'
import { publishedSchema } from '../../src/config/schema/config.ts'

/** The published schema, at the top of the repository. */
export const schemaFile = fileURLToPath(new URL('../../attache.schema.json', import.meta.url))

/** What it must hold. */
export function schemaText(): string {
  return `${JSON.stringify(publishedSchema(), null, 2)}\n`
}
