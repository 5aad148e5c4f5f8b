import { readFileSync } from 'node:fs'
import type { Config } from '../config/types.ts'
import {
  configuredNames,
  frontProxyNames,
  identityNames,
  identityPrefixes,
} from './header-lists.ts'

/** Which of the filters in istio/. */
type LuaFilter = 'pre-filter' | 'appender'

/** istio/appender.lua, which is the same for every configuration. */
export function appenderSource(): string {
  return sourceOf('appender')
}

/** istio/pre-filter.lua with the header names of a configuration in its tables. */
export function preFilterSource(config: Config): string {
  const names = [...new Set([...identityNames, ...configuredNames(config)])]
  const requested = frontProxyNames(config).map((name) => name.replace(/\*$/, ''))
  const tables: Readonly<Record<string, readonly string[]>> = {
    identity_prefixes: identityPrefixes.map(quoted),
    identity_names: names
      .filter((name) => !identityPrefixes.some((prefix) => name.startsWith(prefix)))
      .map((name) => `[${quoted(name)}] = true`),
    requested_prefixes: ['impersonate-', ...requested].map(quoted),
  }
  return Object.entries(tables).reduce(withTable, sourceOf('pre-filter'))
}

function sourceOf(filter: LuaFilter): string {
  return readFileSync(new URL(`../../istio/${filter}.lua`, import.meta.url), 'utf8')
}

function withTable(source: string, [name, entries]: readonly [string, readonly string[]]): string {
  const table = new RegExp(`^local ${name} = \\{[^}]*\\}$`, 'm')
  if (!table.test(source))
    throw new TypeError(`Cannot fill "${name}": pre-filter.lua has no such table`)
  return source.replace(
    table,
    () => `local ${name} = {\n${entries.map((entry) => `  ${entry},\n`).join('')}}`,
  )
}

/** A string of Lua. Header names have no character that ends it, but `\` is none of theirs either. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`
}
