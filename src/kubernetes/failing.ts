import { DependencyError } from '../errors.ts'

/** Makes the error of one request from what is wrong with it, in words. */
export type Fail = (state: string) => DependencyError

/** The cause of a failure stays out: undici keeps bytes of the answer in some errors, and logs show it. */
export function failing(purpose: string): Fail {
  return (state) => new DependencyError('kubernetes', `Cannot ${purpose}: ${state}`)
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Several addresses that refuse to connect are an error without a text.
  return error.message === '' && 'code' in error ? String(error.code) : error.message
}
