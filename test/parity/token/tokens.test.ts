import { formCases } from './cases/form.ts'
import { headerCases } from './cases/headers.ts'
import { mappingCases } from './cases/mappings.ts'
import { payloadCases } from './cases/payloads.ts'
import { tokenTests } from './token-tests.ts'

await tokenTests('what is in them', {
  'the form of the token': formCases,
  'header, algorithms and keys': headerCases,
  'registered claims and JSON': payloadCases,
  'mappings of claims': mappingCases,
})
