import type { Config, OptionSetting } from '../config/config.ts';
import { CONFIG_FILE } from '../config/find-config.ts';
import { printable } from '../formats/printable.ts';
import type { Source } from '../model.ts';
import { defineCommand } from './lib/command.ts';
import { configOptions, gateOptions } from './lib/options.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  options: {
    format: {
      choices: ['text', 'json'] as const,
      default: 'text' as const,
      requiresArg: true,
      describe: 'For people, or as JSON',
    },
    profile: gateOptions.profile,
    ...configOptions,
  },
  examples: [['twlint config', 'Which file counts here, and what does it say?']],
  async run(args, world, config) {
    const text = args.format === 'json' ? `${JSON.stringify(config, null, 2)}\n` : page(config);
    world.out.write(text);
    return exit.clean;
  },
});

/** A value, and the place where it stands; null: it is built in. */
interface Row {
  source: Source | null;
  text: string;
}

function page(config: Config): string {
  const rows: Row[] = [
    ...config.options.map((setting) => ({ source: setting.source, text: settingText(setting) })),
    ...config.severities.map(({ rule, severity, source }) => ({
      source,
      text: `severities: ${rule} is ${severity}`,
    })),
    ...config.waivers.map(({ rule, hosts, until, owner, source }) => ({
      source,
      text: `waivers: ${rule} on ${hosts} until ${until} (${owner})`,
    })),
  ].sort((a, b) => (a.source?.line ?? Infinity) - (b.source?.line ?? Infinity));
  const head = config.file ?? `no ${CONFIG_FILE} here or above`;
  const width = Math.max(0, ...rows.map(({ source }) => placeOf(source).length));
  const lines = rows.map(({ source, text }) => `${placeOf(source).padEnd(width)}  ${text}`);
  return [head, ...lines].map((line) => `${printable(line)}\n`).join('');
}

const placeOf = (source: Source | null): string =>
  source === null ? 'built in' : `${source.file}:${source.line}`;

const settingText = ({ key, option, value }: OptionSetting): string =>
  `${key}: ${Array.isArray(value) ? value.join(', ') : value} (--${option})`;
