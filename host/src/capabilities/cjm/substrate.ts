import type { EnvironmentRequirement } from '../../environments/index.ts';
import { packageName } from '../source.ts';

const substrate = 'cjm-substrate';

/** As `cjm-ctl` does it: the package with the worker is in each environment, whoever asks for it. */
export function withSubstrate(requirement: EnvironmentRequirement): EnvironmentRequirement {
  if (requirement.kind === 'npm' || requirement.kind === 'command') return requirement;
  const { requirements, lock, files } = requirement;
  const isNamed =
    requirements.some((line) => packageName(line).toLowerCase() === substrate) ||
    files.some(({ path }) => path.includes(substrate) || path.includes('cjm_substrate'));
  if (isNamed || lock !== null) return requirement;
  return { ...requirement, requirements: [...requirements, substrate] };
}
