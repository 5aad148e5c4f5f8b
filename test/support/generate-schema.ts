import { writeFileSync } from 'node:fs'
import { schemaFile, schemaText } from './schema.ts'

// `npm run generate`: prints the schema of the configuration for editors.
writeFileSync(schemaFile, schemaText())
