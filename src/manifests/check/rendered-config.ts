import { parseDocument } from 'yaml'
import { type Finding, warning } from './finding.ts'
import type { Installation } from './installation.ts'
import { at, entriesAt, listAt, textAt, textsAt, type Unread } from './values.ts'

/** Whether the configuration among the files is the one that they are checked against. */
export function checkRenderedConfig({ ofKind, service, config }: Installation): readonly Finding[] {
  const wanted = config.routes.flatMap(({ match }) =>
    match.flatMap(({ hosts = [], paths = [] }) => [...hosts, ...paths]),
  )
  return ofKind('ConfigMap')
    .filter(({ namespace, name }) => namespace === service.namespace && name === service.name)
    .flatMap((object) =>
      entriesAt(object.value, 'data')
        .map(([key]) => textAt(object.value, 'data', key) ?? '')
        .map(placesIn)
        .filter((places) => places !== undefined && !isSame(places, wanted))
        .map(() =>
          warning(object, {
            what: 'has a configuration with other routes than the one that was given with --config',
            effect: 'what is found here is of that one, and not of what Attaché will have',
            fix: 'write its text into a file, and give that with --config',
          }),
        ),
    )
}

/** Hosts and paths of the routes; undefined for another text, or one that the environment completes. */
function placesIn(text: string): readonly string[] | undefined {
  const document = parseDocument(text, { logLevel: 'error' })
  if (document.errors.length > 0 || text.includes('${')) return undefined
  try {
    const value: Unread = document.toJS({ maxAliasCount: 100 })
    const routes = listAt(value, 'routes')
    if (routes.length === 0) return undefined
    return routes
      .flatMap((route) => [at(route, 'match'), ...listAt(route, 'match')])
      .flatMap((match) => [...textsAt(match, 'hosts'), ...textsAt(match, 'paths')])
  } catch {
    return undefined
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return JSON.stringify(some.toSorted()) === JSON.stringify(others.toSorted())
}
