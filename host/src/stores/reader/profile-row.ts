import type { VramOfCalls } from '../project/profile.ts';
import type { ByDevice, ProfileRow } from '../rows.ts';

export interface StoredProfile {
  instance_id: string;
  capability: string;
  config_hash: string;
  calls: number;
  completed: number;
  usage: string;
  last_at: string;
  timed: number;
  mean_duration_ms: number;
  measured: number;
  cpu_measured: number;
  mean_cpu_percent: number;
  mean_rss_bytes: number;
  peak_rss_bytes: number;
  vram_measured: number;
  vram: string;
  failed_measured: number;
  failed_peak_rss_bytes: number;
  failed_peak_vram: string;
}

export function profileRow(stored: StoredProfile): ProfileRow {
  const { timed, measured, cpu_measured, vram_measured, failed_measured } = stored;
  const vram = Object.entries(JSON.parse(stored.vram) as VramOfCalls);
  const ofVram = (what: 'mean' | 'peak'): ByDevice =>
    Object.fromEntries(vram.map(([index, held]) => [index, Math.round(held[what])]));
  return {
    instance: stored.instance_id,
    capability: stored.capability,
    configHash: stored.config_hash,
    calls: stored.calls,
    completed: stored.completed,
    usage: JSON.parse(stored.usage) as ProfileRow['usage'],
    meanDurationMs: timed === 0 ? null : rounded(stored.mean_duration_ms),
    measured,
    meanCpuPercent: cpu_measured === 0 ? null : rounded(stored.mean_cpu_percent),
    meanRssBytes: measured === 0 ? null : Math.round(stored.mean_rss_bytes),
    peakRssBytes: measured === 0 ? null : stored.peak_rss_bytes,
    vramMeasured: vram_measured,
    meanVramBytes: vram_measured === 0 ? null : ofVram('mean'),
    peakVramBytes: vram_measured === 0 ? null : ofVram('peak'),
    failedMeasured: failed_measured,
    failedPeakRssBytes: failed_measured === 0 ? null : stored.failed_peak_rss_bytes,
    failedPeakVramBytes:
      failed_measured === 0 ? null : (JSON.parse(stored.failed_peak_vram) as ByDevice),
    lastAt: stored.last_at,
  };
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
