/** Every language that pages speak, the fallback first. One more needs its messages, or nothing compiles. */
export const languages = ['en', 'de'] as const

export type Language = (typeof languages)[number]

const fallback: Language = 'en'

/** Longer than any browser's. */
const maxLength = 1000

/** `language-range [ ";q=" qvalue ]`, as RFC 9110 §12.5.4 and RFC 4647 §2.1 have them. */
const rangeForm =
  /^([a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/

interface LanguageRange {
  readonly range: string
  readonly quality: number
}

/**
 * The language of ours that the reader likes best, by the `Accept-Language` of
 * {@link https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 RFC 9110 §12.5.4} and the lookup of
 * {@link https://www.rfc-editor.org/rfc/rfc4647#section-3.4 RFC 4647 §3.4}: `de-AT` gets `de`. English
 * without a wish that can be met; what is malformed is no wish.
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || acceptLanguage.length > maxLength) return fallback
  const ranges = acceptLanguage.toLowerCase().split(',').flatMap(readRange)
  const refused = new Set(ranges.filter(({ quality }) => quality === 0).map(({ range }) => range))
  const offered = languages.filter((language) => !refused.has(language))
  const wanted = ranges
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
  for (const { range } of wanted) {
    const found = range === '*' ? offered[0] : lookUp(range, offered)
    if (found !== undefined) return found
  }
  return fallback
}

function readRange(text: string): readonly LanguageRange[] {
  const [, range, quality = '1'] = rangeForm.exec(text.trim()) ?? []
  return range === undefined ? [] : [{ range, quality: Number(quality) }]
}

/** The range itself, or what is left of it when its ends are cut off one by one. */
function lookUp(range: string, offered: readonly Language[]): Language | undefined {
  for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const found = offered.find((language) => language === tag)
    if (found !== undefined) return found
  }
  return undefined
}
