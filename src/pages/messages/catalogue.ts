import type { Language } from '../language.ts'
import { german } from './de.ts'
import { english } from './en.ts'
import type { Messages } from './messages.ts'

/** What pages say, by language. */
export const catalogue: Readonly<Record<Language, Messages>> = { en: english, de: german }
