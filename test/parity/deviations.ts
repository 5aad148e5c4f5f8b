/** A difference from kube-apiserver that is meant, and the cases that show it. */
export interface Deviation {
  /** As docs/parity.md names it. */
  readonly name: string
  /** In which table: of expressions, of configurations or of tokens. */
  readonly table: 'cel' | 'config' | 'token'
  /** Why it is meant; docs/parity.md says the same. */
  readonly reason: string
  /** Names of cases; each of them must differ. */
  readonly cases: readonly string[]
}

/** Every difference that is meant; any other fails the tests, and so does one that no longer shows. */
export const deviations: readonly Deviation[] = [
  {
    name: 'Work of an expression',
    table: 'cel',
    reason:
      'An expression that looks at millions of characters or elements is ended, which takes some 50 ms, even where kube-apiserver counts little for it: all other checks wait for it.',
    cases: [
      'loops: lists.range(9259).all(x, claims.list == claims.list)',
      'loops: lists.range(166).all(x, dyn(claims.list).exists(y, y == 999.0))',
      'loops: dyn(claims.texts).map(x, dyn(claims.texts).indexOf(x)).size()',
      "texts: lists.range(30).all(x, claims.text.matches('(a|b)*c') || true)",
      "texts: lists.range(40).all(x, claims.text.matches('(a|b)*c') || true)",
      "texts: claims.text.findAll('a').size()",
    ],
  },
  {
    name: 'Size of a text or list',
    table: 'cel',
    reason:
      'A text of more than 16 million characters or a list of more than a million elements ends the expression that makes it; kube-apiserver makes gigabytes.',
    cases: [
      "sizes: claims.text.replace('a', string(claims.text)).size()",
      'sizes: dyn(claims.list).map(x, claims.list).flatten().size()',
    ],
  },
  {
    name: 'Size of a token',
    table: 'token',
    reason:
      'A token of more than 65,536 characters is refused before it is decoded: Envoy takes headers of 60 KiB in all.',
    cases: ['a token of 70,000 characters'],
  },
  {
    name: 'Size of an answer',
    table: 'token',
    reason:
      'Of what an issuer, or a source of groups, answers, 1 MiB is read; kube-apiserver reads all of it.',
    cases: [
      'a key set of 2 MB',
      'a discovery document of 2 MB',
      'groups elsewhere, in an answer of 2 MB',
    ],
  },
  {
    name: 'Time for an answer',
    table: 'token',
    reason:
      'An issuer has 5 seconds for an answer, because a check must end before Envoy gives up; in kube-apiserver it has 30.',
    cases: ['discovery that answers after six seconds', 'a key set that comes after six seconds'],
  },
  {
    name: 'Number of keys',
    table: 'token',
    reason:
      'A set of more than 100 keys is refused: a token without `kid` is tried against each of them.',
    cases: ['a set of 101 keys', 'a set of 101 keys, a token without kid'],
  },
  {
    name: 'Rate of refetches',
    table: 'token',
    reason:
      'A token that does not verify makes Attaché fetch the keys at most once a minute, whatever Cache-Control says; kube-apiserver fetches for each, but for none while Cache-Control says that its keys are fresh.',
    cases: [
      'keys that come one after the other: a second new one within a minute',
      'keys that may be kept for an hour: a new one',
    ],
  },
  {
    name: 'Redirects to private addresses',
    table: 'token',
    reason:
      'A redirect to another origin is followed only to a public address: a private one could lie anywhere that Attaché reaches and the issuer does not.',
    cases: [
      'a key set that is redirected to another private address',
      'discovery that is redirected to another private address',
      'groups elsewhere, redirected to another private address',
    ],
  },
  {
    name: 'Withdrawal of keys',
    table: 'token',
    reason:
      'A key that its issuer withdrew is gone within five minutes; kube-apiserver keeps it until a token does not verify.',
    cases: ['withdrawal: a key that was withdrawn four minutes ago'],
  },
]
