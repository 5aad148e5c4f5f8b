/** The three requests that the demo prints for pasting, and that its check makes by itself. */
import type { Demo } from './demo.ts'

export interface CurlLine {
  readonly says: string
  readonly withToken: boolean
  readonly headers: Readonly<Record<string, string>>
}

export const curlLines = {
  withToken: { says: 'With a token: the application sees alice.', withToken: true, headers: {} },
  without: { says: 'Without: 401.', withToken: false, headers: {} },
  forged: {
    says: 'With forged identity headers: they have no effect.',
    withToken: true,
    headers: { 'Impersonate-Group': 'system:masters', 'kubeflow-userid': 'root' },
  },
} satisfies Readonly<Record<string, CurlLine>>

/** As one pastes it into a shell; `-i` where the answer's status is what there is to see. */
export function shellLine({ withToken, headers }: CurlLine, { url, tokenFile }: Demo): string {
  return [
    withToken ? 'curl' : 'curl -i',
    ...(withToken ? [`-H "Authorization: Bearer $(cat ${tokenFile})"`] : []),
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    url.href,
  ].join(' ')
}
