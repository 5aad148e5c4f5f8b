import { request } from 'undici'

/** What a program such as curl gets. */
export interface Answer {
  readonly status: number
  /** Its value, repeated lines joined; empty when there is none. */
  readonly header: (name: string) => string
  readonly body: string
}

/** `GET` as a program makes it: no cookies, no redirects. */
export async function get(
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await request(url, { headers: { accept: '*/*', ...headers } })
  const header = (name: string) => String(response.headers[name] ?? '')
  return { status: response.statusCode, header, body: await response.body.text() }
}

/** The header lines in the application's text whose name matches, by name and then as received. */
export function linesNamed(text: string, name: RegExp): readonly string[] {
  const order = ['authorization', 'kubeflow-userid', 'kubeflow-groups', 'impersonate-user']
  const rank = (line: string) => {
    const index = order.indexOf(nameOf(line))
    return index === -1 ? order.length : index
  }
  return text
    .split('\n')
    .slice(1)
    .filter((line) => name.test(nameOf(line)))
    .map((line) => nameOf(line) + line.slice(nameOf(line).length))
    .toSorted((one, other) => rank(one) - rank(other))
}

function nameOf(line: string): string {
  return line.split(':', 1)[0]?.toLowerCase() ?? ''
}
