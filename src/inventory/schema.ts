import type { Json } from '../model.ts';
import { FOREIGN_PLUGINS } from './connection.ts';
import { OWN_NAMES, PASSWORD_NAME, SETTINGS } from './variables.ts';

type Schema = Record<string, Json>;

/**
 * The JSON Schema (2020-12) of a YAML inventory as far as twlint goes: groups, hosts, and the variables that it
 * reads. All others are the user's own. A test checks it against the reader.
 */
export function inventorySchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'An inventory, with the variables that twlint heeds',
    type: 'object',
    properties: { ...SECTIONS, plugin: false },
    additionalProperties: { $ref: '#/$defs/group' },
    $defs: {
      group: { type: ['object', 'null'], additionalProperties: false, properties: SECTIONS },
      vars: variables(),
    },
  };
}

/** Names and what is below each; `hosts: lb-1` is short for one. */
const named = (inner: string): Schema => ({
  type: ['object', 'string', 'null'],
  additionalProperties: { $ref: inner },
});

const SECTIONS: Schema = {
  hosts: named('#/$defs/vars'),
  children: named('#/$defs/group'),
  vars: { $ref: '#/$defs/vars' },
};

const WORD: Schema = { type: ['string', 'number'], pattern: '^(?!-)[^\\s/\\\\"\'`]+$' };
const TEXT: Schema = { type: 'string' };
const SWITCH: Schema = {
  type: ['boolean', 'string', 'integer'],
  minimum: 0,
  maximum: 1,
  pattern:
    '^\\s*([yY]|[yY][eE][sS]|[oO][nN]|1|[tT]|[tT][rR][uU][eE]|[nN]|[nN][oO]|[oO][fF][fF]|0|[fF]|[fF][aA][lL][sS][eE])\\s*$',
};

/** The allowed values of each setting. A null is as good as not set; a host with a template is not seen. */
const VALUES: Record<keyof typeof SETTINGS, Schema & { description: string }> = {
  address: {
    description: "Where to connect to, or the path of an image; without it, the host's name",
    type: ['string', 'number'],
    pattern: '^(?!-)[^\\s\\\\"\'`@]+$',
  },
  port: {
    description: 'Without it, what ssh_config says, or 22',
    type: ['integer', 'string'],
    minimum: 1,
    maximum: 65_535,
    pattern: '^(?=\\d{1,5}$)0*([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$',
  },
  user: { description: 'Without it, what ssh_config says, or who runs twlint', ...WORD },
  connection: {
    description:
      'ssh, local for the machine that twlint runs on, or rootfs for an image; hosts of others are not seen',
    type: 'string',
    pattern: `^(\\w+\\.\\w+\\..*|ssh|smart|paramiko|paramiko_ssh|local|rootfs|chroot|sosreport|${FOREIGN_PLUGINS.join('|')})$`,
  },
  identityFile: {
    description: 'A private key, relative to the working directory',
    type: 'string',
    minLength: 1,
  },
  become: { description: 'Read as root', ...SWITCH },
  becomeMethod: {
    description: 'sudo, unless said otherwise, or doas',
    type: 'string',
    pattern: '^(\\w+\\.\\w+\\.)?(sudo|doas)$',
  },
  becomeUser: { description: 'Only root', const: 'root' },
  legacy: { description: 'Also offer the algorithms that OpenSSH 5.3 needs', ...SWITCH },
  proxyJump: { description: 'Hosts on the way: bastion, me@bastion:2222,inner', ...TEXT },
  transport: { description: 'Whose SSH client', enum: ['auto', 'ssh2', 'openssh'] },
  collectCommand: {
    description: 'The path of an installed script, which ends in /twlint-collect',
    type: 'string',
    pattern: '^(?:/[\\w.-]+)*/twlint-collect$',
  },
  rootPrefix: { description: "Where an image's files lie in the repository", ...TEXT },
  sshArgs: { description: 'What of it says how to reach the host counts, as -J bastion', ...TEXT },
  sshCommonArgs: { description: 'As ansible_ssh_args', ...TEXT },
  sshExtraArgs: { description: 'As ansible_ssh_args', ...TEXT },
};

const TEMPLATE: Schema = { type: 'string', pattern: '\\{\\{|\\{%' };

function variables(): Schema {
  const known = Object.entries(SETTINGS).flatMap(([setting, names]) =>
    names.map((name): [string, Json] => {
      const { description, ...value } = VALUES[setting as keyof typeof SETTINGS];
      return [name, { description, anyOf: [{ type: 'null' }, TEMPLATE, value] }];
    }),
  );
  return {
    type: ['object', 'null'],
    properties: Object.fromEntries(known),
    propertyNames: { anyOf: [{ not: { pattern: '^twlint_' } }, { enum: [...OWN_NAMES] }] },
    patternProperties: {
      [PASSWORD_NAME.source]: {
        description: 'A password does not belong in a file: take it from the environment',
        anyOf: [{ type: 'null' }, { type: 'string', pattern: '^(\\s*\\{\\{[^]*\\}\\}\\s*)?$' }],
      },
    },
  };
}
