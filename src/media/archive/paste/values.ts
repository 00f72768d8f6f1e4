/** Outputs that are a value alone: which one it is, the command tells. */
import { withoutPrefix } from './commands.ts';

/** A line as an output that names what it tells. */
interface Value {
  form: 'sysctl' | 'hostname';
  text: string;
}

/** @param nth how many lines that are not blank came before it */
export function valueIn(command: string | null, line: string, nth: number): Value | null {
  const [program = '', ...words] = withoutPrefix(command ?? '').split(/\s+/);
  const value = line.trim();
  if (/^hostname$/.test(program) && words.every((word) => /^-(?:f|s|-fqdn|-short)$/.test(word)))
    return nth === 0 && /^[\w.-]+$/.test(value) ? { form: 'hostname', text: value } : null;
  if (program === 'uname' && words.join(' ') === '-r' && nth === 0 && /^\d+\.\S+$/.test(value))
    return { form: 'sysctl', text: `kernel.osrelease = ${value}` };
  if (program === 'sysctl' && /^-\w*n/.test(words[0] ?? '') && words.length === 2 && nth === 0)
    return { form: 'sysctl', text: `${words[1]} = ${value}` };
  if (program === 'cat' && words.length > 0 && words.every((word) => SETTING.test(word))) {
    const path = words[nth];
    return path === undefined || !/^[\w .:,/+-]+$/.test(value) || ERROR.test(value)
      ? null
      : { form: 'sysctl', text: `${path.slice('/proc/sys/'.length)} = ${value}` };
  }
  const version = RELEASE.flatMap((pattern) => pattern.exec(value)?.[1] ?? [])[0];
  return version === undefined ? null : { form: 'sysctl', text: `kernel.osrelease = ${version}` };
}

/**
 * In /proc/version and dmesg; `hostnamectl`; `docker info`. `kubectl describe node`, which lines its values up, speaks of
 * any node.
 */
const RELEASE = [
  /^(?:\[ *0\.0+\] )?Linux version (\d\S*) \(/,
  /^Kernel: Linux (\d\S*)$/,
  /^Kernel Version: (\d+\.\d\S*)$/,
];

const SETTING = /^\/proc\/sys\/[\w./-]+$/;
const ERROR = /^(?:cat|sh|bash|-bash): |: (?:No such file|Permission denied)/;

/** A setting as `sysctl` prints it: `net.ipv4.ip_forward=1`, `/proc/sys/net/ipv4/ip_forward:1`. */
export function asSetting(line: string): string {
  const [, path, listed] = /^\/proc\/sys\/([^\s:]+):(.*)$/.exec(line) ?? [];
  if (path !== undefined) return `${path} = ${(listed ?? '').trim()}`;
  return line.replace(/^([a-z][\w./*:@-]*?)\s*=\s*/, '$1 = ');
}
