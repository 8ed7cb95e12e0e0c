import { sideStyle } from './shapes.ts';

/** Light and dark are the reader's choice; the picture brings its own ground, so that it shows on any page. */
export const style = `
svg { font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; color-scheme: light dark; }
text { fill: #1f2328; } .quiet { fill: #59636e; } .small { stroke: #ffffff; } .ground { fill: #ffffff; stroke: #c8d1da; } .band { fill: #f5f7f9; }
.line { stroke: #c8d1da; } .faint { stroke: #e4e8ec; } .mark { stroke: #1f2328; stroke-dasharray: 3 3; }
${sideStyle('light')}
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .quiet { fill: #9198a1; } .small { stroke: #0d1117; } .ground { fill: #0d1117; stroke: #444c56; } .band { fill: #151b23; }
.line { stroke: #444c56; } .faint { stroke: #262c34; } .mark { stroke: #e6edf3; }
${sideStyle('dark')}
}
.title { font-size: 15px; font-weight: 600; } .small { font-size: 11px; stroke-width: 3; paint-order: stroke; } .left { text-anchor: end; } .middle { text-anchor: middle; }
.flat { stroke: none; } .hollow { fill: none; stroke-width: 3; } .round { fill-opacity: .35; }
`.trim();
