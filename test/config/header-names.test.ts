import { describe } from 'node:test'
import { listenAndRoutes } from './folder.ts'
import { type Case, check } from './rules.ts'

describe('kubeflow and headers', () => {
  check(
    [
      [
        'names of one’s own',
        'headers: { user: X-WebAuth-User, groups: "", email: x-remote-email, idToken: x-id }',
      ],
      ...[
        'host',
        'Connection',
        'authorization',
        'cookie',
        'impersonate-user',
        'x-attache-x',
        'x-envoy-external-address',
        'x-forwarded-for',
        'transfer-encoding',
        'Sec-Fetch-Site',
        'a b',
        'a:b',
        ':authority',
        'x_user',
        'é',
        'a\\n',
      ].map(
        (name): Case => [
          `the header "${name}"`,
          `headers: { user: "${name}" }`,
          /headers.user: must/,
        ],
      ),
      ['an empty user header', 'headers: { user: "" }', /headers.user: must not be empty/],
      [
        'one name twice',
        'kubeflow: { userHeader: x-a, groupsHeader: X-A }',
        /kubeflow.groupsHeader: must not be the name of kubeflow.userHeader too/,
      ],
    ],
    (text) => `${listenAndRoutes}${text}\n`,
  )
})
