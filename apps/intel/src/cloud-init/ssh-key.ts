const FORM = /^((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})( [^\r\n]*)?$/;
const TYPES = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];

/** What is wrong with a public key as OpenSSH writes it to a `.pub` file; undefined when nothing is. Pure. */
export function sshKeyFault(key: string): string | undefined {
  if (/PRIVATE KEY/.test(key)) return 'is a private key: give the content of the file that ends in .pub';
  const [, type, blob] = FORM.exec(key) ?? [];
  if (type === undefined || blob === undefined || !TYPES.includes(type)) {
    return 'must be one line of a .pub file, such as ssh-ed25519 AAAA... comment';
  }
  const bytes = Buffer.from(blob, 'base64');
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  const inside = bytes.toString('latin1', 4, 4 + length);
  if (inside !== type || bytes.length <= 4 + length)
    return 'is cut off or damaged: its type is not in its content';
  return undefined;
}
