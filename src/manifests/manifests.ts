import type { Config } from '../config/types.ts'
import { checkSettings, preFilter } from './envoy-filters.ts'
import { envoyGateway } from './envoy-gateway.ts'
import { impersonation } from './impersonation.ts'
import type { Manifest } from './manifest.ts'
import { meshConfig } from './mesh.ts'
import type { ManifestOptions } from './options.ts'
import { type IstioPlace, type Place, standingAt } from './place.ts'
import { policies } from './policies.ts'
import { portOf } from './provider.ts'

/**
 * Every object that Attaché needs around it at the places of `options`, and none that this configuration does
 * not need. Throws `ManifestError` for what no object can make work.
 */
export function manifestsFor(config: Config, options: ManifestOptions): readonly Manifest[] {
  portOf(config.listen, options.transport)
  return options.places.flatMap((place) => manifestsAt(place, { config, options }))
}

interface Given {
  readonly config: Config
  readonly options: ManifestOptions
}

function manifestsAt(place: Place, given: Given): readonly Manifest[] {
  if (place === 'mesh') return [meshConfig(given.config, given.options)]
  if (place === 'envoy-gateway') return envoyGateway(given.config, given.options)
  return atIstio(place, given)
}

function atIstio(place: IstioPlace, { config, options }: Given): readonly Manifest[] {
  const standing = standingAt(place, options)
  const { transport } = options
  return [
    ...policies(config, { standing, options }),
    preFilter(config, standing),
    checkSettings(config, { standing, transport }),
    ...impersonation(config, { standing, options }),
  ]
}
