import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { compileTargets, type Target, type TargetInput } from '../../src/routes/target.ts'
import { configFrom } from './shipped.ts'

const file = new URL('../../kustomize/components/kubeflow/common/attache.yaml', import.meta.url)

/** What becomes of a request whose user is known. */
type Course = 'public' | 'identity token' | 'user alone' | 'reviewed' | 'refused' | 'sign-in'

function courseOf(target: Target): Course | Target['kind'] {
  if (target.kind !== 'route') return target.kind
  const { access, authorization, subjectAccessReview, when } = target.route
  if (access === 'public') return 'public'
  if (when?.source === 'false') return 'refused'
  if (subjectAccessReview !== undefined) return 'reviewed'
  return authorization === 'identityToken' ? 'identity token' : 'user alone'
}

const kubeflow = 'kubeflow.company.example'
const cases: readonly [course: Course, host: string, paths: readonly string[]][] = [
  ['public', kubeflow, ['/dex/auth', '/dex/.well-known/openid-configuration', '/dex/healthz']],
  ['sign-in', kubeflow, ['/oauth2/start?rd=/x', '/oauth2/sign_out', '/oauth2/userinfo', '/logout']],
  [
    'identity token',
    kubeflow,
    [
      ...['/', '/?ns=team', '/_/jupyter/', '/api/workgroup/exists', '/assets/logo.svg'],
      ...['/jupyter/', '/jupyter/api/namespaces/team/notebooks', '/volumes/', '/tensorboards/'],
      ...['/katib/', '/kfam/v1/bindings', '/kserve-endpoints/', '/model-registry/', '/workspaces/'],
      ...[
        '/pipeline/',
        '/pipeline/apis/v2beta1/runs',
        '/ml_metadata.MetadataStoreService/GetTypes',
      ],
      ...['/api/model_catalog/v1/sources', '/api/model_registry/v1/models'],
    ],
  ],
  ['reviewed', kubeflow, ['/serving/team/model', '/serving/team/model/v1/models/m:predict']],
  ['reviewed', 'model.team.example.com', ['/', '/v1/models/m:predict', '/dex/auth', '/jupyter/']],
  ['reviewed', 'model-predictor.team.example.com:8080', ['/v1/models/m:predict']],
  ['reviewed', 'model-team.example.com', ['/v1/models/m:predict']],
  ['reviewed', 'model.team.svc.cluster.local', ['/v1/models/m:predict']],
  ['reviewed', 'model.team.svc', ['/']],
  ['refused', kubeflow, ['/serving/', '/serving/Team/model/x', '/serving/team']],
  [
    'user alone',
    kubeflow,
    [
      ...['/notebook/team/name/', '/notebook/team/name/api/kernels/id/channels', '/notebook/Odd/x'],
      ...['/tensorboard/team/name/', '/pvcviewer/team/name/', '/a-tenants-own/path', '/jupyterlab'],
    ],
  ],
]

describe('attache.yaml of the kubeflow component', () => {
  let target: (input: TargetInput) => Target

  before(async () => {
    target = compileTargets(await configFrom(readFileSync(file, 'utf8')))
  })

  for (const [course, host, paths] of cases) {
    for (const path of paths) {
      it(`${course}: ${host}${path}`, () => {
        assert.equal(courseOf(target({ method: 'GET', host, path })), course)
      })
    }
  }

  const api = [
    '/api/x',
    '/apis/x',
    '/ml_metadata',
    '/jupyter/api/x',
    '/notebook/team/name/api/contents',
  ]
  for (const path of [
    ...api,
    '/',
    '/jupyter/',
    '/notebook/team/name/lab',
    '/serving/team/model/v1',
  ]) {
    const isApi = api.includes(path)
    it(`answers ${isApi ? 'programs' : 'browsers'} at ${path}`, () => {
      const found = target({ method: 'GET', host: kubeflow, path })
      assert.ok(found.kind === 'route')
      assert.equal(found.isApiPath, isApi)
    })
  }
})
