import { resolve } from 'node:path';
import { collectors } from '../collectors/index.ts';
import { printable } from '../formats/printable.ts';
import { intentChecks } from '../intents/intent-findings.ts';
import { checkRules, fittingParts, mergeParts } from '../parts/together.ts';
import { defineCommand } from './lib/command.ts';
import { exitStatus } from './lib/exit-status.ts';
import { gateFor } from './lib/gate.ts';
import { growHeapSparingly } from './lib/heap-growth.ts';
import { configOptions, intentOptions, ruleOptions } from './lib/options.ts';
import { parseOutputs } from './lib/outputs.ts';
import { reportOptions, writeReport } from './lib/reporting.ts';
import { selectRules } from './lib/selecting.ts';
import { tool } from './lib/tool.ts';

export default defineCommand({
  positionals: {
    parts: { describe: 'All parts: files of twlint audit -o part:FILE', type: 'string' },
  },
  options: { ...ruleOptions, ...intentOptions, ...reportOptions, ...configOptions },
  examples: [
    ['twlint audit -i hosts.yaml --shard 1/2 -o part:1.gz', 'One of two'],
    ['twlint merge 1.gz 2.gz', 'What is wrong in this fleet?'],
    ['twlint merge parts/* -o text -o sarif:out.sarif', 'Two reports'],
  ],
  async run(args, world, config) {
    const outputs = parseOutputs(args.format, args.output ?? [], world.cwd);
    const { rules, intents, leftOut } = selectRules(args, world, config);
    const files = [args.parts].flat().map(String);
    const parts = await fittingParts(files.map((named) => ({ path: resolve(world.cwd, named), named })));
    growHeapSparingly(Math.max(...parts.map(({ head }) => head.fleet.hosts)));
    checkRules(parts, rules, tool().version);
    const isLimited = parts.some(({ head }) => head.fleet.limited);
    const gate = gateFor(args, { hosts: isLimited, rules: leftOut }, config, world);
    const checks = intentChecks(intents);
    const { report: merged, hosts, warnings } = await mergeParts(parts, rules, collectors, tool(), checks);
    for (const warning of warnings) world.err.write(`twlint: ${printable(warning)}\n`);
    const report = gate.apply(merged, hosts);
    await writeReport(report, outputs, args, world);
    return exitStatus(report, { ...args, 'stale-waivers': gate.staleWaivers });
  },
});
