import { checkFilter } from '../envoy-types.ts'
import { filtersTakenOut, settingsWith } from './filter-patches.ts'
import { type Finding, fault } from './finding.ts'
import type { Rendered } from './rendered.ts'
import { at } from './values.ts'

/** Settings of any EnvoyFilter that would undo the check. */
export function weakenedBy(object: Rendered): readonly Finding[] {
  const findings: Finding[] = []
  const isTrue = (key: string) => settingsWith(object, key).includes(true)
  if (isTrue('failure_mode_allow')) {
    findings.push(
      fault(object, {
        what: 'sets failure_mode_allow: true',
        effect: 'when Attaché cannot be reached, every request passes unchecked',
        fix: 'remove it',
      }),
    )
  }
  if (isTrue('shadow_mode')) {
    findings.push(
      fault(object, {
        what: 'sets shadow_mode: true',
        effect:
          'denials are only counted: every request passes, with whatever its client says of itself',
        fix: 'remove it',
      }),
    )
  }
  const perRoute = settingsWith(object, checkFilter)
  if (perRoute.some((settings) => at(settings, 'disabled') === true)) {
    findings.push(
      fault(object, {
        what: `disables ${checkFilter} for some routes`,
        effect: 'requests of those routes pass unchecked, whatever their paths are written like',
        fix: 'remove it, and say in a route of Attaché what is public',
      }),
    )
  }
  const out = filtersTakenOut(object).find(
    (name) => name === checkFilter || name.startsWith('attache-'),
  )
  if (out !== undefined) {
    findings.push(
      fault(object, {
        what: `takes ${out} out of Envoy, or puts another filter in its place`,
        effect: 'requests pass unchecked, or with what their clients say of themselves',
        fix: 'remove it',
      }),
    )
  }
  if (settingsWith(object, 'with_request_body').length > 0) {
    findings.push(
      fault(object, {
        what: 'sets with_request_body',
        effect: 'Envoy holds every request until its body is there: kubectl exec over SPDY hangs',
        fix: 'remove it: Attaché reads no body',
      }),
    )
  }
  return findings
}
