import type { Config } from '../../config/types.ts'
import { changeableNames } from '../envoy-filters.ts'
import { configuredNames } from '../header-lists.ts'
import { checkSettingsOf } from './filter-patches.ts'
import type { Filters } from './filters.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { Rendered } from './rendered.ts'
import { at, textAt, type Unread } from './values.ts'
import { fitting } from './whole-text.ts'

interface Setting {
  readonly object: Rendered
  /** Of the filter that asks Attaché. */
  readonly value: Unread
}

const add = 'add the EnvoyFilter "…-check" that attache manifests prints for the gateway'
const lineBreak =
  'a value with a line break would be written as a header of its own, should one ever get past Attaché'

/** What an answer of Attaché may make of a request: Envoy refuses anything else. */
export function checkMutations({ policy, installation, objects }: Filters): readonly Finding[] {
  const settings = objects.flatMap((object) => {
    return checkSettingsOf(object).map((value): Setting => ({ object, value }))
  })
  const rules = settings
    .map(({ object, value }) => ({ object, value: at(value, 'decoder_header_mutation_rules') }))
    .filter(({ value }) => value !== undefined)
  return [
    ...checkPresence(policy.object, { settings, rules }),
    ...settings.flatMap((setting) => unvalidated(setting, settings)),
    ...rules.flatMap((rule) => widened(rule, rules)),
    ...rules.flatMap((rule) => checkNames(rule, installation.config)),
  ]
}

const anyHeader =
  'an answer may change any header of a request, should somebody ever answer in the place of Attaché'

function checkPresence(
  policy: Rendered,
  {
    settings,
    rules,
  }: { readonly settings: readonly Setting[]; readonly rules: readonly Setting[] },
): readonly Finding[] {
  const missing: readonly (readonly [name: string, effect: string])[] = [
    ...(settings.some(({ value }) => at(value, 'validate_mutations') !== undefined)
      ? []
      : [['validate_mutations', lineBreak] as const]),
    ...(rules.some(({ value }) => at(value, 'disallow_all') !== undefined)
      ? []
      : [['decoder_header_mutation_rules', anyHeader] as const]),
  ]
  if (missing.length === 0) return []
  return [
    warning(policy, {
      what: `has no EnvoyFilter beside it that sets ${missing.map(([name]) => name).join(' and ')}`,
      effect: missing.map(([, effect]) => effect).join('; '),
      fix: add,
    }),
  ]
}

function unvalidated({ object, value }: Setting, settings: readonly Setting[]): readonly Finding[] {
  if (at(value, 'validate_mutations') !== false) return []
  const isSet = settings.some((other) => at(other.value, 'validate_mutations') === true)
  return [
    warning(object, {
      what: 'sets validate_mutations: false',
      effect: isSet
        ? `nothing, as istiod merges no value that is the default; without the other EnvoyFilter, ${lineBreak}`
        : lineBreak,
      fix: 'remove it, and keep validate_mutations: true of the EnvoyFilter "…-check"',
    }),
  ]
}

/** Values that take a limit away. */
const wide: readonly (readonly [name: string, value: boolean])[] = [
  ['disallow_all', false],
  ['disallow_is_error', false],
  ['allow_all_routing', true],
  ['allow_envoy', true],
]

const elsewhere =
  'what an answer may change is no longer limited to identity headers and credentials: somebody who answers in the place of Attaché can lead a request elsewhere'

/** Envoy asks for the others only where not all is disallowed, and istiod merges no `false` into a `true`. */
function widened({ object, value }: Setting, rules: readonly Setting[]): readonly Finding[] {
  const found = wide.filter(([name, loose]) => at(value, name) === loose)
  if (found.length === 0) return []
  const named = found.map(([name, loose]) => `${name}: ${String(loose)}`).join(', ')
  const isClosed = rules.some((rule) => at(rule.value, 'disallow_all') === true)
  const said = isClosed ? warning : fault
  return [
    said(object, {
      what: `sets decoder_header_mutation_rules with ${named}`,
      effect: isClosed
        ? `nothing, as long as another EnvoyFilter sets disallow_all: true, which istiod keeps; without it, ${elsewhere}`
        : elsewhere,
      fix: 'remove it: Attaché changes nothing else',
    }),
  ]
}

/** Names that no answer changes, each of another kind. */
const foreign = [':path', ':authority', ':method', ':scheme', 'host', 'content-length', 'x-other']

function checkNames({ object, value }: Setting, config: Config): readonly Finding[] {
  const text = textAt(value, 'allow_expression', 'regex')
  const refusing = at(value, 'disallow_expression')
  if (text === undefined && refusing === undefined) return []
  const own = changeableNames(config)
  if (text === own && refusing === undefined) return []
  const names = [...changedNames(config), ...foreign]
  const allowed = fitting(text ?? own, names)
  const refused =
    refusing === undefined ? new Set() : fitting(textAt(refusing, 'regex') ?? '', names)
  if (allowed === undefined || refused === undefined) {
    return [
      warning(object, {
        what: 'has an expression in decoder_header_mutation_rules that nobody here can read',
        effect: 'nobody can see which headers an answer may change',
        fix: 'print it again with attache manifests',
      }),
    ]
  }
  const changes = (name: string) => allowed.has(name) && !refused.has(name)
  const missing = changedNames(config).filter((name) => !changes(name))
  const more = foreign.filter(changes)
  return [
    ...(missing.length === 0 ? [] : [lacking(object, missing)]),
    ...(more.length === 0 ? [] : [tooMany(object, more)]),
  ]
}

/** One of each kind that an answer sets or removes. */
function changedNames(config: Config): readonly string[] {
  const fixed = ['authorization', 'cookie', 'impersonate-user', 'sec-websocket-protocol']
  return [...configuredNames(config), ...fixed]
}

function lacking(object: Rendered, names: readonly string[]): Finding {
  return fault(object, {
    what: `has decoder_header_mutation_rules that do not let an answer change ${quoted(names)}`,
    effect: 'Envoy refuses the answers of Attaché that do: those requests end in 500',
    fix: 'print it again with attache manifests',
  })
}

function tooMany(object: Rendered, names: readonly string[]): Finding {
  return fault(object, {
    what: `has decoder_header_mutation_rules that let an answer change ${quoted(names)}`,
    effect: 'somebody who answers in the place of Attaché can lead a request elsewhere',
    fix: 'print it again with attache manifests',
  })
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
