import type { Config } from '../../config/types.ts'
import { saysWhoTheUserIs } from '../header-lists.ts'
import { operationOf, patchesOf, settingsOf, stageOf, valueOf } from './filter-patches.ts'
import type { Filters } from './filters.ts'
import { type Finding, warning } from './finding.ts'
import type { Rendered } from './rendered.ts'
import { appenderMark, luaSourceOf, preFilterMark } from './scripts.ts'
import { at, listAt, objectsIn, textAt, textsAt, type Unread } from './values.ts'

/** Filters of others, which see a request after Attaché has said whose it is. */
export function checkForeignFilters({ installation, objects }: Filters): readonly Finding[] {
  return objects.flatMap((object) =>
    object.kind === 'EnvoyFilter'
      ? patchesOf(object).flatMap((patch) => inPatch({ object, patch }, installation.config))
      : extension(object),
  )
}

/** Envoy's filters that run somebody's code, or ask somebody, by what stands in the name of their message. */
const programs: Readonly<Record<string, string>> = {
  lua: 'Lua',
  wasm: 'Wasm',
  golang: 'Go',
  dynamic_modules: 'a dynamic module',
  ext_proc: 'ext_proc',
  ext_authz: 'ext_authz',
}

function inPatch(
  { object, patch }: { readonly object: Rendered; readonly patch: Unread },
  config: Config,
): readonly Finding[] {
  if (textAt(patch, 'applyTo') !== 'HTTP_FILTER') return written(object, { patch, config })
  // What another filter is changed to is no filter of its own.
  if (operationOf(patch) === 'MERGE') return []
  const stage = stageOf(patch)
  if (stage === 'first' || stage === 'beforeCheck' || stage === 'nowhere') return []
  const settings = settingsOf(patch)
  // A filter may come to Envoy by a service of its own, and says here what it will be.
  const [discovered] = textsAt(valueOf(patch), 'config_discovery', 'type_urls')
  const type = textAt(settings, '@type') ?? discovered ?? ''
  const kind = /\.filters\.http\.(?<kind>[a-z_]+)\./.exec(type)
  const program = programs[kind?.groups?.['kind'] ?? '']
  if (program === undefined) return written(object, { patch, config })
  if (program === 'Lua' && !mayWrite(luaSourceOf(settings))) return []
  return [behindCheck(object, { name: textAt(valueOf(patch), 'name') ?? '', program })]
}

/** Whether a script could change a header, and is none of ours; one that is not here could. */
function mayWrite(source: string | undefined): boolean {
  if (source === undefined) return true
  if (source.includes(appenderMark) || source.includes(preFilterMark)) return false
  return /\b(?:add|replace|remove)\b/.test(source)
}

/** A TrafficExtension or a WasmPlugin: all of their phases come after the check. */
function extension(object: Rendered): readonly Finding[] {
  const { kind, name, value } = object
  if (kind === 'TrafficExtension' && at(value, 'spec', 'lua') !== undefined) {
    if (!mayWrite(textAt(value, 'spec', 'lua', 'inlineCode'))) return []
    return [behindCheck(object, { name, program: 'Lua' })]
  }
  return [behindCheck(object, { name, program: 'Wasm' })]
}

function behindCheck(
  object: Rendered,
  { name, program }: { readonly name: string; readonly program: string },
): Finding {
  return warning(object, {
    what: `runs "${name}" (${program}) behind the check`,
    effect:
      'what it writes to identity headers reaches upstreams as if Attaché had said it, and nobody can see here what it writes',
    fix: 'make sure that it leaves those headers alone, or insert it before envoy.filters.http.ext_authz',
  })
}

/** Identity headers that settings of a route or of a filter name, to write or to remove them. */
function written(
  object: Rendered,
  { patch, config }: { readonly patch: Unread; readonly config: Config },
): readonly Finding[] {
  const names = objectsIn(valueOf(patch)).flatMap((part) => [
    ...listAt(part, 'request_headers_to_add').map((entry) => textAt(entry, 'header', 'key')),
    ...listAt(part, 'request_headers_to_remove').map((entry) => String(entry)),
    ...listAt(part, 'request_mutations').flatMap((entry) => [
      textAt(entry, 'append', 'header', 'key'),
      textAt(entry, 'remove'),
    ]),
  ])
  const found = names.find((name) => name !== undefined && saysWhoTheUserIs(name, config))
  if (found === undefined) return []
  return [
    warning(object, {
      what: `writes or removes "${found}" behind the check`,
      effect: 'upstreams read who the user is there, and not in what Attaché has said',
      fix: 'remove it',
    }),
  ]
}
