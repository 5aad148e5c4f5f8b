/** The parameters of a path as it was received: all that follows the first `?`. */
export function queryOf(path: string): URLSearchParams {
  const start = path.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : path.slice(start + 1))
}
