/** General categories, and those scripts that Go's lookup finds: none with an underscore in its name. */
const known =
  'C Cc Cf Cn Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm ' +
  'So Z Zl Zp Zs' +
  ' ' +
  'Adlam Ahom Arabic Armenian Avestan Balinese Bamum Batak Bengali Bhaiksuki Bopomofo Brahmi ' +
  'Braille Buginese Buhid Carian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform ' +
  'Cypriot Cyrillic Deseret Devanagari Dogra Duployan Elbasan Elymaic Ethiopic Georgian ' +
  'Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran Hebrew ' +
  'Hiragana Inherited Javanese Kaithi Kannada Katakana Kawi Kharoshthi Khmer Khojki Khudawadi ' +
  'Lao Latin Lepcha Limbu Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean ' +
  'Marchen Medefaidrin Miao Modi Mongolian Mro Multani Myanmar Nabataean Nandinagari Newa Nko ' +
  'Nushu Ogham Oriya Osage Osmanya Palmyrene Phoenician Rejang Runic Samaritan Saurashtra ' +
  'Sharada Shavian Siddham Sinhala Sogdian Soyombo Sundanese Syriac Tagalog Tagbanwa Takri ' +
  'Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi ' +
  'Wancho Yezidi Yi'

/** Long names of categories, without the underscores that Unicode gives them. */
const aliases =
  'Casedletter=LC Closepunctuation=Pe Combiningmark=M Connectorpunctuation=Pc Control=Cc ' +
  'Currencysymbol=Sc Dashpunctuation=Pd Decimalnumber=Nd Enclosingmark=Me Finalpunctuation=Pf ' +
  'Format=Cf Initialpunctuation=Pi Letter=L Letternumber=Nl Lineseparator=Zl ' +
  'Lowercaseletter=Ll Mark=M Mathsymbol=Sm Modifierletter=Lm Modifiersymbol=Sk ' +
  'Nonspacingmark=Mn Number=N Openpunctuation=Ps Other=C Otherletter=Lo Othernumber=No ' +
  'Otherpunctuation=Po Othersymbol=So Paragraphseparator=Zp Privateuse=Co Punctuation=P ' +
  'Separator=Z Spaceseparator=Zs Spacingmark=Mc Surrogate=Cs Symbol=S Titlecaseletter=Lt ' +
  'Unassigned=Cn Uppercaseletter=Lu Cntrl=Cc Digit=Nd Punct=P'

const names: ReadonlyMap<string, string> = new Map([
  ...known.split(' ').map((name) => [name, name] as const),
  ...aliases
    .split(' ')
    .map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? ''] as const),
  ['Any', 'Any'],
  ['Lc', 'LC'],
])

/**
 * The name that re2js has for a class of Unicode 15, or undefined if Go's `regexp` knows none of that name.
 * Go ignores case, blanks, hyphens and underscores since 1.25.
 */
export function unicodeClass(name: string): string | undefined {
  return names.get(canonicalName(name))
}

/** As Go compares names: one capital, then small letters. */
export function canonicalName(name: string): string {
  const letters = name.replaceAll(/[_ -]/g, '')
  return letters.slice(0, 1).toUpperCase() + letters.slice(1).toLowerCase()
}
