/** Inventories that Ansible can read and twlint can't: named as such, where YAML's complaints would only confuse. */

interface Foreign {
  line: number;
  message: string;
  hint: string;
}

const HINT = 'let Ansible turn it into YAML: ansible-inventory -i FILE --list --yaml > hosts.yaml';

/** null: it may well be YAML. */
export function foreignFormat(text: string): Foreign | null {
  if (text.startsWith('#!'))
    return { line: 1, message: 'this is a program that prints an inventory', hint: HINT };
  if (text.startsWith('$ANSIBLE_VAULT;')) {
    return { line: 1, message: 'this file is encrypted by ansible-vault', hint: 'ansible-vault decrypts it' };
  }
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => !/^\s*(?:[#;].*)?$/.test(line));
  // `[directors]`, `[directors:vars]`, or a host with its variables in one line: `lb-1 ansible_host=192.0.2.1`
  const isIni = /^\[[\w.:-]+\]\s*(?:[#;].*)?$|^[\w.:[\]-]+\s+\w+=/.test(lines[first] ?? '');
  return isIni ? { line: first + 1, message: 'this is an INI inventory', hint: HINT } : null;
}
