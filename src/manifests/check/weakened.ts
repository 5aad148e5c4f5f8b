import { checkFilter } from '../envoy-types.ts'
import { every, filtersTakenOut, patchesOf, settingsWith, subFilter } from './filter-patches.ts'
import { type Finding, fault } from './finding.ts'
import type { Rendered } from './rendered.ts'
import { at, textAt } from './values.ts'

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
  const parts = ['filter_enabled', 'filter_enabled_metadata'].filter(
    (key) => settingsWith(object, key).length > 0,
  )
  if (parts.length > 0 || isSwitchedOff(object)) {
    findings.push(
      fault(object, {
        what: `sets ${parts[0] ?? 'disabled: true'} for the check`,
        effect: 'requests pass unchecked, with whatever their clients say of themselves',
        fix: 'remove it',
      }),
    )
  }
  if (isTrue('clear_route_cache')) {
    findings.push(
      fault(object, {
        what: 'sets clear_route_cache: true',
        effect:
          'Envoy chooses the upstream anew after the check, by headers that the check has set: another one than was judged',
        fix: 'remove it',
      }),
    )
  }
  if (settingsWith(object, 'normalize_path').includes(false)) {
    findings.push(
      fault(object, {
        what: 'sets normalize_path: false',
        effect:
          'Envoy routes by paths as clients write them: policies of Istio and upstreams read another path than was judged',
        fix: 'remove it',
      }),
    )
  }
  const out = filtersTakenOut(object).find(
    (name) => name === every || name === checkFilter || name.startsWith('attache-'),
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

/** Whether patches switch the check off in Envoy's list of filters. */
function isSwitchedOff(object: Rendered): boolean {
  return patchesOf(object).some((patch) => {
    const value = at(patch, 'patch', 'value')
    const names = [textAt(value, 'name'), subFilter(patch)]
    return names.includes(checkFilter) && at(value, 'disabled') === true
  })
}
