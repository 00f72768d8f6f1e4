/** Recognises files that are no inventory twlint can read, where a parser's errors would confuse. */
import type { SourceFile } from '../source-file.ts';

interface Foreign {
  message: string;
  hint: string;
}

const PROGRAM_HINT =
  'it runs when it is executable (chmod +x) and named itself, not its folder: -i ./inventory.py';

/** Recognises a foreign format; null where the file may well be an inventory. */
export function foreignFormat({ name, text }: SourceFile): Foreign | null {
  if (text.startsWith('#!'))
    return { message: 'this is a program that prints an inventory', hint: PROGRAM_HINT };
  if (isEncrypted(text))
    return { message: 'this file is encrypted by ansible-vault', hint: 'ansible-vault decrypts it' };
  if (!name.endsWith('.toml')) return null;
  const hint = 'let Ansible turn it into YAML: ansible-inventory -i FILE --list --yaml > hosts.yaml';
  return { message: 'inventories in TOML are not read', hint };
}

export function isEncrypted(text: string): boolean {
  return text.startsWith('$ANSIBLE_VAULT;');
}
