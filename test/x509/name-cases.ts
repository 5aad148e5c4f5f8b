/** Subjects of certificates and whom kube-apiserver sees in them; used as {@link chainCases} are. */
import { type CertificateOptions, cn, o, uid } from '../support/certificates.ts'
import { der } from '../support/der-writer.ts'

/** A subject, and the user that it names. */
export interface NameCase {
  readonly what: string
  readonly name: CertificateOptions['name']
  readonly answer:
    | { readonly name: string; readonly uid?: string; readonly groups?: readonly string[] }
    /** A certificate that nobody is named in. */
    | 'nobody'
    | 'refused'
}

const ou = '2.5.4.11'
const text = (tag: number, bytes: readonly number[] | string) => der(tag, Buffer.from(bytes))

/** String types by their tags. */
const types = { utf8: 12, numeric: 18, printable: 19, t61: 20, ia5: 22, universal: 28, bmp: 30 }

export const nameCases: readonly NameCase[] = [
  { what: 'a common name', name: [[cn, 'alice']], answer: { name: 'alice' } },
  {
    what: 'organizations as groups, in order, twice too',
    name: [
      [o, 'b'],
      [cn, 'alice'],
      [o, 'a'],
      [ou, 'unit'],
      [o, 'b'],
    ],
    answer: { name: 'alice', groups: ['b', 'a', 'b'] },
  },
  {
    what: 'a relative name with several organizations',
    name: [
      [cn, 'alice'],
      [
        [o, 'a'],
        [o, 'b'],
      ],
      [
        [ou, 'x'],
        [o, 'c'],
      ],
    ],
    answer: { name: 'alice', groups: ['a', 'b', 'c'] },
  },
  {
    what: 'commas, equals signs and slashes',
    name: [
      [cn, 'CN=alice,O=system:masters/CN=bob'],
      [o, 'a,b'],
      [o, '"c"'],
    ],
    answer: { name: 'CN=alice,O=system:masters/CN=bob', groups: ['a,b', '"c"'] },
  },
  {
    what: 'two common names',
    name: [
      [cn, 'alice'],
      [cn, 'bob'],
    ],
    answer: { name: 'bob' },
  },
  {
    what: 'an empty one after a common name',
    name: [
      [cn, 'alice'],
      [cn, ''],
    ],
    answer: 'nobody',
  },
  { what: 'no common name', name: [[o, 'system:masters']], answer: 'nobody' },
  { what: 'an empty subject', name: [], answer: 'nobody' },
  {
    what: 'an empty group',
    name: [
      [cn, 'alice'],
      [o, ''],
    ],
    answer: { name: 'alice', groups: [''] },
  },
  { what: 'a blank name', name: [[cn, ' ']], answer: { name: ' ' } },
  { what: 'a name with NUL', name: [[cn, 'alice\0.evil']], answer: { name: 'alice\0.evil' } },
  {
    what: 'a uid',
    name: [
      [cn, 'alice'],
      [uid, '42'],
    ],
    answer: { name: 'alice', uid: '42' },
  },
  {
    what: 'two uids',
    name: [
      [cn, 'alice'],
      [uid, '1'],
      [uid, '2'],
    ],
    answer: 'refused',
  },
  {
    what: 'one uid twice',
    name: [
      [cn, 'alice'],
      [uid, '1'],
      [uid, '1'],
    ],
    answer: 'refused',
  },
  {
    what: 'an empty uid',
    name: [
      [cn, 'alice'],
      [uid, ''],
    ],
    answer: 'refused',
  },
  {
    what: 'two uids of nobody',
    name: [
      [o, 'a'],
      [uid, '1'],
      [uid, '2'],
    ],
    answer: 'nobody',
  },
  {
    what: 'a uid that is a number',
    name: [
      [cn, 'alice'],
      [uid, text(2, [5])],
    ],
    answer: 'refused',
  },
  { what: 'UTF-8', name: [[cn, 'Jürgen 組 🎟']], answer: { name: 'Jürgen 組 🎟' } },
  { what: 'broken UTF-8', name: [[cn, text(types.utf8, [0xff])]], answer: 'refused' },
  {
    what: 'a surrogate in UTF-8',
    name: [[cn, text(types.utf8, [0xed, 0xa0, 0x80])]],
    answer: 'refused',
  },
  { what: 'a byte order mark', name: [[cn, '\ufeffalice']], answer: { name: '\ufeffalice' } },
  {
    what: 'PrintableString',
    name: [[cn, text(types.printable, "a (b) '+,-./:=?*&")]],
    answer: { name: "a (b) '+,-./:=?*&" },
  },
  { what: 'PrintableString with @', name: [[cn, text(types.printable, 'a@b')]], answer: 'refused' },
  {
    what: 'PrintableString with a line break',
    name: [[cn, text(types.printable, 'a\n')]],
    answer: 'refused',
  },
  { what: 'T61String', name: [[cn, text(types.t61, [0x4a, 0xfc])]], answer: { name: 'Jü' } },
  {
    what: 'T61String with controls of Latin-1',
    name: [[cn, text(types.t61, [0x80, 0x9f])]],
    answer: { name: '\u0080\u009f' },
  },
  { what: 'IA5String', name: [[cn, text(types.ia5, 'a@b')]], answer: { name: 'a@b' } },
  { what: 'IA5String with 8 bits', name: [[cn, text(types.ia5, [0xfc])]], answer: 'refused' },
  { what: 'NumericString', name: [[cn, text(types.numeric, '1 2')]], answer: { name: '1 2' } },
  { what: 'NumericString with letters', name: [[cn, text(types.numeric, 'a')]], answer: 'refused' },
  {
    what: 'BMPString',
    name: [[cn, text(types.bmp, [0, 0x4a, 0, 0xfc, 0, 0])]],
    answer: { name: 'Jü' },
  },
  {
    what: 'BMPString of odd length',
    name: [[cn, text(types.bmp, [0, 0x4a, 0])]],
    answer: 'refused',
  },
  {
    what: 'BMPString with a surrogate',
    name: [[cn, text(types.bmp, [0xd8, 0, 0xdc, 0])]],
    answer: 'refused',
  },
  {
    what: 'UniversalString',
    name: [[cn, text(types.universal, [0, 0, 0, 0x4a])]],
    answer: 'refused',
  },
]
