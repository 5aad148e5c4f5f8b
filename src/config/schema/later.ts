/** Sections whose parts are not built yet: published so that names are settled, refused by `not-yet.ts`. */
import { openMap } from './parts.ts'

export const personalAccessTokensSchema = openMap({
  description: 'Tokens that people make for their programs.',
})
