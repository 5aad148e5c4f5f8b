import { type RotatingFile, type RotatingFileOptions, rotatingFile } from './rotating-file.ts'

/** What a bearer token may consist of, as it becomes a header line. */
const tokenForm = /^[\x21-\x7e]+$/

/** A {@link RotatingFile} with a bearer token. */
export function tokenFile(
  path: string,
  options: Pick<RotatingFileOptions, 'now' | 'onKept'>,
): RotatingFile {
  return rotatingFile(path, {
    ...options,
    fault: (text) => (isBearerToken(text) ? undefined : 'it holds no bearer token'),
  })
}

/** Whether a text can stand in an `authorization` line as a token. */
export function isBearerToken(text: string): boolean {
  return tokenForm.test(text)
}
