import { extensionFilter } from '../envoy-filters.ts'
import { patchesOf, type Stage, settingsOf, stageOf, valueOf } from './filter-patches.ts'
import type { Rendered } from './rendered.ts'
import { at, textAt, type Unread } from './values.ts'

/** What ours answer when they fail, which no other script says. */
export const preFilterMark = 'attache pre-filter failed'
export const appenderMark = 'attache appender failed'

/** A script that some object puts into Envoy. */
export interface Script {
  readonly object: Rendered
  /** Of its filter, by which other patches know it. */
  readonly name: string
  readonly source: string
  readonly stage: Stage
  /** Of the Lua filter besides the script; undefined for a TrafficExtension, which cannot say any. */
  readonly settings: Unread
}

/** Every Lua script of an EnvoyFilter or a TrafficExtension. */
export function scriptsOf(object: Rendered): readonly Script[] {
  if (object.kind === 'TrafficExtension') {
    const source = textAt(object.value, 'spec', 'lua', 'inlineCode')
    if (source === undefined) return []
    const name = extensionFilter(object)
    return [{ object, name, source, stage: stageOfPhase(object), settings: undefined }]
  }
  return patchesOf(object).flatMap((patch) => {
    const settings = settingsOf(patch)
    const source = luaSourceOf(settings)
    const name = textAt(valueOf(patch), 'name') ?? ''
    return source === undefined ? [] : [{ object, name, source, stage: stageOf(patch), settings }]
  })
}

/** The text of a script that stands in a Lua filter's settings. */
export function luaSourceOf(settings: Unread): string | undefined {
  return textAt(settings, 'default_source_code', 'inline_string') ?? textAt(settings, 'inline_code')
}

/** Where an object of Istio's own kinds puts its filter: a TrafficExtension or a WasmPlugin. */
function stageOfPhase({ value }: Rendered): Stage {
  const phase = at(value, 'spec', 'phase')
  if (phase === 'AUTHN') return 'afterCheck'
  return phase === 'AUTHZ' || phase === 'STATS' ? 'afterTokens' : 'last'
}
