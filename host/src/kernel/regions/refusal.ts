/** Why a pattern, or a region, is not one. */
export interface RegionRefusal {
  kind: 'refused';
  code: 'REGION_EMPTY' | 'REGION_INVALID' | 'REGION_OUTSIDE_TREE';
  reason: string;
  hint: string;
}

export function refused(code: RegionRefusal['code'], reason: string, hint: string): RegionRefusal {
  return { kind: 'refused', code, reason, hint };
}

export const invalid = (reason: string, hint: string): RegionRefusal =>
  refused('REGION_INVALID', reason, hint);
