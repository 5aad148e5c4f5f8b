import { at, entriesAt, listAt, textAt, type Unread } from './values.ts'
import { fitting } from './whole-text.ts'

/** A path that belongs to somebody. */
export interface SignInPlace {
  /** Begins and ends with a slash. */
  readonly path: string
  /** The Service behind it, as `name.namespace`. */
  readonly owner: string
}

/** Whether a route of a VirtualService comes before the one of a place, for some request there. */
export function takes(route: Unread, { path }: SignInPlace): boolean {
  return listAt(route, 'match').some((match) => {
    const uri = at(match, 'uri')
    if (uri === undefined) return isConditional(match)
    const isFolded = at(match, 'ignoreUriCase') === true
    const wanted = isFolded ? path.toLowerCase() : path
    const read = (key: string) => {
      const text = textAt(uri, key)
      return isFolded ? text?.toLowerCase() : text
    }
    const exact = read('exact')
    if (exact !== undefined) return `${exact}/`.startsWith(wanted)
    const prefix = read('prefix')
    // Istio puts what is for all paths behind everything else.
    if (prefix !== undefined) {
      return prefix !== '/' && (prefix.startsWith(wanted) || wanted.startsWith(prefix))
    }
    return fitsSome(read('regex') ?? '.*', wanted)
  })
}

/** What narrows a match besides the path; by the host alone it is a route of another host. */
const conditions = ['headers', 'withoutHeaders', 'queryParams', 'method', 'scheme']

function isConditional(match: Unread): boolean {
  return entriesAt(match).some(([key]) => conditions.includes(key))
}

/** Pages of sign-in: Dex' and our own. */
const pages = ['', 'auth', 'auth/local/login', 'callback', 'sign_in', 'start', 'token']

function fitsSome(regex: string, path: string): boolean {
  if (regex === '.*') return false
  const fits = fitting(
    regex,
    pages.map((page) => `${path}${page}`),
  )
  // One that nobody can read may fit.
  return fits === undefined || fits.size > 0
}
