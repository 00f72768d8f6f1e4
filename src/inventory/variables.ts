/** The variables that twlint understands, and the values that must not stand in a file. */
import { nearest } from '../errors.ts';
import type { Json } from '../model.ts';
import { WITHHELD } from '../yaml-scalar.ts';
import type { Complain, Variable, Variables } from './statements.ts';

/**
 * The names of each setting. Where several are set the last one counts, as in Ansible 2.14
 * (plugins/connection/ssh.py, config/manager.py `_loop_entries`).
 */
export const SETTINGS = {
  address: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  connection: ['ansible_connection'],
  identityFile: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  become: ['ansible_become'],
  becomeMethod: ['ansible_become_method'],
  becomeUser: ['ansible_become_user'],
  legacy: ['twlint_legacy_ssh'],
  proxyJump: ['twlint_proxy_jump'],
  transport: ['twlint_transport'],
  collectCommand: ['twlint_collect_command'],
  rootPrefix: ['twlint_root_prefix'],
  sshArgs: ['ansible_ssh_args'],
  sshCommonArgs: ['ansible_ssh_common_args'],
  sshExtraArgs: ['ansible_ssh_extra_args'],
} as const;

const SETTING_NAMES: ReadonlySet<string> = new Set(Object.values(SETTINGS).flat());
export const OWN_NAMES = [...SETTING_NAMES].filter((name) => name.startsWith('twlint_'));

export const PASSWORD_NAME = /^ansible_(?:\w+_)?pass(?:word|phrase)?$/;
const SECRET_NAME =
  /(?:^|[_.-])(?:pass|pwd|psk|vault)(?:$|[_.-])|passw|passphrase|secret|token|credential|(?:api|private|access)_?key/i;
const TEMPLATE = /\{\{|\{%/;
const WHOLLY_TEMPLATE = /^\s*\{\{.*\}\}\s*$/s;
const ENVIRONMENT_LOOKUP = /^\s*\{\{\s*lookup\(\s*(['"])env\1\s*,\s*(['"])\w+\2\s*\)\s*\}\}\s*$/;
/** An inline vault without its tag, a private key, a URL with a password. */
const SECRET_TEXT = /^\$ANSIBLE_VAULT;|-----BEGIN [A-Z ]*PRIVATE KEY-----|:\/\/[^/\s:@]*:[^/\s@]+@/;

/** Reports mistakes in variables, whether they take effect or not. */
export function checkVariables(vars: Variables, complain: Complain): void {
  for (const [name, { value, source, nameSource }] of vars) {
    if (name.startsWith('twlint_') && !OWN_NAMES.includes(name)) {
      const meant = nearest(name, OWN_NAMES);
      const hint = meant ? `did you mean ${meant}?` : `it knows ${OWN_NAMES.join(', ')}`;
      complain(`twlint knows no variable ${name}`, nameSource, hint);
    }
    if (PASSWORD_NAME.test(name) && isLiteral(value)) {
      complain(`${name}: a password does not belong in a file`, source, PASSWORD_HINT);
    }
  }
}

const PASSWORD_HINT =
  "take it from the environment: \"{{ lookup('env', 'NAME') }}\". twlint itself logs in with keys or an agent";

function isLiteral(value: Json): boolean {
  if (value === null || value === '' || value === WITHHELD) return false;
  return !(typeof value === 'string' && WHOLLY_TEMPLATE.test(value));
}

/** Tells whether Ansible would compute the value. twlint does not. */
export function isTemplate(value: Json): boolean {
  return typeof value === 'string' && TEMPLATE.test(value);
}

/** Returns the variables that rules may see: all but those about connecting, with secrets withheld. */
export function visibleVariables(vars: Variables): Record<string, Json> {
  return shownVariables(new Map([...vars].filter(([name]) => !SETTING_NAMES.has(name))));
}

/** Returns all variables, with secrets withheld. */
export function shownVariables(vars: Variables): Record<string, Json> {
  // the path of a private key is no secret, whatever its name suggests
  const nameOf = (name: string): string => (SETTING_NAMES.has(name) ? '' : name);
  return Object.fromEntries([...vars].map(([name, variable]) => [name, shown(nameOf(name), variable)]));
}

/** Hosts of a group share its variables, and what is shown of them. */
const SHOWN = new WeakMap<Variable, Json>();

function shown(name: string, variable: Variable): Json {
  const known = SHOWN.get(variable);
  if (known !== undefined) return known;
  const value = withoutSecrets(name, variable.value);
  SHOWN.set(variable, value);
  return value;
}

function withoutSecrets(name: string, value: Json): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string' && ENVIRONMENT_LOOKUP.test(value)) return value;
  if (SECRET_NAME.test(name)) return WITHHELD;
  if (typeof value === 'string') return SECRET_TEXT.test(value) ? WITHHELD : value;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets('', item));
  if (typeof value === 'number') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(key, inner)]));
}
